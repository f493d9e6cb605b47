"""Dates."""

from datetime import date, datetime

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from .base import EMPTY, Kind

# What browsers send, and the one other notation that cannot be misread.
INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y"]


class Day(Kind):
    label = _("Date")
    shape = "date"

    def field(self, options, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        return forms.DateField(input_formats=INPUT_FORMATS, widget=widget, **kwargs)

    def value(self, cleaned):
        return cleaned.isoformat() if cleaned else None

    def typed(self, raw):
        return raw.date().isoformat() if isinstance(raw, datetime) else super().typed(raw)

    def text(self, value):
        day = self.cell(value)
        return formats.date_format(day, "DATE_FORMAT") if isinstance(day, date) else super().text(value)

    def cell(self, value):
        try:
            return None if value in EMPTY else date.fromisoformat(value)
        except (TypeError, ValueError):
            return super().text(value)

    def words(self, value):
        return [super().text(value)]

    def keys(self, value):
        if isinstance(self.cell(value), date):
            yield value
