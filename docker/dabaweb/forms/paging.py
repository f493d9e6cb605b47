"""Pages by key, newest first: the thousandth page takes as long as the first."""

from dataclasses import dataclass

from django.db.models import Model, QuerySet

PAGE_SIZE = 25


@dataclass(frozen=True)
class Page:
    rows: list[Model]
    newer: int | None
    """Key for `after`, None when this is the first page."""
    older: int | None
    """Key for `before`, None when this is the last page."""


def page(rows: QuerySet, before: str | None = None, after: str | None = None) -> Page:
    """Return the rows just older than the key `before`, or just newer than `after`, or else the newest."""
    if newer_than := _key(after):
        found = list(rows.filter(pk__gt=newer_than).order_by("pk")[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            shown = found[PAGE_SIZE - 1 :: -1]
            return Page(shown, newer=shown[0].pk, older=shown[-1].pk)
        # Fewer than a page is newer: that is the first page.
    elif older_than := _key(before):
        found = list(rows.filter(pk__lt=older_than).order_by("-pk")[: PAGE_SIZE + 1])
        if found:
            shown = found[:PAGE_SIZE]
            return Page(shown, newer=shown[0].pk, older=shown[-1].pk if len(found) > PAGE_SIZE else None)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    return Page(found[:PAGE_SIZE], newer=None, older=found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None)


def _key(text: str | None) -> int | None:
    """Return the key in an address that anyone may have typed."""
    return int(text) if text and len(text) < 19 and text.isdecimal() else None
