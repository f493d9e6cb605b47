"""How many entries forms have: those that are indexed are counted as they come and go, the others here.

A count of the others is stored under the form's revision, which changes with its entries. So there is nothing to
invalidate, and neither a lagging slave nor an unreachable Redis can make a page show a number older than the rest of
the page.
"""

from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import Count

from .models import Entry, Form


def of(forms: Iterable[Form]) -> dict[int, int]:
    """Return the number of entries by the forms' keys."""
    keys = {form.pk: f"unindexed:{form.pk}:{form.revision}" for form in forms}
    stored = cache.get_many(keys.values())
    counts = {form: stored[key] for form, key in keys.items() if key in stored}
    if missing := keys.keys() - counts.keys():
        rows = Entry.objects.filter(form__in=missing, indexed=False).values_list("form").annotate(Count("pk"))
        counted = dict.fromkeys(missing, 0) | dict(rows)
        cache.set_many({keys[form]: count for form, count in counted.items()})
        counts |= counted
    return {form.pk: form.entry_count + counts[form.pk] for form in forms}
