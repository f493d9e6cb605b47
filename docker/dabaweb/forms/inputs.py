"""What people type who fill in a form."""

import json
import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from . import entries, uploads
from .kinds import EMPTY
from .models import Entry, Form


class EntryInput(forms.Form):
    """Asks for the fields of one form."""

    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, form: Form, *args, author=None, **kwargs):
        super().__init__(*args, initial={"submission": uuid.uuid4()}, label_suffix="", **kwargs)
        self.form, self.author = form, author
        self.questions = {f"field-{field.pk}": field for field in form.questions()}
        for name, field in self.questions.items():
            self.fields[name] = field.form_field()

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not any(cleaned[name] not in EMPTY for name in self.questions):
            raise forms.ValidationError(_("Answer at least one question."))
        return cleaned

    def save(self) -> Entry:
        """Save the entry and its files; the same submission a second time returns the first."""
        uploaded = {}
        answers = {}
        for name, field in self.questions.items():
            cleaned = self.cleaned_data[name]
            if field.what.shape == "file":
                uploaded |= {field.key: cleaned} if cleaned else {}
                answers[field.key] = uploads.describe(cleaned) if cleaned else None
            else:
                answers[field.key] = field.what.value(cleaned)
        answers = entries.answered(answers)
        # With the answers in it, so that going back and changing them makes another entry.
        page = self.cleaned_data["submission"] or uuid.uuid4()
        submission = uuid.uuid5(page, json.dumps(answers, sort_keys=True))
        for key, upload in uploaded.items():
            answers[key]["id"] = uuid.uuid5(submission, key).hex
            uploads.store(upload, answers[key])
        return entries.create(self.form, answers, submission, self.author)
