"""The kinds of answers that a field can ask for.

A new kind is one more entry in `KINDS`; the database stores its key.
"""

from .base import EMPTY, Kind, cell_text
from .choice import Choice, MultipleChoice
from .day import Day
from .file import File
from .number import Number
from .text import Email, LongText, ShortText

__all__ = ["CHOICES", "EMPTY", "KINDS", "Kind", "cell_text"]

KINDS: dict[str, Kind] = {
    "short": ShortText(),
    "long": LongText(),
    "number": Number(),
    "date": Day(),
    "choice": Choice(),
    "choices": MultipleChoice(),
    "email": Email(),
    "file": File(),
}
CHOICES = [(key, kind.label) for key, kind in KINDS.items()]
