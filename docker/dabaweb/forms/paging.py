"""Pages by position, newest first: the thousandth page takes as long as the first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 25
AT_ONCE = 500
# So many rows are looked at for one page. Who wants to search on asks for the next.
MOST_LOOKED_AT = 2000

Position = tuple[Any, ...]
Found = list[tuple[Position, Model]]


class Source(Protocol):
    """Rows in a fixed order, each at a position of its own."""

    def take(self, position: Position | None, newer: bool, count: int) -> Found:
        """Return the next `count` rows from `position` on, in the order in which they are met."""

    def matches(self, row: Model) -> bool:
        """Tell whether a row that was taken is wanted."""

    def write(self, position: Position) -> str:
        """Return the position as it stands in an address."""

    def read(self, text: str) -> Position | None:
        """Return the position in an address that anyone may have typed."""


@dataclass(frozen=True)
class Page:
    rows: list[Model]
    newer: str | None
    """Position for `after`, None when this is the first page."""
    older: str | None
    """Position for `before`, None when this is the last page."""
    partial: bool = False
    """There may be more for this page, as not all rows were looked at."""


def page(source: Source, before: str | None = None, after: str | None = None) -> Page:
    """Return the rows just older than the position `before`, or just newer than `after`, or else the newest."""
    if after and (position := source.read(after)):
        found, _looked_at = _collect(source, position, newer=True)
        if len(found) > PAGE_SIZE:
            shown = found[PAGE_SIZE - 1 :: -1]
            return Page(_rows(shown), newer=source.write(shown[0][0]), older=source.write(shown[-1][0]))
        # Fewer than a page is newer: that is the first page.
    elif before and (position := source.read(before)):
        found, looked_at = _collect(source, position, newer=False)
        if found or looked_at:
            return _older(source, found, looked_at, first=False)
    return _older(source, *_collect(source, None, newer=False), first=True)


def every(source: Source) -> Iterator[Model]:
    """Yield all wanted rows, newest first, a few hundred at a time."""
    taken, position = None, None
    while taken is None or len(taken) == AT_ONCE:
        taken = source.take(position, newer=False, count=AT_ONCE)
        for position, row in taken:  # noqa: B007
            if source.matches(row):
                yield row


def beyond(rows: QuerySet, columns: tuple[str, ...], position: Position | None, newer: bool) -> QuerySet:
    """Order `rows` by `columns` and begin behind `position`."""
    rows = rows.order_by(*(column if newer else f"-{column}" for column in columns))
    if position is None:
        return rows
    behind, alike = Q(), {}
    for column, value in zip(columns, position, strict=True):
        behind |= Q(**alike, **{f"{column}__{'gt' if newer else 'lt'}": value})
        alike[column] = value
    # Said again of the first column, as MySQL finds the place in an index by this alone.
    return rows.filter(behind, **{f"{columns[0]}__{'gte' if newer else 'lte'}": position[0]})


class ByKey:
    """Rows in the order of their primary keys."""

    def __init__(self, rows: QuerySet) -> None:
        self.rows = rows

    def take(self, position, newer, count):
        return [((row.pk,), row) for row in beyond(self.rows, ("pk",), position, newer)[:count]]

    def matches(self, row):
        return True

    def write(self, position):
        return str(position[0])

    def read(self, text):
        key = whole_number(text)
        return None if key is None else (key,)


def whole_number(text: str) -> int | None:
    """Return the number that a database's integer column can be compared with."""
    return int(text) if len(text) < 19 and text.isascii() and text.isdecimal() else None


def _collect(source: Source, position: Position | None, newer: bool) -> tuple[Found, Position | None]:
    """Return wanted rows, one more than a page at most, and where the search was given up, if it was."""
    found: Found = []
    looked_at, count = 0, PAGE_SIZE + 1
    while True:
        taken = source.take(position, newer, count)
        found += [(at, row) for at, row in taken if source.matches(row)]
        if len(found) > PAGE_SIZE or len(taken) < count:
            return found[: PAGE_SIZE + 1], None
        position, looked_at, count = taken[-1][0], looked_at + count, min(4 * count, AT_ONCE)
        if looked_at >= MOST_LOOKED_AT:
            return found, position


def _older(source: Source, found: Found, looked_at: Position | None, first: bool) -> Page:
    shown, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    last = shown[-1][0] if more else looked_at
    return Page(
        _rows(shown),
        newer=None if first or not shown else source.write(shown[0][0]),
        older=source.write(last) if last else None,
        partial=not more and looked_at is not None,
    )


def _rows(found: Found) -> list[Model]:
    return [row for _position, row in found]
