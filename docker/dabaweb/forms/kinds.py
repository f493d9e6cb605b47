"""The kinds of answers that a field can ask for.

A new kind is one more entry in `KINDS`; the database stores its key.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms


@dataclass(frozen=True)
class Kind:
    label: str
    field: Callable[..., forms.Field]
    """Makes the form field, given `label` and `required`."""


def _short_text(**kwargs):
    return forms.CharField(max_length=200, **kwargs)


def _long_text(**kwargs):
    return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), **kwargs)


KINDS = {
    "short": Kind("Short text", _short_text),
    "long": Kind("Long text", _long_text),
}
CHOICES = [(key, kind.label) for key, kind in KINDS.items()]
