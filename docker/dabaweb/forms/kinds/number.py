"""Numbers."""

from decimal import Decimal, InvalidOperation
from math import isfinite

from django import forms
from django.core.validators import DecimalValidator
from django.utils.translation import gettext_lazy as _

from .base import EMPTY, Kind

# As many digits as survive the way through JSON and a spreadsheet, both of which know floats only.
DIGITS = 15
DECIMALS = 6
# Makes the least number zero, so that the numbers' order is that of their texts.
SHIFT = Decimal(10) ** DIGITS


class Number(Kind):
    label = _("Number")
    shape = "number"

    def field(self, options, **kwargs):
        return forms.DecimalField(
            validators=[DecimalValidator(DIGITS, None), DecimalValidator(None, DECIMALS)],
            widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            **kwargs,
        )

    def typed(self, raw):
        if isinstance(raw, float) and isfinite(raw):
            # What a spreadsheet has calculated has more decimals than anybody meant.
            raw = round(Decimal(format(raw, ".15g")), DECIMALS)
        return super().typed(raw)

    def value(self, cleaned):
        if cleaned is None:
            return None
        return int(cleaned) if cleaned == cleaned.to_integral_value() else float(cleaned)

    def text(self, value):
        try:
            return "" if value in EMPTY else format(Decimal(str(value)).normalize(), "f")
        except InvalidOperation:
            return str(value)

    def cell(self, value):
        return value if self.is_number(value) else super().cell(value)

    def keys(self, value):
        if self.is_number(value) and abs(value) < SHIFT:
            yield format(Decimal(str(value)) + SHIFT, f"0{DIGITS + DECIMALS + 2}.{DECIMALS}f")

    @staticmethod
    def is_number(value):
        return isinstance(value, int | float) and not isinstance(value, bool)
