"""What a cell can hold besides text, numbers and true or false."""

import datetime
import re
from dataclasses import dataclass
from enum import Enum

ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
"""How the format writes a character that XML can't have; halves of a character stay as they are."""
BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
NOT_THE_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""Parts of a number format that are shown as they are, colours and conditions."""
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
"""A duration, which may be longer than a day: a number."""
LAST_SERIAL = 2_958_465
"""31 December 9999."""


class Unreadable(Enum):
    """A cell whose value can't be trusted or is none."""

    FORMULA = "formula"
    ERROR = "error"
    DATE = "date"
    """A day that there never was, or after the year 9999."""


@dataclass(frozen=True)
class Row:
    number: int
    """As the spreadsheet program counts, from 1."""
    cells: dict[int, object]
    """The cells that hold something, by column, from 0: str, int, float, bool, date, datetime, time, Unreadable."""


def is_date_format(code: str) -> bool:
    """Tell whether a number format shows dates or times."""
    if ELAPSED.search(code):
        return False
    return any(letter in "dmyhs" for letter in NOT_THE_FORMAT.sub("", code).split(";")[0].lower())


def date_of(serial: float, since_1904: bool):
    """Return the date, time, or both that a number stands for.

    Numbers below 1 are times of a day. Excel counts 29 February 1900, which there never was.
    """
    if 0 <= serial < 1:
        return (datetime.datetime.min + _rounded(serial)).time() if _rounded(serial).days == 0 else Unreadable.DATE
    if not 0 <= serial < LAST_SERIAL + 1 - (1462 if since_1904 else 0) or (not since_1904 and 60 <= serial < 61):
        return Unreadable.DATE
    first = datetime.datetime(1904, 1, 1) if since_1904 else datetime.datetime(1899, 12, 30 if serial > 60 else 31)
    try:
        moment = first + _rounded(serial)
    except OverflowError:
        return Unreadable.DATE
    return moment.date() if moment.time() == datetime.time() else moment


def serial_of(moment: datetime.date | datetime.datetime) -> float | None:
    """Return the number that stands for a date, None for those before March 1900, where programs disagree."""
    days = moment.toordinal() - 693_594
    if days < 61:
        return None
    if isinstance(moment, datetime.datetime):
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        return days + seconds / 86_400
    return days


def _rounded(days: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=round(days * 86_400))


def unescape(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def column_of(reference: str) -> int:
    """Return the column of a reference such as `AB12`, from 0."""
    column = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
        if column > 20_000:
            break
    if column == 0:
        raise ValueError(reference)
    return column - 1


def letters_of(column: int) -> str:
    """Return the letters of a column, which is counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
