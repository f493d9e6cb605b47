"""Text: short, long, and e-mail addresses."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .base import Kind

SHORT = 200
LONG = 5000


class ShortText(Kind):
    label = _("Short text")

    def field(self, options, **kwargs):
        return forms.CharField(max_length=SHORT, **kwargs)


class LongText(Kind):
    label = _("Long text")

    def field(self, options, **kwargs):
        return forms.CharField(max_length=LONG, widget=forms.Textarea(attrs={"rows": 4}), **kwargs)

    def value(self, cleaned):
        return cleaned.replace("\r\n", "\n") or None


class Email(Kind):
    label = _("E-mail address")

    def field(self, options, **kwargs):
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        return forms.EmailField(max_length=SHORT, widget=widget, **kwargs)
