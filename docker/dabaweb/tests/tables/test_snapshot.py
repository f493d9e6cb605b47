"""An export is one moment's state. Runs on a real MySQL: see mysql_settings.py."""

import uuid

import pytest
from django.db import connection, connections

from forms import entries, paging, search
from tables import export

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="needs MySQL: see mysql_settings.py"),
]


def answers(form):
    rows = export.rows(form, form.questions()[:1], search.Conditions(), "slave")
    return (row[0] for row in rows)


def test_what_comes_or_goes_meanwhile(lunch, keys, monkeypatch):
    monkeypatch.setattr(paging, "AT_ONCE", 2)
    names = [f"Guest {number}" for number in range(6)]
    entries.create_many(lunch, [(uuid.uuid4(), {keys["Name"]: name}) for name in names])
    found = answers(lunch)
    first = next(found)

    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("DELETE FROM forms_entry WHERE JSON_VALUE(answers, %s) = 'Guest 1'", [f'$."{keys["Name"]}"'])
        assert cursor.rowcount == 1
        cursor.execute("UPDATE forms_entry SET answers = '{}', created = '2000-01-01'")
    other.close()

    assert sorted([first, *found]) == names
    # The next one sees it all.
    assert list(answers(lunch)) == [None] * 5


def test_connection_is_as_before(lunch):
    list(answers(lunch))
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@transaction_isolation, @@autocommit, @@transaction_read_only")
        assert cursor.fetchone() == ("READ-COMMITTED", 1, 0)
        cursor.execute("UPDATE forms_form SET title = title")
