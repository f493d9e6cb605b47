"""/healthz and /readyz."""

import json
import threading

import pymysql
import pytest
import redis

from dabaweb import environment, health
from dabaweb.asking import ask
from dabaweb.probes import Probes
from tests import fakes
from tests.variables import VARIABLES

MASTER, SLAVE = "10.96.0.10", "10.96.0.11"
ENVIRONMENT = environment.read(VARIABLES)


class Server(fakes.Connection):
    """A MySQL server, as far as the check goes."""

    def __init__(self, read_only=0, table=True):
        self.read_only, self.table = read_only, table

    def execute(self, sql):
        if "django_migrations" in sql and not self.table:
            raise pymysql.ProgrammingError(1146, "Table 'form.django_migrations' doesn't exist")

    def fetchone(self):
        return (self.read_only,)


def refused(host):
    error = pymysql.OperationalError(2003, f"Can't connect to MySQL server on '{host}'")
    error.original_exception = ConnectionRefusedError(111, "Connection refused")
    return error


@pytest.fixture
def servers(monkeypatch):
    """All dependencies in order; tests replace what fails by the error."""
    state = {MASTER: Server(), SLAVE: Server(read_only=1), "10.96.0.12": None, "10.96.0.13": None}

    def connect(host, **options):
        assert options["connect_timeout"] <= 3
        assert options["read_timeout"] <= 3
        assert (options["ssl_ca"], options["ssl_verify_identity"]) == ("/run/authorities/mysql.crt", True)
        if isinstance(state[host], Exception):
            raise state[host]
        return state[host]

    class Redis:
        @classmethod
        def from_pool(cls, pool):
            options = pool.connection_kwargs
            assert options["socket_timeout"] <= 3
            assert options["socket_connect_timeout"] <= 3
            assert (options["ssl_ca_certs"], options["ssl_check_hostname"]) == ("/run/authorities/redis.crt", True)
            server = cls()
            server.host = options["host"]
            return server

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            return False

        def ping(self):
            if state[self.host]:
                raise state[self.host]

    monkeypatch.setattr(pymysql, "connect", connect)
    monkeypatch.setattr(redis, "Redis", Redis)
    return state


class Answer:
    """What the WSGI application answers to a path."""

    def __init__(self, path, application=None):
        [body] = Probes(application, ENVIRONMENT)({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, self.start)
        self.body = body.decode()

    def start(self, status, headers):
        self.status, self.headers = int(status.split()[0]), dict(headers)

    def json(self):
        return json.loads(self.body)


def test_alive_needs_nothing():
    answer = Answer("/healthz")
    assert (answer.status, answer.body) == (200, "ok\n")
    assert answer.headers["X-Served-By"] == "dabacluster-test"
    assert answer.headers["Content-Length"] == "3"


def test_other_paths_are_the_applications():
    def application(environ, start_response):
        start_response("404 Not Found", [])
        return [b"not here"]

    answer = Answer("/healthz/more", application)
    assert (answer.status, answer.body) == (404, "not here")


def test_the_application_that_is_served(monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    from dabaweb.wsgi import application

    assert isinstance(application, Probes)
    assert application.environment == ENVIRONMENT


def test_ready(servers):
    answer = Answer("/readyz")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    names = ("mysql-master", "mysql-slave", "redis-master", "redis-slave")
    assert answer.json() == {"ready": True, "pod": "dabacluster-test", "dependencies": dict.fromkeys(names, "ok")}


@pytest.mark.parametrize(
    ("down", "status"),
    [
        ([MASTER], 200),
        ([SLAVE], 200),
        (["10.96.0.12", "10.96.0.13"], 200),
        ([MASTER, "10.96.0.12", "10.96.0.13"], 200),
        ([MASTER, SLAVE], 503),
    ],
)
def test_ready_as_long_as_pages_can_be_shown(servers, down, status):
    for host in down:
        servers[host] = refused(host) if host in (MASTER, SLAVE) else redis.ConnectionError(f"{host} refused")
    answer = Answer("/readyz")
    assert answer.status == status
    body = answer.json()
    assert body["ready"] is (status == 200)
    assert sum(text.startswith("failed: ") for text in body["dependencies"].values()) == len(down)
    # Anyone may ask: no addresses, no names, no secrets.
    assert "10.96" not in answer.body


@pytest.mark.parametrize(
    ("host", "server", "reason"),
    [
        (MASTER, refused(MASTER), "CR_CONN_HOST_ERROR (2003): Connection refused"),
        (MASTER, Server(read_only=1), "the server is read-only"),
        (SLAVE, pymysql.OperationalError(1045, "Access denied for 'dabaweb'"), "ACCESS_DENIED_ERROR (1045)"),
        (SLAVE, Server(table=False), "NO_SUCH_TABLE (1146)"),
        ("10.96.0.13", redis.AuthenticationError("invalid password"), "AuthenticationError"),
    ],
)
def test_reasons(servers, host, server, reason):
    servers[host] = server
    assert f"failed: {reason}" in health.report(ENVIRONMENT).dependencies.values()


def test_not_ready_when_the_slave_lacks_the_tables(servers):
    """Pages would be read from it, as it can be connected to."""
    servers[SLAVE] = Server(table=False)
    assert not health.report(ENVIRONMENT).ready


def test_a_server_that_says_nothing_does_not_hold_up_the_answer():
    released = threading.Event()
    answers = ask({"slow": released.wait, "quick": lambda: "said"}, deadline=0.05)
    released.set()
    assert answers["quick"] == "said"
    assert health.reason(answers["slow"]) == "no answer in 0.05 seconds"
    assert health.falls_back(answers["slow"])


def test_nobody_to_ask():
    assert ask({}, deadline=0.05) == {}


def test_changes_are_logged_once(servers, caplog):
    servers[MASTER] = refused(MASTER)
    for _ in range(3):
        health.report(ENVIRONMENT)
    assert caplog.text.count("dependencies that fail") == 1
    servers[MASTER] = Server()
    health.report(ENVIRONMENT)
    assert "dependencies that fail: none" in caplog.text
