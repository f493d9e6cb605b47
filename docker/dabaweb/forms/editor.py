"""The page on which a form is made and changed: what it asks for, its buttons, and what saving does to answers.

No answer is lost by editing. A question that is removed is asked no more, but stays with its answers and can be
restored. A question whose kind changes so that old answers would not fit is replaced: the old one is removed in that
sense, and a new one stands in its place.
"""

import secrets
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .kinds import CHOICES, KINDS
from .kinds.choice import CHOSEN
from .models import Field, Form

MOST_QUESTIONS = 100
MOST_OPTIONS = 200
LONGEST_OPTION = 100
# Of a column that ends at 32767; saved fields begin at 1 again beyond this.
HIGHEST_POSITION = 20_000

Row = dict[str, Any]


class FormInput(forms.ModelForm):
    class Meta:
        model = Form
        fields = ["title", "description", "team", "published", "anonymous", "public_answers"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, teams, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        team = self.fields["team"]
        team.queryset, team.required = teams, True
        if len(teams) == 1:
            team.initial, team.empty_label = teams[0], None

    def save(self, commit=True):
        form = super().save(commit=False)
        form.slug = form.slug or _free_slug(form.title)
        form.save()
        return form


class HiddenFlag(forms.HiddenInput):
    """Yes or no, of which a browser sends one as "1" and the other as nothing."""

    def format_value(self, value):
        return "1" if value else None

    def value_from_datadict(self, data, files, name):
        return data.get(name) == "1"


class QuestionInput(forms.Form):
    """One question. `key` is that of a stored field, empty for a new one."""

    key = forms.IntegerField(required=False, widget=forms.HiddenInput)
    removed = forms.BooleanField(required=False, widget=HiddenFlag)
    label = forms.CharField(max_length=200, label=_("Question"))
    kind = forms.ChoiceField(choices=CHOICES, initial=CHOICES[0][0], label=_("Answer"))
    required = forms.BooleanField(required=False, label=_("Required"))
    help_text = forms.CharField(max_length=300, required=False, label=_("Hint"))
    options = forms.CharField(
        required=False,
        label=_("Choices"),
        help_text=_("One in each line, for the kinds of answers that offer choices."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    use_required_attribute = False

    def clean_options(self):
        lines = [line.strip() for line in self.cleaned_data["options"].splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self):
        data = super().clean()
        kind = KINDS.get(data.get("kind"))
        if data.get("removed") or kind is None or not kind.has_options:
            return data
        options = data.get("options", [])
        if len(options) < 2:
            self.add_error("options", _("Offer two choices at least."))
        elif len(options) > MOST_OPTIONS:
            self.add_error("options", _("Offer %(most)s choices at most.") % {"most": MOST_OPTIONS})
        for option in options:
            if len(option) > LONGEST_OPTION or CHOSEN.search(option):
                text = _("“%(option)s” is longer than %(most)s characters, or has a semicolon in it.")
                self.add_error("options", text % {"option": option, "most": LONGEST_OPTION})
        return data


class BaseQuestionInputs(forms.BaseFormSet):
    def get_form_kwargs(self, index):
        return super().get_form_kwargs(index) | {"label_suffix": "", "empty_permitted": False}

    @property
    def last_asked(self) -> int:
        """Return the number of the last question that is not removed; those stand behind the others."""
        return sum(not row["removed"].value() for row in self.forms) - 1

    def clean(self):
        if not any(self.errors) and all(row.cleaned_data["removed"] for row in self.forms):
            raise forms.ValidationError(_("Ask at least one question."))


QuestionInputs = forms.formset_factory(
    QuestionInput,
    formset=BaseQuestionInputs,
    extra=0,
    max_num=MOST_QUESTIONS,
    absolute_max=MOST_QUESTIONS,
    validate_max=True,
)


def row_of(field: Field) -> Row:
    """Return what the page shows for a stored question."""
    row = {name: getattr(field, name) for name in ("label", "kind", "required", "help_text")}
    return row | {"key": field.pk, "removed": bool(field.removed), "options": "\n".join(field.options or [])}


def typed(bound: forms.Form) -> Row:
    """Return what was typed, right or wrong, to show it again."""
    return {name: bound[name].value() for name in bound.fields}


def rearrange(rows: list[Row], action: str) -> tuple[list[Row], int | None]:
    """Return the rows after a button was pressed (add, up-2, down-2, remove-2, restore-2), and which is in focus."""
    verb, _dash, text = action.partition("-")
    number = int(text) if text.isascii() and text.isdecimal() else -1
    rows, asked = list(rows), sum(not row["removed"] for row in rows)
    if verb == "add" and len(rows) < MOST_QUESTIONS:
        return [*rows[:asked], {"removed": False}, *rows[asked:]], asked
    if not 0 <= number < len(rows):
        return rows, None
    row = rows.pop(number)
    if verb in ("up", "down"):
        place = max(0, number - 1) if verb == "up" else min(asked - 1, number + 1)
        return [*rows[:place], row, *rows[place:]], place
    if verb == "remove":
        # A question that was never saved has no answers.
        return ([*rows, row | {"removed": True}] if row.get("key") else rows), None
    if verb == "restore":
        return [*rows[:asked], row | {"removed": False}, *rows[asked:]], asked
    return [*rows[:number], row, *rows[number:]], None


def save(form_input: FormInput, rows: list[Row]) -> Form:
    """Save a form and its questions, all or nothing."""
    with transaction.atomic():
        form = form_input.save()
        # One at a time, as two would take the same positions.
        Form.objects.select_for_update().get(pk=form.pk)
        known = {field.pk: field for field in form.fields.all()}
        has_entries = form.entries.exists()
        asked, removed = [], []
        for row in rows:
            field = known.pop(row["key"], None)
            if row["removed"]:
                if field is not None:
                    removed.append(field)
                continue
            if field is not None and has_entries and KINDS[row["kind"]].shape != field.what.shape:
                removed.append(field)
                field = None
            asked.append(_filled(field or Field(form=form), row))
        # Added by somebody else in the meantime.
        for field in known.values():
            (removed if field.removed else asked).append(field)
        _store(form, asked, removed if has_entries else [], [] if has_entries else removed)
    return form


def _filled(field: Field, row: Row) -> Field:
    for name in ("label", "kind", "required", "help_text", "options"):
        setattr(field, name, row[name])
    field.removed = None
    return field


def _store(form: Form, asked: list[Field], removed: list[Field], dropped: list[Field]) -> None:
    """Save the fields in their order, at positions that none has had: no two may meet even for a moment."""
    Field.objects.filter(pk__in=[field.pk for field in dropped]).delete()
    fields, now = [*asked, *removed], timezone.now()
    for field in removed:
        field.removed = field.removed or now
    last = max((field.position for field in fields if field.pk), default=0)
    for position, field in enumerate(fields, start=1 if last > HIGHEST_POSITION else last + 1):
        field.position = position
        field.save()


def _free_slug(title: str) -> str:
    slug = slugify(title)[:60].strip("-")
    if slug and not Form.objects.filter(slug=slug).exists():
        return slug
    return f"{slug or 'form'}-{secrets.token_hex(4)}"
