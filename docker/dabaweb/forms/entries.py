"""Adds and deletes entries, with all that belongs to them."""

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from django.db import transaction

from . import index, uploads
from .models import Entry, Form

ROWS_AT_ONCE = 500


def create(form: Form, answers: dict, submission: UUID, author=None) -> Entry:
    """Save one entry; the same submission a second time returns the first."""
    fields = list(form.fields.all())
    defaults = {"answers": answers, "author": author, "indexed": True}
    with transaction.atomic():
        form.touch()
        entry, made = Entry.objects.get_or_create(form=form, submission=submission, defaults=defaults)
        if made:
            index.add(form, [entry], fields)
        index.catch_up(form, fields)
    return entry


def create_many(form: Form, rows: Iterable[dict], author=None) -> int:
    """Save an entry for each dictionary of answers (field's key: value), all or none. Return how many.

    The values are what `Field.parse` returned; None means no answer.
    """
    fields, total = list(form.fields.all()), 0
    with transaction.atomic():
        form.touch()
        left = iter(rows)
        while some := list(islice(left, ROWS_AT_ONCE)):
            made = [Entry(form=form, answers=answered(row), author=author, indexed=True) for row in some]
            _insert(form, made)
            index.add(form, made, fields)
            total += len(made)
    return total


def _insert(form: Form, entries: list[Entry]) -> None:
    """Insert the entries and learn their keys, which MySQL does not tell after an insertion of several rows."""
    Entry.objects.bulk_create(entries)
    submissions = [entry.submission for entry in entries]
    keys = dict(Entry.objects.filter(form=form, submission__in=submissions).values_list("submission", "pk"))
    for entry in entries:
        entry.pk = keys[entry.submission]


def answered(values: dict) -> dict:
    return {key: value for key, value in values.items() if value is not None}


def delete(form: Form, entries: Iterable[int]) -> int:
    """Delete the entries with these keys, and their files. Return how many there were."""
    fields = list(form.fields.all())
    with transaction.atomic():
        form.touch()
        found = list(Entry.objects.filter(form=form, pk__in=entries))
        index.remove(form, found, fields)
        Entry.objects.filter(pk__in=[entry.pk for entry in found]).delete()
        transaction.on_commit(lambda: uploads.delete_of(found, fields))
    return len(found)


def delete_form(form: Form) -> int:
    """Delete a form with all that belongs to it, in small transactions. Return how many entries it had."""
    total = 0
    while some := list(form.entries.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        total += delete(form, some)
    form.delete()
    return total
