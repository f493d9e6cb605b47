"""Exports: who gets them, what is in them, and what they do to the server."""

import csv
import datetime
import io
import re
import uuid
from pathlib import Path

import openpyxl
import pytest
from django.db import OperationalError
from django.urls import reverse

from dabaweb.databases import Router
from forms import entries
from forms.models import Entry, Field
from tables import export, limits, slots

pytestmark = pytest.mark.django_db
HEADER = ["Name", "Guests", "Day", "Dish", "Sides", "E-mail", "Notes", "Received (UTC)"]


def content(response):
    return io.BytesIO(b"".join(response.streaming_content))


def rows(response):
    return [list(row) for row in openpyxl.load_workbook(content(response)).active.iter_rows(values_only=True)]


def lines(response):
    return list(csv.reader(io.StringIO(content(response).read().decode("utf-8-sig"), newline="")))


@pytest.fixture
def add(lunch, keys):
    def add(**answers):
        return entries.create(
            lunch, {keys[label.replace("_", "-")]: value for label, value in answers.items()}, uuid.uuid4()
        )

    return add


class TestWho:
    @pytest.mark.parametrize("name", ["export.xlsx", "export.csv", "template.xlsx", "import/"])
    def test_nobody_in_particular(self, client, lunch, name):
        response = client.get(f"/forms/lunch/{name}")
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=/forms/lunch/")

    @pytest.mark.parametrize("name", ["export.xlsx", "export.csv", "template.xlsx", "import/"])
    def test_somebody_of_another_team(self, client, lunch, django_user_model, name):
        client.force_login(django_user_model.objects.create_user("eve"))
        assert client.get(f"/forms/lunch/{name}").status_code == 404

    @pytest.mark.parametrize("name", ["export.xlsx", "export.csv", "template.xlsx"])
    def test_only_to_read(self, signed_in, lunch, name):
        assert signed_in.post(f"/forms/lunch/{name}").status_code == 405

    def test_the_teams_page_leads_there(self, signed_in, lunch, add):
        add(Name="Ada")
        page = signed_in.get("/forms/lunch/", {"q": "ada"}).content.decode()
        assert "/forms/lunch/export.xlsx?q=ada" in page
        assert "/forms/lunch/import/" in page

    def test_others_are_not_led_there(self, client, lunch):
        lunch.public_answers = True
        lunch.save()
        assert "export" not in client.get("/forms/lunch/").content.decode()


