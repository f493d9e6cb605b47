"""Files. The value names a file in the storage of uploads: {"id", "name", "size", "sha256"} (see forms/uploads.py)."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from forms import uploads

from .base import Kind, cell_text


class UploadField(forms.FileField):
    widget = forms.FileInput(attrs={"accept": uploads.ACCEPT})
    default_validators = [uploads.check]


class File(Kind):
    label = _("File")
    shape = "file"

    def field(self, options, **kwargs):
        return UploadField(max_length=uploads.LONGEST_NAME, **kwargs)

    def value(self, cleaned):
        raise NotImplementedError("a file becomes a value when the entry is saved (forms/uploads.py)")

    def parser(self, options, required=False):
        def parse(raw):
            if cell_text(raw):
                raise ValidationError(_("Files cannot be imported from a spreadsheet."), code="file")
            if required:
                raise ValidationError(forms.Field.default_error_messages["required"], code="required")

        return parse

    def text(self, value):
        return value.get("name", "") if isinstance(value, dict) else super().text(value)
