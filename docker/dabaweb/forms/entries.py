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


def create_many(form: Form, rows: Iterable[tuple[UUID, dict]], author=None) -> int:
    """Save an entry for each submission with its answers, all or none. Return how many were not there already.

    The values are what `Field.parse` returned; None means no answer. The entries are not indexed yet: thousands take
    long, and as long others could not answer. `index.complete` does it in small steps.
    """
    added, left = 0, iter(rows)
    with transaction.atomic():
        # Whoever sends the same rows at the same time waits here.
        form.touch()
        while some := dict(islice(left, ROWS_AT_ONCE)):
            known = Entry.objects.filter(form=form, submission__in=list(some))
            for submission in known.values_list("submission", flat=True):
                del some[submission]
            made = [Entry(form=form, submission=key, answers=answered(row), author=author) for key, row in some.items()]
            Entry.objects.bulk_create(made)
            added += len(made)
    return added


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
