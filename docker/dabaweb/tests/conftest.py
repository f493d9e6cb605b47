"""What several tests need."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connections

from forms.models import Form

ALIASES = ["default", "slave"]


def pytest_collection_modifyitems(items):
    """Tests that use a database use both."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs.setdefault("databases", ALIASES)


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def book(db):
    """The form that a new site has, with the fields Name and Message."""
    return Form.objects.get(slug="guest-book")


@pytest.fixture
def answers(book):
    """Return a function that makes the data of a filled-in page."""
    name, message = book.fields.all()

    def data(who="Ada", text="Hello", **more):
        return {f"field-{name.pk}": who, f"field-{message.pk}": text, **more}

    return data


def refused(*args, **kwargs):
    """Stand in for a connection to a server that is down."""
    raise OperationalError(2003, "Can't connect to MySQL server on '10.96.0.10' (refused)")


@pytest.fixture
def master_down(monkeypatch):
    """Every use of the master fails; the slave, which shares its connection in tests, goes on."""
    master = connections["default"]
    slave_cursor = master.cursor

    class SlaveOnly:
        def __getattr__(self, name):
            return getattr(master, name)

    monkeypatch.setattr(connections["slave"], "cursor", slave_cursor)
