"""One or several of the choices that the form offers."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from .base import EMPTY, Kind

# Choices are written one a line, and several stand in one cell of a spreadsheet with this between them.
SEPARATOR = "; "
CHOSEN = re.compile(r"[;\n]")
# Beyond so many, a list is easier to handle than one button each.
MOST_BUTTONS = 7


class Choice(Kind):
    label = _("Choice: one")
    shape = "choice"
    has_options = True

    def field(self, options, **kwargs):
        choices = [(option, option) for option in options]
        if len(options) <= MOST_BUTTONS:
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **kwargs)
        return forms.ChoiceField(choices=[("", _("Please choose")), *choices], **kwargs)

    def keys(self, value):
        yield self.text(value)


class MultipleChoice(Kind):
    label = _("Choice: several")
    shape = "choices"
    has_options = True

    def field(self, options, **kwargs):
        choices = [(option, option) for option in options]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **kwargs)

    def typed(self, raw):
        parts = CHOSEN.split(super().typed(raw))
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def text(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else super().text(value)

    def cell(self, value):
        return None if value in EMPTY else SEPARATOR.join(map(str, value)) if isinstance(value, list) else str(value)

    def keys(self, value):
        return map(str, value) if isinstance(value, list) else [self.text(value)]
