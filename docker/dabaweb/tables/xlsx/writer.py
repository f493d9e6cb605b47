"""Writes a workbook as a stream: what has been written can leave before the next row is known.

XlsxWriter makes the workbook around the rows (see skeleton.py); only the rows themselves are written here, into a zip
archive that never seeks.
"""

import datetime
import io
import itertools
import re
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tables import limits

from .cells import letters_of, serial_of
from .skeleton import Skeleton, Styles

ROWS_PER_SHEET = 1_048_575
"""Excel's limit, without the header."""
BYTES_PER_SHEET = 1_900_000_000
"""Below 2 GiB, from where an archive needs an extension that not every program reads."""
PIECE = 64 * 1024
FAST = 1
"""Level of compression: rows repeat so much that a higher one costs time and gains little."""
EXACT_DIGITS = 15
"""Of a number, in a spreadsheet. A longer one is written as text."""

SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
LINE_END = re.compile(r"\r\n?")


def stream(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a workbook with these rows: text, numbers, dates, or None for an empty cell.

    Text stays text whatever it begins with: its cells say so (`quotePrefix`), also to a program that saves them again.
    What one sheet can't hold goes to the next.
    """
    sink = _Sink()
    rows = iter(rows)
    counts: list[int] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
        following = None
        while not counts or following is not None:
            number = len(counts)
            skeleton = Skeleton(title, header, [*counts, 0])
            encode = _Encoder(skeleton.styles, len(header))
            with archive.open(_part(skeleton.sheet_part(number)), "w") as sheet:
                written = sheet.write(skeleton.beginning(number))
                yield sink.take()
                count = 0
                # The first row is asked for only now that something has left.
                following = following or next(rows, None)
                while following is not None and count < ROWS_PER_SHEET and written < BYTES_PER_SHEET:
                    few = itertools.islice(itertools.chain([following], rows), ROWS_PER_SHEET - count)
                    piece, added = encode.piece(few, count + 2)
                    written += sheet.write(piece)
                    count += added
                    following = next(rows, None)
                    yield sink.take()
                counts.append(count)
                sheet.write(Skeleton(title, header, counts).end(number))
        for name, content in Skeleton(title, header, counts).other_parts():
            archive.writestr(_part(name), content)
    yield sink.take()


class _Sink(io.RawIOBase):
    """A file that gives away what has been written to it, and never seeks."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken

    def writable(self) -> bool:
        return True


def _part(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.gmtime()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


class _Encoder:
    """Turns values into the XML of rows."""

    def __init__(self, styles: Styles, columns: int) -> None:
        self._letters = [letters_of(column) for column in range(columns)]
        self._styles = styles

    def piece(self, rows: Iterable[Sequence[object]], number: int) -> tuple[bytes, int]:
        """Return the next rows, numbered from `number`, until they are `PIECE` bytes, and how many they are."""
        lines: list[str] = []
        size = 0
        for row in rows:
            lines.append(self._row(number + len(lines), row))
            size += len(lines[-1])
            if size >= PIECE:
                break
        return "".join(lines).encode(), len(lines)

    def _row(self, number: int, row: Sequence[object]) -> str:
        parts = [f'<row r="{number}">']
        for letters, value in zip(self._letters, row, strict=True):
            if value is None or value == "":
                continue
            kind = type(value)
            if kind is str:
                parts.append(self._text(letters, number, value))
            elif kind in (int, float, Decimal):
                parts.append(self._number(letters, number, value))
            else:
                parts.append(self._date(letters, number, value))
        parts.append("</row>")
        return "".join(parts)

    def _text(self, letters: str, number: int, text: str) -> str:
        if len(text) > limits.CELL_CHARACTERS:
            text = text[: limits.CELL_CHARACTERS - 1] + "…"
        if SPECIAL.search(text):
            text = SPECIAL.sub(_escape, LINE_END.sub("\n", text))
        style = self._styles.text
        return f'<c r="{letters}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    def _number(self, letters: str, number: int, value: int | float | Decimal) -> str:
        digits = str(value)
        exact = isinstance(value, float) or len(re.sub(r"E.*|\D", "", digits).lstrip("0")) <= EXACT_DIGITS
        if not exact or "n" in digits.lower():
            # Infinity and what is not a number have an n in their names.
            return self._text(letters, number, digits)
        return f'<c r="{letters}{number}"><v>{digits}</v></c>'

    def _date(self, letters: str, number: int, moment: datetime.date | datetime.datetime) -> str:
        serial = serial_of(moment)
        if serial is None:
            return self._text(letters, number, moment.isoformat())
        style = self._styles.moment if isinstance(moment, datetime.datetime) else self._styles.date
        return f'<c r="{letters}{number}" s="{style}"><v>{serial}</v></c>'


def _escape(match: re.Match) -> str:
    found = match[0]
    # What looks like an escape is kept from being taken for one.
    return f"_x005F{found}" if len(found) > 1 else ENTITIES.get(found) or f"_x{ord(found):04X}_"
