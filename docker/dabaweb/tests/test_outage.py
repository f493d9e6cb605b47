"""Databases that do not answer: fall back, try once more, or say so kindly."""

import pytest
from django.core import signing
from django.db import IntegrityError, InterfaceError, OperationalError
from pymysql import OperationalError as DriverError

from dabaweb import consistency
from dabaweb.mysql import base
from dabaweb.outage import is_outage


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(2003, "refused"), True),
        (OperationalError(2013, "lost"), True),
        (OperationalError(1290, "read-only"), True),
        (OperationalError(3032, "offline mode"), True),
        (InterfaceError(0, ""), True),
        (OperationalError(1054, "unknown column"), False),
        (OperationalError(), False),
        (IntegrityError(1062, "duplicate"), False),
        (ValueError(2003), False),
    ],
)
def test_is_outage(error, expected):
    assert is_outage(error) is expected


@pytest.mark.django_db
class TestPages:
    def test_all_databases_down(self, client, refuse):
        refuse()
        response = client.get("/")
        assert response.status_code == 503
        assert response["Retry-After"] == "5"
        assert "Back in a moment" in response.content.decode()
        assert response["X-Served-By"] == "dabacluster-test"

    def test_master_down_pages_are_shown(self, client, master_down):
        assert client.get("/").status_code == 200
        assert client.get("/forms/guest-book/").status_code == 200
        assert client.get("/forms/guest-book/new/").status_code == 200

    def test_a_read_is_tried_again_on_a_new_connection(self, client, refuse, monkeypatch):
        closed = []
        monkeypatch.setattr("dabaweb.middleware.availability.connections", Closing(closed))
        failures = iter([True])
        refuse(lambda sql: next(failures, False))
        assert client.get("/").status_code == 200
        assert closed == [True]

    def test_the_second_try_chooses_its_database_anew(self, client, refuse, monkeypatch):
        """The master ends while it serves a visitor who has just written."""
        monkeypatch.setattr(consistency, "slave_has", lambda gtids: False)
        answers = iter([True, False])
        monkeypatch.setattr(consistency, "master_answers", lambda: next(answers))
        monkeypatch.setattr("dabaweb.middleware.availability.connections", Closing([]))
        client.cookies["written"] = signing.get_cookie_signer(salt="written").sign("gtids")
        failures = iter([True])
        refuse(lambda sql: next(failures, False))
        assert client.get("/").status_code == 200
        assert next(answers, None) is None

    def test_a_mistake_in_the_second_try_is_shown_as_one(self, client, monkeypatch):
        errors = iter([OperationalError(2013, "lost"), OperationalError(1054, "unknown column")])

        def broken(*args):
            raise next(errors)

        monkeypatch.setattr("forms.views.forms.page", broken)
        client.raise_request_exception = False
        assert client.get("/").status_code == 500

    def test_a_write_is_not_tried_again(self, client, refuse, answers):
        tries = []
        refuse(lambda sql: sql.startswith("SELECT") and not tries.append(sql))
        assert client.post("/forms/guest-book/new/", answers()).status_code == 503
        assert len(tries) == 1


class Closing:
    """All connections of a process."""

    def __init__(self, closed):
        self.closed = closed

    def all(self, initialized_only):
        return [self]

    def close(self):
        self.closed.append(True)


class Reached:
    """A connection of the driver."""

    def __init__(self, host, read_timeout=None):
        self.host, self.encoders = host, {}
        self._read_timeout = self.while_connecting = read_timeout


class TestBackEnd:
    """The MySQL back end, with the driver's `connect` replaced."""

    @pytest.fixture
    def connect(self, monkeypatch):
        """Return a function that connects `slave`, given which hosts are down; it returns the host it reached."""

        def connect(alias="slave", down=()):
            def driver(host, **kwargs):
                if host in down:
                    raise DriverError(2003, f"Can't connect to {host}")
                return Reached(host, kwargs.get("read_timeout"))

            databases = {
                "default": base.DatabaseWrapper(settings("master"), "default"),
                "slave": base.DatabaseWrapper(settings("slave") | {"FALLBACK": "default"}, "slave"),
            }
            monkeypatch.setattr(base, "connections", databases)
            monkeypatch.setattr(base.Database, "connect", driver)
            reached = databases[alias].get_new_connection(databases[alias].get_connection_params())
            assert (reached.while_connecting, reached._read_timeout) == (2, 5)
            return reached.host

        return connect

    def test_slave(self, connect):
        assert connect() == "slave"

    def test_slave_down_falls_back_to_the_master(self, connect, caplog):
        assert connect(down=["slave"]) == "master"
        assert "database slave does not answer (error 2003), trying default" in caplog.text

    def test_both_down_the_error_is_the_first(self, connect):
        with pytest.raises(DriverError, match="slave"):
            connect(down=["slave", "master"])

    def test_master_down_has_no_fallback(self, connect):
        with pytest.raises(DriverError, match="master"):
            connect("default", down=["master"])

    @pytest.mark.parametrize(("error", "usable"), [(None, True), (DriverError(2006, "gone"), False)])
    def test_a_lost_connection_is_not_revived_behind_djangos_back(self, error, usable):
        class Kept:
            _read_timeout = 5

            def ping(self, reconnect):
                assert reconnect is False
                assert self._read_timeout == 2
                if error:
                    raise error

        wrapper = base.DatabaseWrapper(settings("master"), "default")
        wrapper.connection = Kept()
        assert wrapper.is_usable() is usable
        assert wrapper.connection._read_timeout == 5


def settings(host):
    return {
        "ENGINE": "dabaweb.mysql",
        "NAME": "form",
        "USER": "dabaweb",
        "PASSWORD": "secret",
        "HOST": host,
        "PORT": 3306,
        "OPTIONS": {"connect_timeout": 2, "read_timeout": 5},
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "AUTOCOMMIT": True,
    }
