"""Answers as templates show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from forms.models import Entry, Field


@dataclass(frozen=True)
class Answer:
    field: Field
    text: str
    file: str | None
    """Address of the file, if it is one."""


def answers_of(entry: Entry, fields: Iterable[Field]) -> list[Answer]:
    return [_answer(entry, field) for field in fields]


def _answer(entry: Entry, field: Field) -> Answer:
    value = entry.value(field)
    is_file = field.what.shape == "file" and isinstance(value, dict)
    file = reverse("file", args=[field.form.slug, entry.pk, field.pk]) if is_file else None
    return Answer(field, field.what.text(value), file)
