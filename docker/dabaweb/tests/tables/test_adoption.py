"""A dump's table becomes a form. What needs a real MySQL runs with the settings of mysql_settings.py."""

import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from forms.models import Form
from tables.adoption.columns import Column

DUMP = Path(__file__).with_name("form.sql")
needs_mysql = pytest.mark.skipif("connection.vendor != 'mysql'", reason="needs MySQL: see mysql_settings.py")


def column(column_type):
    return Column("x", column_type.partition("(")[0], column_type)


class TestColumns:
    @pytest.mark.parametrize(
        ("column_type", "kinds"),
        [
            ("int", ("number", "short")),
            ("varchar(50)", ("short", "long")),
            ("date", ("date", "short")),
            ("enum('a','b')", ("choice", "short")),
            ("text", ("long",)),
            ("blob", ()),
            ("geometry", ()),
        ],
    )
    def test_kinds(self, column_type, kinds):
        assert column(column_type).kinds == kinds

    def test_options(self):
        assert column("enum('red','it''s blue','a,b')").options == ["red", "it's blue", "a,b"]
        assert column("varchar(50)").options == []

    @pytest.mark.parametrize(
        ("column_type", "kind", "value", "answer"),
        [
            ("int", "number", 5, 5),
            ("int", "number", None, None),
            ("bit(8)", "number", b"\x05", 5),
            ("bigint", "short", 1234567890123456789, "1234567890123456789"),
            ("date", "date", datetime.date(999, 1, 1), "0999-01-01"),
            ("date", "date", "0000-00-00", None),
            ("datetime", "short", datetime.datetime(2024, 2, 29, 13, 5), "2024-02-29 13:05:00"),
            ("time", "short", datetime.timedelta(hours=30), "30:00:00"),
            ("time", "short", -datetime.timedelta(minutes=90, seconds=5), "-01:30:05"),
            ("set('a','b')", "choices", "a,b", ["a", "b"]),
            ("set('a','b')", "choices", "", None),
            ("enum('a','b')", "choice", "a", "a"),
        ],
    )
    def test_values(self, column_type, kind, value, answer):
        assert column(column_type).parser(kind)(value) == answer

    def test_value_that_does_not_fit(self):
        with pytest.raises(ValidationError):
            column("bigint").parser("number")(1234567890123456789)


@needs_mysql
@pytest.mark.django_db(transaction=True)
class TestTable:
    @pytest.fixture(autouse=True)
    def _dump(self):
        statements = DUMP.read_text().split(";\n")
        with connection.cursor() as cursor:
            for statement in statements:
                if statement.strip():
                    cursor.execute(statement)
            yield
            cursor.execute("DROP TABLE IF EXISTS form, votes, pictures")

    @pytest.fixture
    def adopt(self, team):
        def adopt(table, name="Kitchen"):
            call_command("adopt_table", table, team=name, stdout=(out := StringIO()))
            return out.getvalue()

        return adopt

    def checksum(self, table):
        with connection.cursor() as cursor:
            cursor.execute(f"CHECKSUM TABLE {table}")
            return cursor.fetchone()[1]

    def test_shows_up(self, adopt, team, client, django_user_model):
        before = self.checksum("form")
        told = adopt("form")
        assert "column photo is left out" in told
        assert "3 entries added" in told
        form = Form.objects.get(slug="form")
        assert form.team == team
        fields = {field.label: field for field in form.fields.all()}
        assert {label: field.kind for label, field in fields.items()} == {
            "id": "number",
            "name": "short",
            "age": "number",
            "height": "number",
            "born": "date",
            "colour": "choice",
            "sports": "choices",
            "remark": "long",
            "seen": "short",
            "account": "short",
        }
        assert fields["colour"].options == ["red", "green", "it's blue"]
        ada, zoe, third = form.entries.order_by("pk")
        assert {label: ada.value(field) for label, field in fields.items()} == {
            "id": 1,
            "name": "Ada",
            "age": 36,
            "height": 1.65,
            "born": "1815-12-10",
            "colour": "red",
            "sports": ["chess", "running"],
            "remark": "Line 1\nLine 2",
            "seen": "2024-02-29 13:05:00",
            "account": "1234567890123456789",
        }
        assert zoe.value(fields["colour"]) == "it's blue"
        assert third.value(fields["born"]) == "0999-01-01"
        assert self.checksum("form") == before

        team.members.add(user := django_user_model.objects.create_user("ada"))
        client.force_login(user)
        assert "Zoë 😀" in client.get("/forms/form/").content.decode()
        assert "Zoë 😀" in client.get("/forms/form/", {"q": "zoe"}).content.decode()

    def test_again_adds_what_is_new(self, adopt):
        adopt("form")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO form (name) VALUES ('Grace')")
        assert "4 rows read, 1 entries added" in adopt("form")
        assert Form.objects.get(slug="form").entries.count() == 4

    def test_without_a_key(self, adopt):
        for _ in range(2):
            adopt("votes")
        assert Form.objects.get(slug="votes").entries.count() == 3

    @pytest.mark.parametrize("table", ["forms_entry", "auth_user", "django_migrations", "django_session"])
    def test_tables_of_the_application(self, adopt, table):
        with pytest.raises(CommandError, match="belongs to the application"):
            adopt(table)

    @pytest.mark.parametrize("table", ["nothing", "form` WHERE 1; --", ""])
    def test_no_such_table(self, adopt, table):
        with pytest.raises(CommandError, match="There are: form, votes"):
            adopt(table)

    def test_no_such_team(self, adopt):
        with pytest.raises(CommandError, match="There are: Kitchen"):
            adopt("form", "Others")

    def test_a_form_of_that_name(self, adopt):
        Form.objects.create(title="x", slug="form")
        with pytest.raises(CommandError, match="There is a form form already"):
            adopt("form")

    def test_binary_only(self, adopt):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE pictures (picture blob)")
        with pytest.raises(CommandError, match="binary data only"):
            adopt("pictures")

    def test_too_long(self, adopt):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE form SET remark = REPEAT('x', 6000) WHERE id = 2")
        with pytest.raises(CommandError, match=r"Row 2 of form, column remark: .* at most 5000"):
            adopt("form")
        assert not Form.objects.filter(slug="form").exists()
