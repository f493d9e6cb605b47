"""What several tests need."""

from contextlib import ExitStack

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import OperationalError, connection, connections

from dabaweb import catalogs, consistency
from dabaweb.databases import Router
from forms.kinds import KINDS
from forms.models import Field, Form
from teams.models import Team

from .certificates import Authority

WRITES = ("INSERT", "UPDATE", "DELETE")


def pytest_configure():
    """Translate as the image does; the compiled files are in no commit."""
    catalogs.compile_all()


def pytest_collection_modifyitems(items):
    """Tests that use a database use both aliases."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs.setdefault("databases", ["default", "slave"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Share one connection, so that what a test writes on the master is on the slave at once."""
    connections["slave"] = connections["default"]


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """What a process keeps from request to request."""
    cache.clear()
    consistency.master_breaker.close()


@pytest.fixture
def hashed(settings):
    """Static files as in the image: with hashes in their names."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }


@pytest.fixture
def book():
    """The form that a new site has, with the fields Name and Message."""
    return Form.objects.get(slug="guest-book")


@pytest.fixture
def answers(book):
    """Return a function that makes the data of a filled-in page."""
    name, message = book.fields.all()

    def data(who="Ada", text="Hello", **more):
        return {f"field-{name.pk}": who, f"field-{message.pk}": text, **more}

    return data


@pytest.fixture
def team():
    return Team.objects.create(name="Kitchen")


@pytest.fixture
def member(team):
    user = get_user_model().objects.create_user("ada", password="correct horse")
    team.members.add(user)
    return user


@pytest.fixture
def stranger():
    """Somebody who signs in, but is not in the team."""
    user = get_user_model().objects.create_user("eve", password="correct horse")
    Team.objects.create(name="Others").members.add(user)
    return user


@pytest.fixture
def admin():
    return get_user_model().objects.create_superuser("root", password="correct horse")


@pytest.fixture
def signed_in(client, member):
    """A browser in which a member of the team has signed in."""
    client.force_login(member)
    return client


@pytest.fixture
def lunch(team):
    """A form of the team, with one question of each kind; public in nothing."""
    form = Form.objects.create(title="Lunch", slug="lunch", team=team)
    for position, kind in enumerate(KINDS, start=1):
        options = ["Soup", "Salad", "Bread"] if KINDS[kind].has_options else []
        Field.objects.create(form=form, position=position, label=f"A {kind}", kind=kind, options=options)
    return form


@pytest.fixture
def media(settings, tmp_path):
    """Where uploaded files land."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def refuse():
    """Return a function that makes statements fail as on a lost server: all, or those that a test picks."""
    with ExitStack() as stack:

        def start(which=lambda sql: True):
            def execute(run, sql, params, many, context):
                if which(sql):
                    raise OperationalError(2003, "Can't connect to MySQL server")
                return run(sql, params, many, context)

            stack.enter_context(connection.execute_wrapper(execute))

        yield start


@pytest.fixture
def master_down(refuse, monkeypatch):
    """Reads go on, writes fail."""
    refuse(lambda sql: sql.startswith(WRITES))
    monkeypatch.setattr(consistency, "master_answers", lambda: False)


@pytest.fixture
def closed(monkeypatch):
    """One item for each time that a connection was closed."""
    times = []
    monkeypatch.setattr(connections["default"], "close", lambda: times.append(True))
    return times


@pytest.fixture
def read_from(monkeypatch):
    """The set of the databases that models were read from."""
    used = set()
    choose = Router.db_for_read

    def spy(self, model, **hints):
        used.add(alias := choose(self, model, **hints))
        return alias

    monkeypatch.setattr(Router, "db_for_read", spy)
    return used


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))
