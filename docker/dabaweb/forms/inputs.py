"""What people type: a new entry of a form, a new form with its fields."""

import json
import secrets
import uuid

from django import forms
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from . import entries, uploads
from .kinds import CHOICES, EMPTY
from .models import Entry, Field, Form

FIELDS_AT_ONCE = 5


class EntryInput(forms.Form):
    """Asks for the fields of one form."""

    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, form: Form, *args, author=None, **kwargs):
        super().__init__(*args, initial={"submission": uuid.uuid4()}, **kwargs)
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


class FormInput(forms.ModelForm):
    class Meta:
        model = Form
        fields = ["title", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class FieldInput(forms.ModelForm):
    kind = forms.ChoiceField(choices=CHOICES, initial=CHOICES[0][0], label="Answer")

    class Meta:
        model = Field
        fields = ["label", "kind", "required"]
        labels = {"label": "Question"}

    def has_changed(self):
        """Without a question the row was left empty."""
        return "label" in self.changed_data


class BaseFieldInputs(forms.BaseFormSet):
    def clean(self):
        if not any(self.errors) and not any(row.has_changed() for row in self.forms):
            raise forms.ValidationError("Ask at least one question.")


FieldInputs = forms.formset_factory(
    FieldInput, formset=BaseFieldInputs, extra=FIELDS_AT_ONCE, max_num=FIELDS_AT_ONCE, validate_max=True
)


def create_form(form_input: FormInput, field_inputs) -> Form:
    """Save a new form and its fields, all or nothing."""
    form = form_input.save(commit=False)
    filled = [row.save(commit=False) for row in field_inputs.forms if row.has_changed()]
    with transaction.atomic():
        form.slug = _free_slug(form.title)
        form.save()
        for position, field in enumerate(filled, start=1):
            field.form, field.position = form, position
        Field.objects.bulk_create(filled)
    return form


def _free_slug(title: str) -> str:
    slug = slugify(title)[:60].strip("-")
    if slug and not Form.objects.filter(slug=slug).exists():
        return slug
    return f"{slug or 'form'}-{secrets.token_hex(4)}"
