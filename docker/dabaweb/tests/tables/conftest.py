"""A form of each kind of question, its team, and a member who is signed in."""

import tempfile

import pytest
from django.contrib.auth import get_user_model

from forms.models import Field, Form
from teams.models import Team


@pytest.fixture(autouse=True)
def _own_slots(tmp_path, monkeypatch):
    """Other test runs on the same machine take slots too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def team(db):
    return Team.objects.create(name="Canteen")


@pytest.fixture
def member(team):
    user = get_user_model().objects.create_user("ada", password="not a secret")
    team.members.add(user)
    return user


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
def signed_in(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def keys(lunch):
    return {field.label: field.key for field in lunch.fields.all()}
