"""Which column of a file answers which question of a form: the one whose heading is the question."""

from dataclasses import dataclass, field

from forms.models import Field

from . import export


@dataclass
class Columns:
    fields: dict[int, Field] = field(default_factory=dict)
    """The question of each column, by its place from 0."""
    headings: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    """Headings that are no question of the form."""
    missing: list[Field] = field(default_factory=list)
    """Questions that no column answers."""


def match(headings: dict[int, str], fields: list[Field]) -> Columns:
    """Match headings and questions, without regard to case and spacing; equal ones in their order.

    The column that an export adds, when the entry was received, is left out.
    """
    columns, left = Columns(headings=headings), list(fields)
    for place, heading in sorted(headings.items()):
        found = next((field for field in left if _same(field.label, heading)), None)
        if found:
            columns.fields[place] = found
            left.remove(found)
        elif not _same(export.received(), heading):
            columns.unknown[place] = heading
    columns.missing = left
    return columns


def _same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()
