"""The pages as a browser sees them."""

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forms import counts
from forms.models import Entry, Field, Form
from forms.paging import PAGE_SIZE

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


class TestList:
    def test_shows_forms_with_counts(self, client, book):
        Entry.objects.bulk_create(Entry(form=book) for _ in range(3))
        page = text(client.get("/"))
        assert "Guest book" in page
        assert "3 entries" in page

    def test_no_forms(self, client, book):
        book.delete()
        assert "There are no forms yet" in text(client.get("/"))

    def test_newest_first(self, client):
        Form.objects.create(title="Newer", slug="newer", public_answers=True)
        page = text(client.get("/"))
        assert page.index("Newer") < page.index("Guest book")

    def test_escapes(self, client):
        Form.objects.create(title="<script>alert(1)</script>", slug="x", description="<img src=x>", public_answers=True)
        page = text(client.get("/"))
        assert "<script>" not in page
        assert "<img src=x>" not in page
        assert "&lt;script&gt;" in page

    def test_pages(self, client, book):
        for number in range(PAGE_SIZE):
            Form.objects.create(title=f"Form {number}", slug=f"form-{number}", public_answers=True)
        first = text(client.get("/"))
        assert first.count("<article>") == PAGE_SIZE
        assert "Guest book" not in first
        older = re.search(r'href="(\?before=\d+)"', first)[1]
        second = text(client.get("/" + older))
        assert second.count("<article>") == 1
        assert "Guest book" in second
        newer = re.search(r'href="(\?after=\d+)"', second)[1]
        assert text(client.get("/" + newer)).count("<article>") == PAGE_SIZE
        assert client.get("/", {"before": "x"}).status_code == 200

    def test_reads_from_the_slave(self, client, read_from):
        client.get("/")
        assert read_from == {"slave"}

    def test_writing_methods_are_refused(self, client):
        assert client.post("/").status_code == 405

    def test_number_of_queries_does_not_grow(self, client, book, django_assert_num_queries):
        for number in range(5):
            form = Form.objects.create(title=str(number), slug=str(number), public_answers=True)
            Entry.objects.create(form=form)
        with django_assert_num_queries(2):
            client.get("/")
        with django_assert_num_queries(1):
            client.get("/")


class TestDetail:
    def test_asks_for_the_questions_once(self, signed_in, lunch):
        for number in range(3):
            photo = lunch.fields.get(kind="file")
            answers = {photo.key: {"id": uuid.uuid4().hex, "name": "photo.png", "size": 1, "sha256": ""}}
            Entry.objects.create(form=lunch, answers=answers | {"number": number})
        with CaptureQueriesContext(connection) as queries:
            page = signed_in.get(lunch.get_absolute_url())
        assert page.content.count(b"photo.png") == 3
        asked = [query["sql"] for query in queries]
        assert len([sql for sql in asked if 'FROM "forms_field"' in sql or "FROM `forms_field`" in sql]) == 1
        assert len([sql for sql in asked if 'FROM "forms_form"' in sql or "FROM `forms_form`" in sql]) == 1

    def test_shows_answers_under_their_questions(self, client, book):
        name, message = book.fields.all()
        Entry.objects.create(form=book, answers={str(message.pk): "Grüße 😀", str(name.pk): "Zoë"})
        page = text(client.get("/forms/guest-book/"))
        assert page.index("Zoë") < page.index("Grüße 😀")
        assert "1 entry" in page

    def test_escapes(self, client, book):
        Entry.objects.create(form=book, answers={str(book.fields.first().pk): "<script>alert(1)</script>"})
        page = text(client.get("/forms/guest-book/"))
        assert "<script>" not in page
        assert "&lt;script&gt;" in page

    def test_no_entries(self, client):
        assert "Nobody has answered yet" in text(client.get("/forms/guest-book/"))

    def test_field_added_after_the_entry(self, client, book):
        Entry.objects.create(form=book, answers={})
        Field.objects.create(form=book, position=3, label="Town")
        assert "Town" in text(client.get("/forms/guest-book/"))

    def test_unknown(self, client):
        response = client.get("/forms/nothing/")
        assert response.status_code == 404
        assert "There is no such page" in text(response)

    def test_pages(self, client, book):
        Entry.objects.bulk_create(Entry(form=book) for _ in range(2 * PAGE_SIZE + 1))
        seen, address = [], "/forms/guest-book/"
        while address:
            page = text(client.get(address))
            seen.append([int(key) for key in re.findall(r'id="entry-(\d+)"', page)])
            older = re.search(r'href="(\?before=[\d.]+)"', page)
            address = older and "/forms/guest-book/" + older[1]
        assert [len(keys) for keys in seen] == [PAGE_SIZE, PAGE_SIZE, 1]
        keys = [key for page_keys in seen for key in page_keys]
        assert keys == sorted(keys, reverse=True)

        newer = re.search(r'href="(\?after=[\d.]+)"', page)[1]
        back = text(client.get("/forms/guest-book/" + newer))
        assert [int(key) for key in re.findall(r'id="entry-(\d+)"', back)] == seen[1]
        newer = re.search(r'href="(\?after=[\d.]+)"', back)[1]
        first = text(client.get("/forms/guest-book/" + newer))
        assert [int(key) for key in re.findall(r'id="entry-(\d+)"', first)] == seen[0]
        assert 'href="?after=' not in first

    @pytest.mark.parametrize(
        "position", ["x", "-1", "9" * 5000, "1e3", "", "0", "9" * 18 + ".1", "1.x", "1.2.3", "1.2." + "x" * 99]
    )
    @pytest.mark.parametrize("name", ["before", "after"])
    def test_positions_that_nobody_was_given(self, client, book, name, position):
        Entry.objects.create(form=book)
        response = client.get("/forms/guest-book/", {name: position})
        assert response.status_code == 200
        assert "entry-" in text(response)


