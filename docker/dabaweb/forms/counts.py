"""How many entries forms have: those that are indexed are counted as they come and go, the others here.

The form's revision changes with its entries (see dabaweb/cache.py).
"""

from collections.abc import Iterable

from django.db.models import Count

from dabaweb.cache import cached_many

from .models import Entry, Form


def of(forms: Iterable[Form]) -> dict[int, int]:
    """Return the number of entries by the forms' keys."""
    keys = {f"unindexed:{form.pk}": form for form in forms}

    def count(missing):
        rows = Entry.objects.filter(form__in=[keys[key].pk for key in missing], indexed=False).values_list("form")
        counted = dict(rows.annotate(Count("pk")))
        return {key: counted.get(keys[key].pk, 0) for key in missing}

    counts = cached_many({key: form.revision for key, form in keys.items()}, count)
    return {form.pk: form.entry_count + counts[key] for key, form in keys.items()}
