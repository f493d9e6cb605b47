"""What every kind of answer can do."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

EMPTY = (None, "", [])


class Kind:
    """One kind of answer. `options` are the choices of the field that asks, for the kinds that have some.

    A *value* is what Entry.answers holds: JSON, None when nothing was answered.
    """

    label: str
    shape = "text"
    """Kinds of one shape store the same values: a question may change between them and keep its answers."""
    has_options = False

    def field(self, options: list[str], **kwargs) -> forms.Field:
        """Return the form field that asks, given `label`, `help_text` and `required`."""
        raise NotImplementedError

    def value(self, cleaned: Any) -> Any:
        """Return the value of what the form field has cleaned."""
        return cleaned or None

    def parse(self, raw: Any, options: list[str], required: bool = False) -> Any:
        """Return the value of a text or a spreadsheet's cell, or raise a ValidationError that says what is wrong."""
        return self.parser(options, required)(raw)

    def parser(self, options: list[str], required: bool = False) -> Callable[[Any], Any]:
        """Return `parse` for many cells of one field."""
        field = self.field(options, required=required)
        return lambda raw: self.value(field.clean(self.typed(raw)))

    def typed(self, raw: Any) -> Any:
        """Return what a person would have sent from the page for the content of a cell."""
        return cell_text(raw)

    def text(self, value: Any) -> str:
        """Return the value as people read it."""
        return "" if value in EMPTY else str(value)

    def cell(self, value: Any) -> str | int | float | date | None:
        """Return the value as a spreadsheet keeps it; `parse` understands it."""
        return self.text(value) or None

    def words(self, value: Any) -> Iterable[str]:
        """Return texts whose words the search finds."""
        return [self.text(value)]

    def keys(self, value: Any) -> Iterable[str]:
        """Return what the filter of this one question finds: equal for equal values, and in their order."""
        return []


def cell_text(raw: Any) -> str:
    """Return the content of a cell as text: whole numbers without a point, dates as in ISO 8601."""
    match raw:
        case None:
            return ""
        case bool():
            return "TRUE" if raw else "FALSE"
        case float():
            # As many digits as a spreadsheet shows, and as survive the way through a float.
            return format(Decimal(format(raw, ".15g")), "f")
        case Decimal():
            return format(raw, "f")
        case datetime() if raw.time() == datetime.min.time():
            return raw.date().isoformat()
        case date():
            return raw.isoformat()
    return str(raw).strip()
