"""Entries and what finds them: added one by one, in bulk, by an older release, and deleted."""

import uuid

import pytest

from forms import entries, index
from forms.models import Entry, Field, Form, Term

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    form = Form.objects.create(title="Survey", slug="survey")
    for position, kind in enumerate(["short", "number", "choices", "file"], start=1):
        Field.objects.create(form=form, position=position, label=kind.title(), kind=kind, options=["Red", "Green"])
    return form


def keys(form, field_id=0):
    return sorted(Term.objects.filter(form_id=form.pk, field_id=field_id).values_list("key", flat=True))


def add(form, **answers):
    by_kind = {field.kind: field.key for field in form.fields.all()}
    return entries.create(form, {by_kind[kind]: value for kind, value in answers.items()}, uuid.uuid4())


def test_one(survey):
    _, number, choices, _ = survey.fields.all()
    add(survey, short="Hello, hello world", number=5, choices=["Red", "Green"])
    assert keys(survey) == ["5", "green", "hello", "red", "world"]
    assert keys(survey, choices.pk) == ["Green", "Red"]
    assert len(keys(survey, number.pk)) == 1
    survey.refresh_from_db()
    assert (survey.entry_count, survey.revision) == (1, 1)


def test_twice_the_same(survey):
    for _ in range(2):
        entries.create(survey, {}, uuid.UUID(int=1))
    survey.refresh_from_db()
    assert survey.entry_count == survey.entries.count() == 1


def test_many(survey, monkeypatch):
    monkeypatch.setattr(entries, "ROWS_AT_ONCE", 3)
    short = survey.fields.first().key
    rows = [(uuid.UUID(int=number), {short: f"row{number}", "0": None}) for number in range(8)]
    assert entries.create_many(survey, rows) == 8
    assert [entry.answers for entry in survey.entries.order_by("pk")] == [
        {short: f"row{number}"} for number in range(8)
    ]
    index.complete(survey)
    assert keys(survey) == [f"row{number}" for number in range(8)]
    survey.refresh_from_db()
    assert survey.entry_count == 8


def test_many_twice_the_same(survey):
    rows = [(uuid.UUID(int=number), {}) for number in range(3)]
    assert entries.create_many(survey, rows[:2]) == 2
    assert entries.create_many(survey, rows) == 1
    assert survey.entries.count() == 3


def test_many_or_none(survey, monkeypatch):
    monkeypatch.setattr(entries, "ROWS_AT_ONCE", 1)

    def rows():
        yield uuid.uuid4(), {survey.fields.first().key: "first"}
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        entries.create_many(survey, rows())
    assert not survey.entries.exists()


def test_entries_of_an_older_release_are_taken_along(survey):
    Entry.objects.create(form=survey, answers={survey.fields.first().key: "older"})
    assert not keys(survey)
    add(survey, short="newer")
    assert keys(survey) == ["newer", "older"]
    survey.refresh_from_db()
    assert survey.entry_count == 2


def test_complete(survey, monkeypatch):
    monkeypatch.setattr(index, "AT_ONCE", 2)
    short = survey.fields.first().key
    Entry.objects.bulk_create(Entry(form=survey, answers={short: f"row{number}"}) for number in range(5))
    assert index.complete(survey) == 5
    assert index.complete(survey) == 0
    assert keys(survey) == [f"row{number}" for number in range(5)]


def test_delete(survey):
    gone, kept = add(survey, short="gone both", number=1), add(survey, short="kept both", number=1)
    other = Form.objects.create(title="Other", slug="other")
    assert entries.delete(other, [gone.pk]) == 0
    assert entries.delete(survey, [gone.pk]) == 1
    assert list(survey.entries.all()) == [kept]
    assert keys(survey) == ["1", "both", "kept"]
    assert not Term.objects.filter(entry_id=gone.pk).exists()
    survey.refresh_from_db()
    assert survey.entry_count == 1


def test_delete_before_it_was_indexed(survey):
    entry = Entry.objects.create(form=survey, answers={})
    entries.delete(survey, [entry.pk])
    survey.refresh_from_db()
    assert survey.entry_count == 0


def test_words_have_a_limit(survey):
    add(survey, short=" ".join(f"w{number}" for number in range(2000)))
    assert len(keys(survey)) == index.MOST_WORDS
