"""What people choose for an import."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from . import limits


class FileInput(forms.Form):
    file = forms.FileField(
        label=_("Excel workbook (.xlsx)"),
        help_text=format_lazy(
            _("Up to {size} MB and {rows} rows."), size=limits.UPLOAD_BYTES // limits.MIB, rows=limits.ROWS
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )
    leave_out = forms.BooleanField(label=_("Leave out columns that the form does not ask for"), required=False)
