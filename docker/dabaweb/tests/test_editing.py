"""Making and changing forms, and what becomes of the answers."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from forms import editor, entries
from forms.models import Entry, Field, Form, Term

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def page(_team, *rows, title="Dinner", action="save", **settings):
    """Return what a browser sends."""
    data = {"title": title, "description": "Who eats what?", "team": _team.pk, "published": "on", "action": action}
    data |= {"questions-TOTAL_FORMS": len(rows), "questions-INITIAL_FORMS": 0} | settings
    for number, row in enumerate(rows):
        filled = {"key": "", "removed": "", "kind": "short", "help_text": "", "options": ""} | row
        data |= {f"questions-{number}-{name}": value for name, value in filled.items()}
    return data


def rows_of(response):
    """Return the labels that the page shows, and which of them are removed."""
    rows = [editor.typed(row) for row in response.context["questions"]]
    return [row["label"] or "" for row in rows if not row["removed"]], [row["label"] for row in rows if row["removed"]]


def sent(field, **changes):
    row = editor.row_of(field)
    row = row | {"required": "on"} if row["required"] else {key: row[key] for key in row if key != "required"}
    return row | {"removed": "1" if row["removed"] else ""} | changes


def questions(form):
    return [(field.label, field.kind) for field in Form.objects.get(pk=form.pk).questions()]


class TestNew:
    def test_asks(self, signed_in, team):
        body = text(signed_in.get("/new/"))
        assert body.count("<legend>Question ") == 1
        assert "Kitchen" in body

    def test_makes_a_form(self, signed_in, team):
        rows = [
            {"label": "Dish", "required": "on", "help_text": "One, please."},
            {"label": "With", "kind": "choices", "options": "Bread\r\n\r\n Rice \r\nBread"},
        ]
        response = signed_in.post("/new/", page(team, *rows, anonymous="on"), follow=True)
        assert "Your form is ready." in text(response)
        form = Form.objects.get(slug="dinner")
        assert (form.team, form.published, form.anonymous, form.public_answers) == (team, True, True, False)
        fields = list(form.fields.values_list("label", "kind", "required", "position", "help_text", "options"))
        assert fields == [
            ("Dish", "short", True, 1, "One, please.", []),
            ("With", "choices", False, 2, "", ["Bread", "Rice"]),
        ]

    def test_same_title_twice(self, signed_in, team):
        for _ in range(2):
            signed_in.post("/new/", page(team, {"label": "Dish"}))
        first, second = Form.objects.filter(title="Dinner").order_by("pk")
        assert first.slug == "dinner"
        assert re.fullmatch(r"dinner-[0-9a-f]{8}", second.slug)

    @pytest.mark.parametrize("title", ["午餐", "Обед", "!!!"])
    def test_title_without_latin_letters(self, signed_in, team, title):
        signed_in.post("/new/", page(team, {"label": "Dish"}, title=title))
        form = Form.objects.get(title=title)
        assert re.fullmatch(r"form-[0-9a-f]{8}", form.slug)
        assert signed_in.get(form.get_absolute_url()).status_code == 200

    def test_longest_title(self, signed_in, team):
        signed_in.post("/new/", page(team, {"label": "Dish"}, title="long title " * 18))
        assert len(Form.objects.get(title__startswith="long").slug) <= 80

    @pytest.mark.parametrize(
        ("row", "changes", "message"),
        [
            ({}, {"title": ""}, "This field is required."),
            ({}, {"title": "x" * 201}, "at most 200 characters"),
            ({}, {"team": ""}, "This field is required."),
            ({}, {"team": "999"}, "not one of the available choices"),
            ({"label": ""}, {}, "This field is required."),
            ({"label": "x" * 201}, {}, "at most 200 characters"),
            ({"kind": "nonsense"}, {}, "not one of the available choices"),
            ({"kind": "choice"}, {}, "Offer two choices at least."),
            ({"kind": "choice", "options": "one\none"}, {}, "Offer two choices at least."),
            ({"kind": "choices", "options": "\n".join(map(str, range(201)))}, {}, "Offer 200 choices at most."),
            ({"kind": "choices", "options": "one\na; b"}, {}, "has a semicolon"),
            ({"kind": "choice", "options": "one\n" + "x" * 101}, {}, "longer than 100"),
            ({"removed": "1"}, {}, "Ask at least one question."),
            ({}, {"questions-TOTAL_FORMS": "0"}, "Ask at least one question."),
            ({}, {"questions-TOTAL_FORMS": ""}, "Ask at least one question."),
            ({}, {"questions-TOTAL_FORMS": "101"}, "at most 100"),
        ],
    )
    def test_refuses(self, signed_in, team, row, changes, message):
        response = signed_in.post("/new/", page(team, {"label": "Dish"} | row, **changes))
        assert response.status_code == 422
        assert message in text(response)
        assert not Form.objects.exclude(slug="guest-book").exists()

    def test_only_for_own_teams(self, signed_in, stranger):
        response = signed_in.post("/new/", page(stranger.teams.get(), {"label": "Dish"}))
        assert response.status_code == 422

    def test_needs_a_team(self, signed_in, team, member):
        team.members.remove(member)
        response = signed_in.get("/new/")
        assert response.status_code == 403
        assert "You are in no team yet" in text(response)

    def test_needs_somebody(self, client, team):
        assert client.post("/new/", page(team, {"label": "Dish"})).url.startswith("/accounts/login/")

    def test_master_down(self, signed_in, team, master_down):
        response = signed_in.post("/new/", page(team, {"label": "Dish"}))
        assert response.status_code == 503
        assert "This is not saved yet." in text(response)
        assert 'value="Dinner"' in text(response)
        assert 'value="Dish"' in text(response)


class TestButtons:
    """They rearrange what is typed and save nothing."""

    @pytest.mark.parametrize(
        ("action", "asked", "removed"),
        [
            ("add", ["a", "b", "c", ""], ["d"]),
            ("up-1", ["b", "a", "c"], ["d"]),
            ("up-0", ["a", "b", "c"], ["d"]),
            ("down-0", ["b", "a", "c"], ["d"]),
            ("down-2", ["a", "b", "c"], ["d"]),
            ("remove-1", ["a", "c"], ["d", "b"]),
            ("remove-2", ["a", "b"], ["d"]),
            ("restore-3", ["a", "b", "c", "d"], []),
            ("up-9", ["a", "b", "c"], ["d"]),
            ("up-x", ["a", "b", "c"], ["d"]),
            ("dance-1", ["a", "b", "c"], ["d"]),
        ],
    )
    def test_rearrange(self, signed_in, team, action, asked, removed):
        # The third was never saved.
        keys = {"a": 11, "b": 12, "c": "", "d": 14}
        rows = [{"label": label, "key": key, "removed": "1" if label == "d" else ""} for label, key in keys.items()]
        response = signed_in.post("/new/", page(team, *rows, action=action))
        assert response.status_code == 200
        assert rows_of(response) == (asked, removed)
        assert 'value="Dinner"' in text(response)
        assert "errorlist" not in text(response)
        assert not Field.objects.filter(label="a").exists()

    def test_focus_goes_along(self, signed_in, team):
        rows = [{"label": label} for label in "abc"]
        body = text(signed_in.post("/new/", page(team, *rows, action="up-2")))
        assert re.search(r'value="up-1"[^>]*autofocus', body)
        # At either end there is but one way left to go.
        body = text(signed_in.post("/new/", page(team, *rows, action="up-1")))
        assert re.search(r'value="down-0"[^>]*autofocus', body)
        body = text(signed_in.post("/new/", page(team, *rows, action="down-1")))
        assert re.search(r'value="up-2"[^>]*autofocus', body)
        body = text(signed_in.post("/new/", page(team, *rows, action="add")))
        assert re.search(r'name="questions-3-label"[^>]*autofocus', body)

    def test_what_a_page_shows_is_understood(self, signed_in, team):
        """Press one button after the other, with the page sent back as it came."""
        data = page(team, {"label": "a"}, title="")
        for action in ("add", "add", "up-2", "save"):
            response = signed_in.post("/new/", data | {"action": action})
            formset = response.context["questions"]
            inputs = re.findall(r'<input type="hidden" name="(questions-\S+)"(?: value="(.*?)")?', text(response))
            data = page(team, title="") | dict(inputs)
            for row in formset:
                data |= {row[name].html_name: row[name].value() or "" for name in ("label", "kind")}
        assert response.status_code == 422
        assert rows_of(response) == (["a", "", ""], [])

    def test_no_more_than_the_most(self, signed_in, team, monkeypatch):
        monkeypatch.setattr(editor, "MOST_QUESTIONS", 1)
        response = signed_in.post("/new/", page(team, {"label": "a"}, action="add"))
        assert rows_of(response) == (["a"], [])

    def test_keeps_everything_that_was_typed(self, signed_in, team):
        row = {"label": "a", "kind": "choice", "options": "x\ny", "help_text": "hint", "required": "on"}
        response = signed_in.post("/new/", page(team, row, action="add", anonymous="on", title=""))
        shown = editor.typed(next(iter(response.context["questions"])))
        expected = row | {"required": True, "key": None, "removed": False}
        assert {name: value or None for name, value in shown.items()} == {n: v or None for n, v in expected.items()}
        assert response.context["input"]["anonymous"].value()
        assert not response.context["input"]["public_answers"].value()


class TestChange:
    @pytest.fixture
    def dinner(self, team):
        form = Form.objects.create(title="Dinner", slug="dinner", team=team, published=False)
        for position, (label, kind) in enumerate([("Dish", "short"), ("Guests", "number"), ("Notes", "long")], start=1):
            Field.objects.create(form=form, position=position, label=label, kind=kind)
        return form

    @pytest.fixture
    def answered(self, dinner):
        answers = dict(zip([field.key for field in dinner.fields.all()], ["Soup", 4, "Hot"], strict=True))
        entries.create(dinner, answers, uuid.uuid4())
        return answers

    def save(self, client, team, *rows, **changes):
        response = client.post("/forms/dinner/edit/", page(team, *rows, **changes), follow=True)
        assert "Your changes are saved." in text(response), rows_of(response)

    def test_shows_what_is_there(self, signed_in, dinner):
        response = signed_in.get("/forms/dinner/edit/")
        assert rows_of(response) == (["Dish", "Guests", "Notes"], [])
        assert not response.context["input"]["published"].value()

    def test_order_and_texts(self, signed_in, team, dinner, answered):
        dish, guests, notes = dinner.fields.all()
        self.save(
            signed_in, team, sent(notes), sent(dish, label="Main dish", required="on"), sent(guests), title="Supper"
        )
        assert questions(dinner) == [("Notes", "long"), ("Main dish", "short"), ("Guests", "number")]
        dinner.refresh_from_db()
        assert (dinner.title, dinner.slug, dinner.published) == ("Supper", "dinner", True)
        assert dinner.entries.get().answers == answered
        assert "Soup" in text(signed_in.get("/forms/dinner/"))

    def test_saved_again_and_again(self, signed_in, team, dinner, answered, monkeypatch):
        monkeypatch.setattr(editor, "HIGHEST_POSITION", 6)
        for _ in range(4):
            fields = list(dinner.fields.all())
            self.save(signed_in, team, *(sent(field) for field in reversed(fields)))
            assert [label for label, _ in questions(dinner)] == [field.label for field in reversed(fields)]

    def test_removed_question_keeps_its_answers(self, signed_in, team, dinner, answered):
        dish, guests, notes = dinner.fields.all()
        self.save(signed_in, team, sent(dish), sent(notes), sent(guests, removed="1"))
        assert questions(dinner) == [("Dish", "short"), ("Notes", "long")]
        entry = dinner.entries.get()
        assert entry.answers == answered
        assert "Guests" not in text(signed_in.get("/forms/dinner/"))
        body = text(signed_in.get(f"/forms/dinner/entries/{entry.pk}/"))
        assert "Guests" in body
        assert "removed question" in body
        assert rows_of(signed_in.get("/forms/dinner/edit/")) == (["Dish", "Notes"], ["Guests"])

        guests.refresh_from_db()
        self.save(signed_in, team, sent(dish), sent(guests, removed=""), sent(notes))
        assert [label for label, _ in questions(dinner)] == ["Dish", "Guests", "Notes"]
        assert signed_in.get("/forms/dinner/", {f"field-{guests.pk}-min": "4"}).context["rows"]

    def test_removed_before_anyone_answered_is_gone(self, signed_in, team, dinner):
        dish, guests, notes = dinner.fields.all()
        self.save(signed_in, team, sent(dish), sent(notes), sent(guests, removed="1"))
        assert list(dinner.fields.all()) == [dish, notes]

    def test_kind_that_takes_the_old_answers(self, signed_in, team, dinner, answered):
        dish, guests, notes = dinner.fields.all()
        self.save(signed_in, team, sent(dish, kind="long"), sent(guests), sent(notes, kind="short"))
        assert questions(dinner) == [("Dish", "long"), ("Guests", "number"), ("Notes", "short")]
        assert dinner.fields.count() == 3

    def test_kind_that_does_not_makes_a_new_question(self, signed_in, team, dinner, answered):
        dish, guests, notes = dinner.fields.all()
        self.save(signed_in, team, sent(dish), sent(guests, kind="date"), sent(notes))
        assert questions(dinner) == [("Dish", "short"), ("Guests", "date"), ("Notes", "long")]
        guests.refresh_from_db()
        assert guests.removed
        assert guests.kind == "number"
        assert dinner.entries.get().answers == answered

    def test_kind_before_anyone_answered(self, signed_in, team, dinner):
        dish, guests, notes = dinner.fields.all()
        self.save(signed_in, team, sent(dish), sent(guests, kind="date"), sent(notes))
        assert dinner.fields.count() == 3
        assert dinner.fields.get(pk=guests.pk).kind == "date"

    def test_choices_that_are_offered_no_more(self, signed_in, team, lunch):
        choice = lunch.fields.get(kind="choice")
        entries.create(lunch, {choice.key: "Soup"}, uuid.uuid4())
        rows = [sent(field) for field in lunch.fields.all()]
        for row in rows:
            if row["kind"] == "choice":
                row["options"] = "Salad\nBread"
        signed_in.post("/forms/lunch/edit/", page(team, *rows))
        assert lunch.entries.get().answers == {choice.key: "Soup"}
        assert "Soup" in text(signed_in.get("/forms/lunch/"))

    def test_what_somebody_else_added_stays(self, signed_in, team, dinner, answered):
        rows = [sent(field) for field in dinner.fields.all()]
        Field.objects.create(form=dinner, position=9, label="Drinks")
        self.save(signed_in, team, *rows)
        assert [label for label, _ in questions(dinner)] == ["Dish", "Guests", "Notes", "Drinks"]

    def test_questions_of_other_forms_are_out_of_reach(self, signed_in, team, dinner, book):
        name = book.fields.first()
        self.save(signed_in, team, sent(name, label="Stolen"))
        name.refresh_from_db()
        assert (name.label, name.form) == ("Name", book)
        assert ("Stolen", "short") in questions(dinner)


class TestDelete:
    def test_asks_first(self, signed_in, lunch):
        assert "30 days" in text(signed_in.get("/forms/lunch/delete/"))
        lunch.refresh_from_db()
        assert lunch.deleted is None

    def test_is_gone(self, signed_in, lunch):
        entries.create(lunch, {}, uuid.uuid4())
        response = signed_in.post("/forms/lunch/delete/", follow=True)
        assert "The form is deleted." in text(response)
        assert "Lunch" not in text(response).split("<main")[1].split("status")[-1]
        for address in ["", "edit/", "new/", "thanks/"]:
            assert signed_in.get(f"/forms/lunch/{address}").status_code == 404
        assert lunch.entries.exists()

    def test_title_again(self, signed_in, lunch, team):
        signed_in.post("/forms/lunch/delete/")
        response = signed_in.post("/new/", page(team, {"label": "Dish"}, title="Lunch"))
        assert re.fullmatch(r"/forms/lunch-[0-9a-f]{8}/", response.url)

    def test_housekeeping(self, lunch, book, capsys):
        for _ in range(3):
            entries.create(lunch, {lunch.fields.first().key: "Soup"}, uuid.uuid4())
        Entry.objects.create(form=book, answers={book.fields.first().key: "Ada"})
        Form.objects.filter(pk=lunch.pk).update(deleted=timezone.now() - timedelta(days=29))
        call_command("housekeeping")
        assert capsys.readouterr().out == "guest-book: 1 entries indexed\n"
        assert lunch.entries.count() == 3
        call_command("housekeeping", keep_days=28)
        assert capsys.readouterr().out == "lunch: removed with 3 entries\n"
        assert not Form.objects.filter(pk=lunch.pk).exists()
        assert not Term.objects.filter(form_id=lunch.pk).exists()
        assert Term.objects.filter(form_id=book.pk, key="ada").exists()