class TestWhat:
    def test_xlsx(self, signed_in, add):
        sides = ["Salad", "Bread"]
        entry = add(Name="=1+1", Guests=2.5, Day="2024-02-29", Dish="Soup", Sides=sides, E_mail="a@b.org", Notes="x\ny")
        add(Name="Grace")
        response = signed_in.get("/forms/lunch/export.xlsx")
        assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        assert response["Content-Disposition"].startswith('attachment; filename="lunch-20')
        header, grace, first = rows(response)
        assert header == HEADER
        assert grace[0] == "Grace"
        received = entry.created.replace(tzinfo=None, microsecond=0)
        day = datetime.datetime(2024, 2, 29)
        assert first == ["=1+1", 2.5, day, "Soup", "Salad; Bread", "a@b.org", "x\ny", received]

    def test_csv(self, signed_in, add):
        entry = add(Name="=1+1", Guests=-5, Day="2024-02-29", Sides=["Salad"])
        response = signed_in.get("/forms/lunch/export.csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        received = f"{entry.created:%Y-%m-%d %H:%M:%S}"
        assert lines(response) == [HEADER, ["'=1+1", "-5", "2024-02-29", "", "Salad", "", "", received]]

    @pytest.mark.parametrize("name", ["export.xlsx", "export.csv"])
    def test_what_is_found(self, signed_in, add, name):
        for who in ("Ada", "Grace", "Ada Lovelace"):
            add(Name=who)
        response = signed_in.get(f"/forms/lunch/{name}", {"q": "ada"})
        found = (rows if name.endswith("xlsx") else lines)(response)
        assert [row[0] for row in found] == ["Name", "Ada Lovelace", "Ada"]

    def test_filter_that_is_none(self, signed_in, lunch):
        response = signed_in.get("/forms/lunch/export.csv", {"since": "yesterday"})
        assert response["Location"] == "/forms/lunch/?since=yesterday"

    def test_no_entries(self, signed_in, lunch):
        assert rows(signed_in.get("/forms/lunch/export.xlsx")) == [HEADER]
        assert lines(signed_in.get("/forms/lunch/export.csv")) == [HEADER]

    def test_questions_that_are_asked_now(self, signed_in, lunch, add):
        add(Name="Ada", Guests=1)
        lunch.fields.filter(label="Guests").update(removed=lunch.created)
        Field.objects.create(form=lunch, position=9, label="Town")
        header, row = lines(signed_in.get("/forms/lunch/export.csv"))
        assert "Guests" not in header
        assert row[header.index("Town")] == ""

    def test_head(self, signed_in, lunch, django_assert_max_num_queries):
        response = signed_in.head("/forms/lunch/export.xlsx")
        assert response.status_code == 200
        assert response.content == b""

    def test_reads_the_slave_in_pieces(self, signed_in, lunch, keys, monkeypatch, django_assert_max_num_queries):
        used = set()
        choose = Router.db_for_read

        def spy(self, model, **hints):
            alias = choose(self, model, **hints)
            if model is Entry:
                used.add(alias)
            return alias

        made = [Entry(form=lunch, answers={keys["Name"]: str(number)}) for number in range(1200)]
        Entry.objects.bulk_create(made)
        monkeypatch.setattr(Router, "db_for_read", spy)
        with django_assert_max_num_queries(12):
            assert len(lines(signed_in.get("/forms/lunch/export.csv"))) == 1201
        assert used == {"slave"}


class TestHow:
    def test_no_more_than_so_many_at_once(self, signed_in, lunch):
        held = [slots.take() for _ in range(limits.LONG_WORK_PER_POD)]
        response = signed_in.get("/forms/lunch/export.csv")
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "try again" in response.content.decode()
        held.pop().close()
        assert signed_in.get("/forms/lunch/export.csv").status_code == 200

    @pytest.mark.parametrize("name", ["export.xlsx", "export.csv"])
    def test_gives_its_place_back(self, signed_in, lunch, name):
        for _ in range(limits.LONG_WORK_PER_POD + 1):
            content(signed_in.get(f"/forms/lunch/{name}"))

    def test_gives_its_place_back_when_the_reader_leaves(self, signed_in, lunch):
        for _ in range(limits.LONG_WORK_PER_POD + 1):
            response = signed_in.get("/forms/lunch/export.xlsx")
            next(iter(response.streaming_content))
            response.close()

    def test_lost_database_in_csv(self, signed_in, lunch, monkeypatch):
        monkeypatch.setattr(export, "rows", _broken)
        found = lines(signed_in.get("/forms/lunch/export.csv"))
        assert found[0] == HEADER
        assert "not complete" in found[-1][0]

    def test_lost_database_in_xlsx(self, signed_in, lunch, monkeypatch):
        """A file without an end is no workbook."""
        monkeypatch.setattr(export, "rows", _broken)
        with pytest.raises(OperationalError):
            content(signed_in.get("/forms/lunch/export.xlsx"))


def _broken(*_arguments):
    yield ["Ada", *[None] * 7]
    raise OperationalError(2013, "Lost connection")


def test_uwsgi_gives_exports_more_time():
    """The route in uwsgi.ini is that of the exports, and of nothing else."""
    settings = (Path(__file__).parents[2] / "uwsgi.ini").read_text()
    route = re.search(r"^route = (\S+) last:\nroute-run = harakiri:30$", settings, re.MULTILINE)[1]
    for name in ("export-xlsx", "export-csv"):
        assert re.search(route, reverse(name, args=["lunch"]))
    for name in ("import", "import-template", "form", "new-entry"):
        assert not re.search(route, reverse(name, args=["lunch"]))
