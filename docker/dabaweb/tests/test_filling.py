"""Filling in forms: who may, what is taken, files, and what one sees afterwards."""

import re
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forms import uploads
from forms.models import Entry

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a small one"


def text(response):
    return response.content.decode()


@pytest.fixture
def open_lunch(lunch):
    lunch.anonymous = True
    lunch.save()
    return lunch


def filled(form, **answers):
    return {f"field-{field.pk}": answers[field.kind] for field in form.fields.all() if field.kind in answers}


def pdf(content=PDF, name="cv.pdf", content_type="text/html"):
    return SimpleUploadedFile(name, content, content_type)


def stored(media):
    return [path.read_bytes() for path in Path(media).rglob("*") if path.is_file()]


class TestWho:
    address = "/forms/lunch/new/"

    def test_sign_in_first(self, client, lunch, stranger):
        assert client.get(self.address).url == f"/accounts/login/?next={self.address}"
        assert client.post(self.address, filled(lunch, short="x")).url.startswith("/accounts/login/")
        assert not lunch.entries.exists()
        client.force_login(stranger)
        assert client.post(self.address, filled(lunch, short="x")).url == "/forms/lunch/thanks/"
        assert lunch.entries.get().author == stranger

    def test_anonymous(self, client, open_lunch):
        response = client.post(self.address, filled(open_lunch, short="x"), follow=True)
        assert response.redirect_chain == [("/forms/lunch/thanks/", 302)]
        assert "Thank you" in text(response)
        assert "Your entry is saved." in text(response)
        assert open_lunch.entries.get().author is None

    def test_member(self, signed_in, lunch):
        response = signed_in.post(self.address, filled(lunch, short="x"))
        assert response.url == f"/forms/lunch/#entry-{lunch.entries.get().pk}"

    def test_closed(self, client, open_lunch, stranger):
        open_lunch.published = False
        open_lunch.save()
        for _ in range(2):
            assert client.get(self.address).status_code == 403
            assert "This form is closed" in text(client.post(self.address, filled(open_lunch, short="x")))
            client.force_login(stranger)
        assert not open_lunch.entries.exists()

    def test_closed_for_the_team(self, signed_in, lunch):
        lunch.published = False
        lunch.save()
        assert "Only its team sees this page" in text(signed_in.get(self.address))
        assert signed_in.post(self.address, filled(lunch, short="x")).status_code == 403
        assert "Add an entry" not in text(signed_in.get("/forms/lunch/"))

    def test_address_to_share(self, signed_in, lunch):
        assert 'value="http://testserver/forms/lunch/new/"' in text(signed_in.get("/forms/lunch/"))


class TestAnswers:
    address = "/forms/lunch/new/"
    answers = {
        "short": "Ada",
        "long": "one\r\ntwo",
        "number": "2.50",
        "date": "2026-11-27",
        "choice": "Soup",
        "choices": ["Soup", "Bread"],
        "email": "ada@example.org",
    }

    def test_every_kind(self, signed_in, lunch):
        signed_in.post(self.address, filled(lunch, **self.answers))
        kinds = {field.key: field.kind for field in lunch.fields.all()}
        assert {kinds[key]: value for key, value in lunch.entries.get().answers.items()} == self.answers | {
            "long": "one\ntwo",
            "number": 2.5,
        }
        for page in (signed_in.get("/forms/lunch/"), signed_in.get(f"/forms/lunch/entries/{Entry.objects.get().pk}/")):
            for shown in ("Ada", "2.5", "Nov. 27, 2026", "Soup, Bread", "ada@example.org"):
                assert shown in text(page)

    @pytest.mark.parametrize(
        ("kind", "value", "message"),
        [
            ("number", "many", "Enter a number."),
            ("date", "tomorrow", "Enter a valid date."),
            ("choice", "Cake", "Select a valid choice. Cake"),
            ("choices", ["Soup", "Cake"], "Select a valid choice. Cake"),
            ("email", "ada", "Enter a valid email address."),
        ],
    )
    def test_refuses(self, signed_in, lunch, kind, value, message):
        response = signed_in.post(self.address, filled(lunch, short="Ada", **{kind: value}))
        assert response.status_code == 422
        assert message in text(response)
        assert 'value="Ada"' in text(response)
        assert not lunch.entries.exists()

    def test_removed_questions_are_not_asked(self, signed_in, lunch):
        field = lunch.fields.get(kind="number")
        field.removed, field.required = field.form.created, True
        field.save()
        assert "A number" not in text(signed_in.get(self.address))
        signed_in.post(self.address, filled(lunch, short="Ada", number="5"))
        assert field.key not in lunch.entries.get().answers

    def test_many_choices_are_a_list(self, signed_in, lunch):
        lunch.fields.filter(kind="choice").update(options=[str(number) for number in range(20)])
        assert "Please choose" in text(signed_in.get(self.address))

    def test_hints(self, signed_in, lunch):
        lunch.fields.update(help_text="As you like.")
        assert text(signed_in.get(self.address)).count("As you like.") == 8


