"""A form with short labels, as headings are."""

import tempfile

import pytest

from forms.models import Field, Form


@pytest.fixture(autouse=True)
def _own_slots(tmp_path, monkeypatch):
    """Other test runs on the same machine take slots too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def lunch(team):
    form = Form.objects.create(title="Lunch", slug="lunch", team=team, published=True)
    questions = [
        ("Name", "short", True, []),
        ("Guests", "number", False, []),
        ("Day", "date", False, []),
        ("Dish", "choice", False, ["Soup", "Rice"]),
        ("Sides", "choices", False, ["Salad", "Bread"]),
        ("E-mail", "email", False, []),
        ("Notes", "long", False, []),
    ]
    for position, (label, kind, required, options) in enumerate(questions, start=1):
        Field.objects.create(form=form, position=position, label=label, kind=kind, required=required, options=options)
    return form


@pytest.fixture
def keys(lunch):
    return {field.label: field.key for field in lunch.fields.all()}
