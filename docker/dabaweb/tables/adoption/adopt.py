"""Adopts a table: what was adopted before stays, what is new is added."""

from collections.abc import Callable
from itertools import islice

from django.db import transaction
from django.utils.text import slugify

from forms import entries, index
from forms.models import Field, Form
from teams.models import Team

from .source import NotAdoptable, Source

ROWS_AT_ONCE = 5000
"""Rows of one transaction: large ones make the slaves lag. One that is cut short is gone on with the next time."""


def adopt(source: Source, team: Team, tell: Callable[[str], None]) -> Form:
    """Return the form of a table, with an entry for each of its rows. `tell` gets lines of progress."""
    form = _form_of(source, team, tell)
    fields = {field.label: field for field in form.fields.all()}
    cells = [(fields[column.name].key, column.parser(fields[column.name].kind)) for column in source.columns]
    rows = (
        (name, {key: parse(value) for (key, parse), value in zip(cells, row, strict=True)})
        for name, row in source.rows()
    )
    read = added = 0
    while some := list(islice(rows, ROWS_AT_ONCE)):
        added += entries.create_many(form, some)
        read += len(some)
        tell(f"{source.table}: {read} rows read, {added} entries added")
    tell(f"{source.table}: {index.complete(form)} entries made ready to be searched")
    return form


def _form_of(source: Source, team: Team, tell: Callable[[str], None]) -> Form:
    slug = slugify(source.table.replace("_", "-"))[:80] or "table"
    labels = [column.name for column in source.columns]
    if form := Form.objects.filter(slug=slug).first():
        if form.team != team or set(labels) - {field.label for field in form.fields.all()}:
            raise NotAdoptable(
                f"There is a form {slug} already, of another team or with other questions. Rename or delete it first."
            )
        return form
    tell(f"{source.table}: looking which kinds of answers fit")
    kinds = source.fitting_kinds()
    with transaction.atomic():
        form = Form.objects.create(title=source.table, slug=slug, team=team)
        Field.objects.bulk_create(
            Field(form=form, position=position, label=column.name, kind=kind, options=column.options)
            for position, (column, kind) in enumerate(zip(source.columns, kinds, strict=True), start=1)
        )
    return form
