"""Databases that do not answer: fall back, try once more, or say so kindly."""

import pytest
from django.core import signing
from django.db import IntegrityError, InterfaceError, OperationalError
from pymysql import OperationalError as DriverError

from dabaweb import consistency, workers
from dabaweb.mysql import base
from dabaweb.outage import is_outage

NEW = "/forms/guest-book/new/"


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

    def test_a_read_is_tried_again_on_a_new_connection(self, client, refuse, closed):
        failures = iter([True])
        refuse(lambda sql: next(failures, False))
        assert client.get("/").status_code == 200
        assert closed

    def test_the_second_try_chooses_its_database_anew(self, client, refuse, closed, monkeypatch):
        """The master ends while it serves a visitor who has just written."""
        monkeypatch.setattr(consistency, "slave_has", lambda gtids: False)
        answers = iter([True, False])
        monkeypatch.setattr(consistency, "master_answers", lambda: next(answers))
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

    def test_what_is_sent_is_taken_though_a_read_before_it_failed(self, client, refuse, book, answers):
        failures = iter([True])
        refuse(lambda sql: sql.startswith("SELECT") and next(failures, False))
        assert client.post(NEW, answers()).status_code == 302
        assert book.entries.count() == 1

    def test_a_write_is_not_tried_again(self, client, refuse, answers):
        tries = []
        refuse(lambda sql: sql.startswith("UPDATE") and not tries.append(sql))
        assert client.post(NEW, answers()).status_code == 503
        assert len(tries) == 1

    def test_nor_is_what_follows_a_write(self, client, book, answers, monkeypatch):
        tries = []

        def broken(*args):
            tries.append(args)
            raise OperationalError(2013, "lost")

        monkeypatch.setattr("forms.views.saving.messages.success", broken)
        response = client.post(NEW, answers())
        assert (response.status_code, len(tries)) == (503, 1)
        assert "Back in a moment" in response.content.decode()
        assert book.entries.count() == 1

    def test_what_could_not_be_saved_is_shown_by_another_server(self, client, answers, master_down, closed):
        assert client.post(NEW, answers()).status_code == 503
        assert closed


class Reached:
    """A connection of the driver."""

    def __init__(self, host, read_timeout=None):
        self.host, self.encoders = host, {}
        self._read_timeout = self.while_connecting = read_timeout
        self.closed = self.lost = False

    def ping(self, reconnect):
        if self.lost:
            raise DriverError(2006, "gone")

    def close(self):
        self.closed = True


class TestBackEnd:
    """The MySQL back end, with the driver's `connect` replaced."""

    @pytest.fixture
    def databases(self, monkeypatch):
        """Return the back ends, as they know each other."""
        databases = {
            "default": base.DatabaseWrapper(settings("master"), "default"),
            "slave": base.DatabaseWrapper(settings("slave") | {"FALLBACK": "default"}, "slave"),
        }
        monkeypatch.setattr(base, "connections", databases)
        return databases

    @pytest.fixture
    def connect(self, monkeypatch, databases):
        """Return a function that connects `slave`, given which hosts are down; it returns the host it reached."""

        def connect(alias="slave", down=()):
            def driver(host, **kwargs):
                if host in down:
                    raise DriverError(2003, f"Can't connect to {host}")
                return Reached(host, kwargs.get("read_timeout"))

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

    @pytest.fixture
    def aged(self, monkeypatch, databases, django_db_blocker):
        """Return the back end of `slave` with an aged connection, and what the driver then answers to a new one."""
        answers = []

        def driver(**kwargs):
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(base.Database, "connect", driver)
        wrapper = databases["slave"]
        wrapper.connection, wrapper.close_at = Reached("aged", 5), 0
        wrapper.autocommit = True
        with django_db_blocker.unblock():
            yield wrapper, answers

    @staticmethod
    def connect_again(wrapper):
        wrapper.close_if_unusable_or_obsolete()
        assert wrapper.connection is None
        return wrapper.get_new_connection(wrapper.get_connection_params()).host

    def test_an_aged_connection_goes_when_there_is_a_new_one(self, aged):
        wrapper, answers = aged
        former = wrapper.connection
        answers.append(Reached("slave", 5))
        assert self.connect_again(wrapper) == "slave"
        assert former.closed

    def test_an_aged_connection_outlives_the_password(self, aged, caplog):
        wrapper, answers = aged
        former = wrapper.connection
        answers.append(DriverError(1045, "Access denied"))
        assert self.connect_again(wrapper) == "aged"
        assert not former.closed
        assert "database slave refuses the password" in caplog.text

    def test_an_aged_connection_that_is_lost_does_not(self, aged):
        wrapper, answers = aged
        wrapper.connection.lost = True
        answers += [DriverError(1045, "Access denied"), DriverError(1045, "Access denied")]
        with pytest.raises(DriverError, match="denied"):
            self.connect_again(wrapper)

    def test_an_aged_connection_is_no_substitute_for_a_server_that_does_not_answer(self, aged):
        wrapper, answers = aged
        former = wrapper.connection
        answers += [DriverError(2003, "refused"), Reached("master", 5)]
        assert self.connect_again(wrapper) == "master"
        assert former.closed

    def test_closing_leaves_no_aged_connection_behind(self, aged):
        wrapper, _ = aged
        former = wrapper.connection
        wrapper.close_if_unusable_or_obsolete()
        wrapper.close()
        assert former.closed

    def test_a_connection_in_its_age_is_kept(self, aged):
        wrapper, _ = aged
        wrapper.close_at = None
        wrapper.close_if_unusable_or_obsolete()
        assert wrapper.connection.host == "aged"

    def test_workers_connect_before_they_are_asked(self, monkeypatch, caplog):
        class Alias:
            def __init__(self, alias, error=None):
                self.alias, self.error, self.connected = alias, error, False

            def ensure_connection(self):
                if self.error:
                    raise self.error
                self.connected = True

        master, slave = Alias("default", OperationalError(2003, "refused")), Alias("slave")
        monkeypatch.setattr(workers, "connections", type("Connections", (), {"all": lambda self: [master, slave]})())
        workers.connect_databases()
        assert slave.connected
        assert "no connection to database default yet: OperationalError" in caplog.text

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