class TestFiles:
    address = "/forms/lunch/new/"

    def send(self, client, form, upload, **more):
        return client.post(self.address, filled(form, file=upload, short="Ada") | more)

    def link(self, client):
        return re.search(r'href="(/forms/lunch/entries/\d+/files/\d+/)"', text(client.get("/forms/lunch/")))[1]

    def test_stored_and_handed_out(self, signed_in, lunch, media):
        assert self.send(signed_in, lunch, pdf()).status_code == 302
        assert stored(media) == [PDF]
        response = signed_in.get(self.link(signed_in))
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == 'attachment; filename="cv.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert signed_in.get("/forms/lunch/", {"q": "cv pdf"}).context["rows"]

    def test_for_the_team_only(self, client, signed_in, lunch, media, stranger):
        self.send(signed_in, lunch, pdf())
        link = self.link(signed_in)
        client.logout()
        assert client.get(link).url.startswith("/accounts/login/")
        client.force_login(stranger)
        assert client.get(link).status_code == 404

    def test_of_public_answers_only_the_name_is_shown(self, client, lunch, media, signed_in):
        lunch.public_answers = True
        lunch.save()
        self.send(signed_in, lunch, pdf())
        client.logout()
        page = text(client.get("/forms/lunch/"))
        assert "cv.pdf" in page
        assert "/files/" not in page

    def test_names_do_not_matter(self, signed_in, lunch, media):
        self.send(signed_in, lunch, pdf(name="../../Отчёт 2026.PDF"))
        [path] = [path for path in Path(media).rglob("*") if path.is_file()]
        assert re.fullmatch(r"answers/[0-9a-f]{2}/[0-9a-f]{32}", str(path.relative_to(media)))
        response = signed_in.get(self.link(signed_in))
        assert "filename*=utf-8''%D0%9E" in response["Content-Disposition"]
        assert ".." not in response["Content-Disposition"]

    @pytest.mark.parametrize(
        ("upload", "message"),
        [
            (pdf(name="page.html"), "Files of this type are not taken"),
            (pdf(name="image.svg"), "Files of this type are not taken"),
            (pdf(name="cv"), "Files of this type are not taken"),
            (pdf(b"<script>alert(1)</script>"), "not what its name says"),
            (pdf(b"text\0", name="a.txt"), "not what its name says"),
            (pdf(b"", name="a.txt"), "The submitted file is empty."),
            (pdf(name="x" * 200 + ".pdf"), "at most 150 characters"),
        ],
    )
    def test_refuses(self, signed_in, lunch, media, upload, message):
        upload.seek(0)
        response = self.send(signed_in, lunch, upload)
        assert response.status_code == 422
        assert message in text(response)
        assert not stored(media)
        assert not lunch.entries.exists()

    def test_too_large(self, signed_in, lunch, media, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_BYTES", 5)
        response = self.send(signed_in, lunch, pdf())
        assert "The file is too large: 20" in text(response).replace("\xa0", " ")
        assert not stored(media)

    def test_sent_twice(self, signed_in, lunch, media):
        for _ in range(2):
            self.send(signed_in, lunch, pdf(), submission=str(uuid.UUID(int=5)))
        assert lunch.entries.count() == 1
        assert stored(media) == [PDF]

    def test_alone_is_an_answer(self, signed_in, lunch, media):
        assert signed_in.post(self.address, filled(lunch, file=pdf())).status_code == 302

    def test_master_down(self, signed_in, lunch, media, master_down):
        response = self.send(signed_in, lunch, pdf())
        assert response.status_code == 503
        assert "Files have to be chosen again." in text(response)

    @pytest.mark.parametrize("value", ["cv.pdf", {"name": "cv.pdf"}, {"id": "../../etc/passwd", "name": "x"}, None])
    def test_what_a_dump_brought(self, signed_in, lunch, media, value):
        field = lunch.fields.get(kind="file")
        entry = Entry.objects.create(form=lunch, answers={field.key: value})
        assert signed_in.get("/forms/lunch/").status_code == 200
        assert signed_in.get(f"/forms/lunch/entries/{entry.pk}/files/{field.pk}/").status_code == 404

    def test_another_forms_field(self, signed_in, lunch, media, book):
        self.send(signed_in, lunch, pdf())
        entry = lunch.entries.get()
        assert signed_in.get(f"/forms/lunch/entries/{entry.pk}/files/{book.fields.first().pk}/").status_code == 404


class TestDelete:
    def test_asks_first(self, signed_in, lunch):
        signed_in.post("/forms/lunch/new/", filled(lunch, short="Ada"))
        address = f"/forms/lunch/entries/{lunch.entries.get().pk}/delete/"
        assert "gone for good" in text(signed_in.get(address))
        assert lunch.entries.exists()

    def test_takes_the_file_along(self, signed_in, lunch, media, django_capture_on_commit_callbacks):
        signed_in.post("/forms/lunch/new/", filled(lunch, file=pdf(), short="Ada"))
        address = f"/forms/lunch/entries/{lunch.entries.get().pk}/delete/"
        with django_capture_on_commit_callbacks(execute=True):
            response = signed_in.post(address, follow=True)
        assert "The entry is deleted." in text(response)
        assert "0 entries" in text(response)
        assert not lunch.entries.exists()
        assert not stored(media)
        assert signed_in.post(address).status_code == 404

    def test_two_at_once(self, signed_in, lunch, monkeypatch):
        entry = Entry.objects.create(form=lunch)
        monkeypatch.setattr("forms.entries.delete", lambda form, keys: 0)
        assert signed_in.post(f"/forms/lunch/entries/{entry.pk}/delete/").status_code == 404

    def test_of_another_form(self, signed_in, lunch, book):
        entry = Entry.objects.create(form=book)
        assert signed_in.get(f"/forms/lunch/entries/{entry.pk}/").status_code == 404
        assert signed_in.post(f"/forms/lunch/entries/{entry.pk}/delete/").status_code == 404
        assert book.entries.exists()
