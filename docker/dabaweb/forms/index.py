"""Stores what finds the entries, in the transaction that stores the entries.

Entries that came another way (from pods of an older release during an update, from a dump) are not indexed yet; the
next entry of the form takes some of them along, and `manage.py housekeeping` all.
"""

from collections.abc import Iterable
from itertools import islice
from math import inf
from time import monotonic

from django.db import transaction
from django.db.models import F

from . import terms
from .models import Entry, Field, Form, Term

# Of an entry with very long texts, the words beyond these are not found.
MOST_WORDS = 1000
AT_ONCE = 200
ROWS_AT_ONCE = 2000
WHOLE_ENTRY = 0


def text_of(entry: Entry, fields: Iterable[Field]) -> str:
    """Return all that a person would search for."""
    return "\n".join(text for field in fields for text in field.what.words(entry.value(field)))


def terms_of(entry: Entry, fields: list[Field]) -> list[Term]:
    def term(field: int, key: str) -> Term:
        return Term(form_id=entry.form_id, field_id=field, key=key, created=entry.created, entry_id=entry.pk)

    found = [term(WHOLE_ENTRY, word) for word in islice(terms.words(text_of(entry, fields)), MOST_WORDS)]
    for field in fields:
        if (value := entry.value(field)) is not None:
            keys = dict.fromkeys(key[: terms.LONGEST] for key in field.what.keys(value))
            found += [term(field.pk, key) for key in keys]
    return found


def add(form: Form, entries: list[Entry], fields: list[Field]) -> None:
    """Index entries that are marked so; after `form.touch()`, which keeps others from doing the same."""
    rows = [row for entry in entries for row in terms_of(entry, fields)]
    Term.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    Form.objects.filter(pk=form.pk).update(entry_count=F("entry_count") + len(entries))


def remove(form: Form, entries: list[Entry], fields: list[Field]) -> None:
    """Forget entries, before they are deleted; after `form.touch()`."""
    indexed = [entry for entry in entries if entry.indexed]
    rows = [row.pk for entry in indexed for row in terms_of(entry, fields)]
    for start in range(0, len(rows), AT_ONCE):
        Term.objects.filter(pk__in=rows[start : start + AT_ONCE]).delete()
    Form.objects.filter(pk=form.pk).update(entry_count=F("entry_count") - len(indexed))


def catch_up(form: Form, fields: list[Field], most: int = AT_ONCE) -> int:
    """Index some of the entries that are not yet; after `form.touch()`. Return how many."""
    entries = list(Entry.objects.filter(form=form, indexed=False).order_by("pk")[:most])
    if entries:
        Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(indexed=True)
        add(form, entries, fields)
    return len(entries)


def complete(form: Form, seconds: float = inf) -> int:
    """Index all that is not yet, in small transactions, for so long at most. Return how many entries it was."""
    fields, total, added, end = list(form.fields.all()), 0, AT_ONCE, monotonic() + seconds
    while added == AT_ONCE and monotonic() < end:
        with transaction.atomic():
            form.touch()
            added = catch_up(form, fields)
        total += added
    return total
