"""What people can look for among the entries, as it stands in the address of a page."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from . import search
from .kinds import Kind
from .kinds.day import Day
from .models import Field, Form

DATE = Day()


class Filters(forms.Form):
    """Asks for words, for the time in which entries came in, and for answers to each question."""

    q = forms.CharField(max_length=200, required=False, label=_("Search"), widget=forms.SearchInput)
    since = DATE.field([], required=False, label=_("Received from"))
    until = DATE.field([], required=False, label=_("Received until"))

    def __init__(self, form: Form, data=None):
        super().__init__(data if data is not None else {}, label_suffix="")
        self.form = form
        self.asked = list(form.fields.all())
        for field in form.questions():
            self.fields |= _inputs(field)

    @property
    def active(self) -> bool:
        """Something is looked for."""
        return any(self[name].value() for name in self.fields)

    @property
    def details(self):
        """All inputs but the first."""
        return [self[name] for name in self.fields if name != "q"]

    @property
    def detailed(self) -> bool:
        return any(item.value() for item in self.details)

    def conditions(self) -> search.Conditions:
        """Return what is looked for; after is_valid()."""
        data = self.cleaned_data
        found = search.words(data["q"], self.asked)
        for field in self.form.questions():
            found += _conditions(field, data)
        return search.Conditions(tuple(found), _midnight(data["since"]), _midnight(data["until"], days=1))

    def address(self) -> str:
        """Return the part of an address that asks for the same again."""
        chosen = self.data.copy()
        for name in list(chosen):
            if name not in self.fields or not chosen[name]:
                del chosen[name]
        return chosen.urlencode() if chosen else ""


def _inputs(field: Field) -> dict[str, forms.Field]:
    name, label, kind = f"field-{field.pk}", field.label, field.what
    if kind.shape in ("number", "date"):
        least, most = _("%(question)s: from"), _("%(question)s: to")
        return {
            f"{name}-min": kind.field([], required=False, label=least % {"question": label}),
            f"{name}-max": kind.field([], required=False, label=most % {"question": label}),
        }
    if kind.has_options:
        choices = [("", _("any")), *((option, option) for option in field.options or [])]
        return {name: forms.ChoiceField(choices=choices, required=False, label=label)}
    return {name: forms.CharField(max_length=200, required=False, label=label)}


def _conditions(field: Field, data: dict) -> list[search.Condition]:
    name = f"field-{field.pk}"
    if f"{name}-min" in data:
        least, most = (_key(field.what, data[f"{name}-{end}"]) for end in ("min", "max"))
        return [search.Between(field, least, most)] if least or most else []
    if not data[name]:
        return []
    if field.what.has_options:
        return [search.Equal(field, data[name])]
    return search.words(data[name], [field])


def _key(kind: Kind, cleaned) -> str | None:
    return next(iter(kind.keys(kind.value(cleaned))), None)


def _midnight(day, days: int = 0) -> datetime | None:
    return datetime.combine(day, time(), UTC) + timedelta(days) if day else None