class TestNewEntry:
    address = "/forms/guest-book/new/"

    def test_asks(self, client):
        page = text(client.get(self.address))
        assert "Name" in page
        assert "Message" in page
        assert "csrfmiddlewaretoken" in page

    def test_saves_and_shows(self, client, book, answers):
        response = client.post(self.address, answers("Zoë 😀", "line 1\nline 2"), follow=True)
        assert response.redirect_chain[0][0].startswith("/forms/guest-book/#entry-")
        assert "Your entry is saved." in text(response)
        assert "Zoë 😀" in text(response)
        assert list(book.entries.get().answers.values()) == ["Zoë 😀", "line 1\r\nline 2".replace("\r", "")]

    def test_the_same_submission_is_saved_once(self, client, book, answers):
        data = answers(submission=str(uuid.uuid4()))
        for _ in range(2):
            assert client.post(self.address, data).status_code == 302
        assert book.entries.count() == 1

    def test_back_and_changed_is_another_entry(self, client, book, answers):
        submission = str(uuid.uuid4())
        for who in ("Ada", "Grace"):
            assert client.post(self.address, answers(who, submission=submission)).status_code == 302
        assert book.entries.count() == 2

    def test_submissions_of_different_forms_do_not_meet(self, client, book, answers):
        client.post(self.address, answers(submission=str(uuid.uuid4())))
        entry = book.entries.get()
        other = Form.objects.create(title="Other", slug="other")
        Entry.objects.create(form=other, submission=entry.submission)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"who": ""}, "This field is required."),
            ({"who": "   "}, "This field is required."),
            ({"who": "x" * 201}, "at most 200 characters"),
            ({"text": "x" * 5001}, "at most 5000 characters"),
            ({"who": "a\0b"}, "Null characters are not allowed."),
            ({"submission": "nonsense"}, None),
        ],
    )
    def test_refuses(self, client, book, answers, changes, message):
        response = client.post(self.address, answers(**changes))
        assert response.status_code == 422
        assert not book.entries.exists()
        if message:
            assert message in text(response)

    def test_needs_one_answer(self, client):
        form = Form.objects.create(title="Free", slug="free", anonymous=True)
        field = Field.objects.create(form=form, position=1, label="Anything", required=False)
        response = client.post("/forms/free/new/", {f"field-{field.pk}": ""})
        assert response.status_code == 422
        assert "Answer at least one question." in text(response)

    def test_reads_from_the_master_while_writing(self, client, answers, read_from):
        client.post(self.address, answers())
        assert read_from == {"default"}

    def test_needs_the_token(self, answers):
        response = Client(enforce_csrf_checks=True).post(self.address, answers())
        assert response.status_code == 403
        assert "Please send that again" in text(response)

    def test_unknown_form(self, client):
        assert client.get("/forms/nothing/new/").status_code == 404
        assert client.post("/forms/nothing/new/").status_code == 404

    def test_master_down(self, client, book, answers, master_down):
        response = client.post(self.address, answers("Ada", submission="7c1e7a3e-6f0f-4f4c-9a43-111111111111"))
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "This is not saved yet." in text(response)
        assert 'value="Ada"' in text(response)
        assert "7c1e7a3e-6f0f-4f4c-9a43-111111111111" in text(response)
        assert not book.entries.exists()

    def test_a_mistake_is_not_taken_for_an_outage(self, client, answers, monkeypatch):
        from django.db import OperationalError

        def broken(self):
            raise OperationalError(1054, "Unknown column")

        monkeypatch.setattr(Form, "touch", broken)
        client.raise_request_exception = False
        response = client.post(self.address, answers())
        assert response.status_code == 500
        assert "Something went wrong here" in text(response)


class TestCounts:
    def test_from_the_cache(self, book, django_assert_num_queries):
        assert counts.of([book]) == {book.pk: 0}
        with django_assert_num_queries(0):
            assert counts.of([book]) == {book.pk: 0}

    def test_new_entry_shows_at_once(self, client, answers):
        assert "0 entries" in text(client.get("/"))
        client.post("/forms/guest-book/new/", answers())
        assert "1 entry" in text(client.get("/"))

    def test_lagging_reader_stores_nothing_for_others(self, client, book, answers):
        """A slave that lacks an entry also has the old revision, so what is counted there stays there."""
        client.post("/forms/guest-book/new/", answers())
        counts.of([book])
        assert counts.of([Form.objects.get(pk=book.pk)]) == {book.pk: 1}


def test_names():
    form = Form(title="Lunch")
    assert str(form) == "Lunch"
    assert str(Field(label="Dish")) == "Dish"
    assert str(Entry(pk=2, form_id=1)) == "1/2"
