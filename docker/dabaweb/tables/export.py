"""The entries of a form as rows for a spreadsheet."""

import datetime
from collections.abc import Iterator

from django.utils.translation import gettext as _

from forms import search
from forms.models import Field, Form
from forms.paging import every

from . import snapshot


def header(fields: list[Field]) -> list[str]:
    return [field.label for field in fields] + [received()]


def received() -> str:
    """Return the heading of the last column."""
    return _("Received (UTC)")


def rows(form: Form, fields: list[Field], conditions: search.Conditions, alias: str) -> Iterator[list]:
    """Yield the cells of each wanted entry, as they all were at the moment of the first."""
    cells = [(field.key, field.what.cell) for field in fields]
    with snapshot.of(alias):
        for entry in every(search.entries(form, conditions)):
            row = [cell(entry.answers.get(key)) for key, cell in cells]
            row.append(entry.created.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0))
            yield row
