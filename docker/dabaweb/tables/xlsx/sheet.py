"""The rows of one sheet, read piece by piece."""

import datetime
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from tables import limits

from .cells import Row, Unreadable, column_of, date_of, unescape
from .errors import Refused
from .strings import SharedStrings, too_long
from .xml import Deadline, parse

LAST_ROW = 1_048_576
SAFE_INTEGER = 10**15
"""Up to 15 digits are exact."""


def read_rows(
    chunks: Iterable[bytes], deadline: Deadline, strings: SharedStrings, dates: frozenset[str], since_1904: bool
) -> Iterator[Row]:
    """Yield the rows that hold something. Raises `Refused` for more than there may be."""
    reader = _Sheet(strings, dates, since_1904)
    count = 0
    for _turn in parse(chunks, deadline, reader.start, reader.end, reader.text):
        for row in reader.rows:
            count += 1
            # One more, the header.
            if count > limits.ROWS + 1:
                raise Refused(
                    _("The file has more than %(count)d rows. Split it into smaller ones.") % {"count": limits.ROWS}
                )
            yield row
        reader.rows.clear()


class _Sheet:
    def __init__(self, strings: SharedStrings, dates: frozenset[str], since_1904: bool) -> None:
        self.rows: list[Row] = []
        self._strings, self._dates, self._since_1904 = strings, dates, since_1904
        self._number = self._characters = 0
        self._cells: dict[int, object] = {}
        self._column = -1
        self._type = self._style = ""
        self._formula = False
        self._pieces: list[str] = []
        self._length = 0
        self._collecting = self._phonetic = False

    def start(self, name: str, attributes: dict) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._collecting = True
        elif name == "t":
            self._collecting = self._type == "inlineStr" and not self._phonetic
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in ("v", "t"):
            self._collecting = False
        elif name == "row":
            if self._cells:
                self.rows.append(Row(self._number, self._cells))
                self._cells = {}
        elif name == "rPh":
            self._phonetic = False

    def text(self, piece: str) -> None:
        if self._collecting:
            self._length += len(piece)
            if self._length > limits.CELL_CHARACTERS:
                raise too_long()
            self._pieces.append(piece)

    def _start_row(self, attributes: dict) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= LAST_ROW:
            raise ValueError(number)
        self._number, self._column = number, -1

    def _start_cell(self, attributes: dict) -> None:
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        column = column_of(attributes["r"]) if "r" in attributes else self._column + 1
        if column <= self._column:
            raise ValueError(column)
        self._column = column
        self._formula = False
        self._length = 0

    def _end_cell(self) -> None:
        content = "".join(self._pieces)
        self._pieces.clear()
        if self._formula:
            value = Unreadable.FORMULA
        elif not content:
            return
        else:
            value = self._value(content)
        # Beyond: formatted columns without anything in them are no reason to refuse a file.
        if value == "":
            return
        if self._column >= limits.COLUMNS:
            raise Refused(_("The file has more than %(count)d columns.") % {"count": limits.COLUMNS})
        self._cells[self._column] = value

    def _value(self, content: str):
        match self._type:
            case "n":
                return self._number_or_date(content)
            case "s":
                number = int(content)
                if not 0 <= number < len(self._strings):
                    raise ValueError(content)
                return self._counted(self._strings[number])
            case "inlineStr" | "str":
                return self._counted(unescape(content))
            case "b":
                return content.strip() in ("1", "true")
            case "e":
                return Unreadable.ERROR
            case "d":
                moment = datetime.datetime.fromisoformat(content)
                return moment.date() if moment.time() == datetime.time() else moment
        raise ValueError(self._type)

    def _counted(self, text: str) -> str:
        self._characters += len(text)
        if self._characters > limits.TEXT_CHARACTERS:
            raise Refused(_("The file holds too much text. Split it into smaller ones."))
        return text

    def _number_or_date(self, content: str):
        number = float(content)
        if self._style in self._dates:
            return date_of(number, self._since_1904)
        # Infinity and what is not a number equal no integer, and are refused with the rest.
        if number != number or number in (float("inf"), float("-inf")):
            return Unreadable.ERROR
        return int(number) if number == int(number) and abs(number) < SAFE_INTEGER else number
