"""Kinds of answers: what they take, what they store, and what they show and hand to spreadsheets."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from forms.kinds import KINDS

OPTIONS = ["Red", "Green", "10"]
FILE = {"id": "0" * 32, "name": "cv.pdf", "size": 3, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("short", "Ada", "Ada"),
        ("short", " Ada ", "Ada"),
        ("short", 5.0, "5"),
        ("short", 1e21, "1000000000000000000000"),
        ("short", True, "TRUE"),
        ("short", datetime(2026, 11, 27), "2026-11-27"),
        ("short", datetime(2026, 11, 27, 9, 30), "2026-11-27T09:30:00"),
        ("short", None, None),
        ("short", "  ", None),
        ("long", "one\r\ntwo", "one\ntwo"),
        ("number", "12", 12),
        ("number", " -12.50 ", -12.5),
        ("number", 3, 3),
        ("number", 0, 0),
        ("number", 0.1 + 0.2, 0.3),
        ("number", Decimal("1.250"), 1.25),
        ("number", 7.0, 7),
        ("number", 1 / 7, 0.142857),
        ("number", -2e-9, 0),
        ("number", "", None),
        ("date", "2026-11-27", "2026-11-27"),
        ("date", "27.11.2026", "2026-11-27"),
        ("date", date(2026, 11, 27), "2026-11-27"),
        ("date", datetime(2026, 11, 27, 9, 30), "2026-11-27"),
        ("date", None, None),
        ("choice", "Red", "Red"),
        ("choice", 10.0, "10"),
        ("choice", "", None),
        ("choices", "Red; Green", ["Red", "Green"]),
        ("choices", "Green\nRed;Green;", ["Green", "Red"]),
        ("choices", 10, ["10"]),
        ("choices", None, None),
        ("email", "ada@example.org", "ada@example.org"),
        ("file", None, None),
        ("file", "", None),
    ],
)
def test_takes(kind, raw, value):
    taken = KINDS[kind].parse(raw, OPTIONS)
    assert taken == value
    assert type(taken) is type(value)


@pytest.mark.parametrize(
    ("kind", "raw", "message"),
    [
        ("short", "x" * 201, "at most 200 characters"),
        ("short", "a\0b", "Null characters"),
        ("long", "x" * 5001, "at most 5000 characters"),
        ("number", "twelve", "Enter a number."),
        ("number", "1,5", "Enter a number."),
        ("number", True, "Enter a number."),
        ("number", "NaN", "Enter a number."),
        ("number", float("inf"), "Enter a number."),
        ("number", "1234567890123456", "15 digits"),
        ("number", "0.1234567", "6 decimal places"),
        ("date", "11/27/2026", "Enter a valid date."),
        ("date", "2026-02-30", "Enter a valid date."),
        ("date", 45000, "Enter a valid date."),
        ("choice", "Blue", "Select a valid choice. Blue"),
        ("choice", "red", "Select a valid choice. red"),
        ("choices", "Red; Blue", "Select a valid choice. Blue"),
        ("email", "nobody", "Enter a valid email address."),
        ("file", "cv.pdf", "cannot be imported"),
    ],
)
def test_refuses(kind, raw, message):
    with pytest.raises(ValidationError) as refused:
        KINDS[kind].parse(raw, OPTIONS)
    assert message in refused.value.messages[0]


@pytest.mark.parametrize("kind", KINDS)
def test_required(kind):
    with pytest.raises(ValidationError) as refused:
        KINDS[kind].parse(None, OPTIONS, required=True)
    assert refused.value.messages == ["This field is required."]


@pytest.mark.parametrize(
    ("kind", "value", "text", "cell"),
    [
        ("short", "Ada", "Ada", "Ada"),
        ("number", 12, "12", 12),
        ("number", 0, "0", 0),
        ("number", 100, "100", 100),
        ("number", -12.5, "-12.5", -12.5),
        ("number", 0.000001, "0.000001", 0.000001),
        ("date", "2026-11-27", "Nov. 27, 2026", date(2026, 11, 27)),
        ("choice", "Red", "Red", "Red"),
        ("choices", ["Red", "Green"], "Red, Green", "Red; Green"),
        ("file", FILE, "cv.pdf", "cv.pdf"),
    ],
)
def test_shows(kind, value, text, cell):
    assert KINDS[kind].text(value) == text
    assert KINDS[kind].cell(value) == cell


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, "", []])
def test_shows_nothing_for_no_answer(kind, value):
    assert KINDS[kind].text(value) == ""
    assert KINDS[kind].cell(value) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["odd", 5, 5.5, ["a", 1], True])
def test_shows_what_a_dump_brought(kind, value):
    """Values of another shape are shown as they are, rather than not at all."""
    assert KINDS[kind].text(value)
    assert KINDS[kind].cell(value) is not None
    assert all(isinstance(word, str) for word in [*KINDS[kind].words(value), *KINDS[kind].keys(value)])


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "number",
            ["-999999999999999", "-1000", "-12.5", "-12", "-0.000001", "0", "0.000001", "9", "10", "999999999999999"],
        ),
        ("date", ["0999-01-01", "2025-12-31", "2026-01-01"]),
    ],
)
def test_keys_have_the_order_of_the_values(kind, values):
    keys = [next(iter(KINDS[kind].keys(KINDS[kind].parse(value, [])))) for value in values]
    assert keys == sorted(keys)
    assert len({*keys}) == len(keys)
    assert len({len(key) for key in keys}) == 1


@pytest.mark.parametrize("kind", ["short", "number", "date", "choice", "choices", "email"])
def test_cells_are_understood(kind):
    value = KINDS[kind].parse(
        {"number": "-12.5", "date": "2026-11-27", "email": "a@example.org"}.get(kind, "Red"), OPTIONS
    )
    assert KINDS[kind].parse(KINDS[kind].cell(value), OPTIONS) == value
