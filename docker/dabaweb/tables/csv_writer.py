"""Writes CSV as a stream, as spreadsheet programs open it: UTF-8 with its mark, and no text that becomes a formula."""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence

PIECE = 64 * 1024
BYTE_ORDER_MARK = "\ufeff"
FORMULA = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
"""A beginning from which spreadsheet programs make a formula; some skip white space before it, and some take
the wide signs of East Asian keyboards."""
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def stream(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield CSV with these rows: text, numbers, dates, or None for an empty cell."""
    buffer = io.StringIO()
    write = csv.writer(buffer).writerow
    buffer.write(BYTE_ORDER_MARK)
    write([_cell(label) for label in header])
    yield _take(buffer)
    for row in rows:
        write([_cell(value) for value in row])
        if buffer.tell() >= PIECE:
            yield _take(buffer)
    if buffer.tell():
        yield _take(buffer)


def neutral(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet program could take it for a formula."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _cell(value: object) -> object:
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value


def _take(buffer: io.StringIO) -> bytes:
    taken = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return taken
