"""The status page: what the servers say, what it makes of it, and who may see what."""

import socket
import threading

import pymysql
import pytest
import redis
from django.contrib.auth.models import User
from django.core.cache import cache

from dabaweb import environment
from status import gtid, mysql_server, present, redis_server, survey
from status.server import DOWN, LAGGING, MASTER, NO_ANSWER, NOT_FOLLOWING, OK, SLAVE, STOPPED, UNKNOWN, WARNING, Server
from tests import fakes
from tests.variables import VARIABLES

ENVIRONMENT = environment.read(VARIABLES | {"MYSQL_PEERS": "mysql-peers", "REDIS_PEERS": "redis-peers"})
UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
OTHER = "a9a9a9a9-71ca-11e1-9e33-c80aa9429562"


class TestGtids:
    @pytest.mark.parametrize(
        ("wanted", "executed", "expected"),
        [
            ("", "", 0),
            (f"{UUID}:1-5", f"{UUID}:1-5", 0),
            (f"{UUID}:1-5", "", 5),
            (f"{UUID}:1-5:8-9", f"{UUID}:1-3:9", 3),
            (f"{UUID}:7", f"{UUID}:1-6:8-9", 1),
            (f"{UUID}:1-5,\n{OTHER}:1-2", f"{OTHER}:1-2", 5),
            (f"{UUID}:1-5:tag:1-4", f"{UUID}:1-5:tag:1", 3),
            # What a slave has too much is not the master's.
            (f"{UUID}:1", f"{UUID}:1,{OTHER}:1-9", 0),
        ],
    )
    def test_missing(self, wanted, executed, expected):
        assert gtid.missing(wanted, executed) == expected


class Mysql(fakes.Connection):
    """A MySQL server, as far as the questions go."""

    def __init__(self, read_only=0, gtids=f"{UUID}:1-5", replication=None):
        self.read_only, self.gtids, self.replication = read_only, gtids, replication

    def execute(self, sql):
        if sql == mysql_server.REPLICATION and isinstance(self.replication, Exception):
            raise self.replication
        self.row = {
            mysql_server.IDENTITY: (self.read_only, self.gtids, "mysql-pod", "9.7.4"),
            mysql_server.UPTIME: ("Uptime", "90061"),
            mysql_server.REPLICATION: self.replication,
        }[sql]

    def fetchone(self):
        return self.row


FOLLOWS = ("ON", "ON", 0, "")
DENIED = pymysql.OperationalError(1142, "SELECT command denied")


@pytest.fixture
def mysql(monkeypatch):
    """The MySQL servers by their addresses."""
    servers = {}

    def connect(host, **options):
        assert options["connect_timeout"] <= 2
        assert options["read_timeout"] <= 2
        # The addresses of pods, which are in no certificate.
        assert options["ssl_verify_cert"]
        assert not options["ssl_verify_identity"]
        if isinstance(servers[host], Exception):
            raise servers[host]
        return servers[host]

    monkeypatch.setattr(pymysql, "connect", connect)
    return servers


class TestMysql:
    def test_master(self, mysql):
        mysql["1"] = Mysql(gtids=f"{UUID}:1-5,\n{OTHER}:1")
        answer = mysql_server.ask(ENVIRONMENT, "1", 1)
        assert (answer.role, answer.state, answer.position) == (MASTER, OK, f"{UUID}:1-5,{OTHER}:1")
        assert (answer.name, answer.version, answer.uptime) == ("mysql-pod", "9.7.4", 90061)

    @pytest.mark.parametrize(
        ("replication", "problem", "lag"),
        [
            (FOLLOWS, "", 0.0),
            (("ON", "ON", 0.25, ""), "", 0.25),
            (("ON", "ON", None, ""), "", 0.0),
            (("ON", "ON", 11, ""), LAGGING, 11.0),
            (("CONNECTING", "ON", 0, "refused"), NOT_FOLLOWING, None),
            (("ON", "OFF", 0, ""), STOPPED, None),
            (None, NOT_FOLLOWING, None),
            # An account that may not ask: the page shows what it can.
            (DENIED, "", None),
        ],
    )
    def test_slave(self, mysql, replication, problem, lag):
        mysql["1"] = Mysql(read_only=1, replication=replication)
        answer = mysql_server.ask(ENVIRONMENT, "1", 1)
        assert (answer.role, answer.problem, answer.lag) == (SLAVE, problem, lag)
        assert answer.state == (WARNING if problem else OK)

    def test_another_error_is_the_servers(self, mysql):
        mysql["1"] = Mysql(read_only=1, replication=pymysql.OperationalError(2013, "lost"))
        with pytest.raises(pymysql.OperationalError):
            mysql_server.ask(ENVIRONMENT, "1", 1)

    def test_behind(self):
        master = Server("1", MASTER, position=f"{UUID}:1-9")
        slave = Server("2", SLAVE, position=f"{UUID}:1-7")
        assert [one.behind for one in mysql_server.compare([master, slave])] == [None, 2]
        silent = Server("3", SLAVE, problem=NO_ANSWER)
        assert [one.behind for one in mysql_server.compare([slave])] == [None]
        assert [one.behind for one in mysql_server.compare([master, silent])] == [None, None]


INFO = {"redis_version": "8.0.2", "uptime_in_seconds": 60, "master_replid": "a" * 40}
REDIS_MASTER = INFO | {"role": "master", "master_repl_offset": 500}
REDIS_SLAVE = INFO | {
    "role": "slave",
    "master_repl_offset": 450,
    "slave_repl_offset": 450,
    "master_link_status": "up",
    "master_last_io_seconds_ago": 1,
}


class TestRedis:
    @pytest.mark.parametrize(
        ("info", "role", "problem"),
        [
            (REDIS_MASTER, MASTER, ""),
            (REDIS_SLAVE, SLAVE, ""),
            (REDIS_SLAVE | {"master_link_status": "down", "master_last_io_seconds_ago": -1}, SLAVE, NOT_FOLLOWING),
            (REDIS_SLAVE | {"master_last_io_seconds_ago": 11}, SLAVE, LAGGING),
        ],
    )
    def test_read(self, info, role, problem):
        answer = redis_server.read("1", info)
        assert (answer.role, answer.problem) == (role, problem)

    def test_ask(self, monkeypatch):
        class Client:
            @classmethod
            def from_pool(cls, pool):
                options = pool.connection_kwargs
                assert options["socket_timeout"] == options["socket_connect_timeout"] == 1
                assert not options["ssl_check_hostname"]
                return cls()

            def __enter__(self):
                return self

            def __exit__(self, *exception):
                return False

            def info(self, section):
                return REDIS_MASTER if section == "replication" else INFO

        monkeypatch.setattr(redis, "Redis", Client)
        assert redis_server.ask(ENVIRONMENT, "1", 1).position == f"{'a' * 40}:500"

    def test_behind(self):
        master, slave = redis_server.read("1", REDIS_MASTER), redis_server.read("2", REDIS_SLAVE)
        stranger = redis_server.read("3", REDIS_SLAVE | {"master_replid": "b" * 40})
        assert [one.behind for one in redis_server.compare([master, slave, stranger])] == [None, 50, None]
        assert [one.behind for one in redis_server.compare([slave])] == [None]


REFUSED = pymysql.OperationalError(2003, "Can't connect to MySQL server on '1'")


@pytest.fixture
def stack(monkeypatch):
    """All servers of a stack by their names, as `ask` of each kind answers; tests replace what fails."""
    state = {
        "mysql": {
            "10.0.0.1": Server("10.0.0.1", MASTER, name="m", version="9.7.4", uptime=60, position=f"{UUID}:1-9"),
            "10.0.0.2": Server("10.0.0.2", SLAVE, name="s", version="9.7.4", position=f"{UUID}:1-9", lag=0.0),
            "10.0.0.3": Server("10.0.0.3", SLAVE, name="t", version="9.7.4", position=f"{UUID}:1-7", lag=0.5),
        },
        "redis": {
            "10.0.1.1": redis_server.read("10.0.1.1", REDIS_MASTER),
            "10.0.1.2": redis_server.read("10.0.1.2", REDIS_SLAVE),
        },
    }

    def answer(kind):
        def ask(environment, address, timeout):
            found = state[kind][address]
            if isinstance(found, Exception):
                raise found
            return found

        return ask

    for kind, module in survey.KINDS.items():
        monkeypatch.setattr(module, "ask", answer(kind))
    monkeypatch.setattr(survey, "resolve", lambda name: sorted(state[name.removesuffix("-peers")]))
    monkeypatch.setattr(survey, "_latest", (0.0, {}))
    monkeypatch.setattr(survey, "_roles", {})
    return state


@pytest.fixture
def look(client, stack, settings):
    settings.ENVIRONMENT = ENVIRONMENT
    return lambda path="/status": client.get(path)


class TestSurvey:
    def test_everything_works(self, stack):
        found = survey.take(ENVIRONMENT)
        assert (found["state"], found["mysql"]["state"], found["redis"]["state"]) == (OK, OK, OK)
        roles = [(one["role"], one["address"], one["behind"]) for one in found["mysql"]["servers"]]
        assert roles == [(MASTER, "10.0.0.1", None), (SLAVE, "10.0.0.2", 0), (SLAVE, "10.0.0.3", 2)]

    @pytest.mark.parametrize(
        ("down", "expected"),
        [
            (["10.0.0.1"], WARNING),
            (["10.0.0.2"], WARNING),
            (["10.0.0.2", "10.0.0.3"], WARNING),
            (["10.0.0.1", "10.0.0.2", "10.0.0.3"], DOWN),
            (["10.0.1.1", "10.0.1.2"], WARNING),
        ],
    )
    def test_servers_down(self, stack, down, expected):
        for servers in stack.values():
            servers.update({address: REFUSED for address in down if address in servers})
        assert survey.take(ENVIRONMENT)["state"] == expected

    def test_one_that_does_not_answer_keeps_its_role(self, stack):
        survey.take(ENVIRONMENT)
        stack["mysql"]["10.0.0.1"] = REFUSED
        stack["mysql"]["10.0.0.4"] = REFUSED
        found = {one["address"]: one for one in survey.take(ENVIRONMENT)["mysql"]["servers"]}
        assert (found["10.0.0.1"]["role"], found["10.0.0.1"]["problem"]) == (MASTER, NO_ANSWER)
        assert found["10.0.0.4"]["role"] == UNKNOWN

    def test_one_that_says_nothing_holds_up_nobody(self, stack, monkeypatch):
        released = threading.Event()
        monkeypatch.setattr(survey, "ANSWER_SECONDS", 0.05)
        monkeypatch.setattr(redis_server, "ask", lambda *_: released.wait(10))
        found = survey.take(ENVIRONMENT)
        released.set()
        assert found["redis"]["state"] == DOWN
        assert found["mysql"]["state"] == OK
        assert found["redis"]["servers"][0]["detail"] == "no answer in 0.1 seconds"

    def test_asked_once_however_many_look(self, stack, monkeypatch):
        taken = []
        monkeypatch.setattr(survey.time, "time", lambda: 1000.0)
        monkeypatch.setattr(survey, "take", lambda environment: taken.append(1) or {"time": 0})
        for _ in range(5):
            survey.latest(ENVIRONMENT)
        # Another process, which shares the cache.
        monkeypatch.setattr(survey, "_latest", (0.0, {}))
        survey.latest(ENVIRONMENT)
        assert len(taken) == 1
        # Without Redis, each process for itself.
        cache.clear()
        survey.latest(ENVIRONMENT)
        assert len(taken) == 1

    def test_without_names_the_services_are_asked(self):
        assert survey.find(environment.read(VARIABLES)) == {
            "mysql": ["10.96.0.10", "10.96.0.11"],
            "redis": ["10.96.0.12", "10.96.0.13"],
        }

    def test_names_that_nobody_knows(self, monkeypatch):
        def unknown(*args, **kwargs):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        assert survey.find(ENVIRONMENT)["redis"] == ["10.96.0.12", "10.96.0.13"]

    def test_a_name_of_several_servers(self, monkeypatch):
        entries = [(2, 1, 6, "", (address, 0)) for address in ("10.0.0.2", "10.0.0.1", "10.0.0.2")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
        assert survey.resolve("mysql-peers") == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.django_db
class TestPage:
    def text(self, response):
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        return response.content.decode()

    def test_everything_works(self, look):
        page = self.text(look())
        assert "Everything works" in page
        assert "Writes go to the master, reads come from 2 slaves." in page
        assert "Answered by <code>dabacluster-test</code>" in page
        assert "2 transactions" in page
        assert "50 bytes" in page
        assert page.count("<path ") == 3

    def test_policy_allows_all_that_it_is_made_of(self, look):
        response = look()
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        page = self.text(response)
        assert " style=" not in page
        assert "<style" not in page
        assert "<script src=" in page
        assert page.count("<script") == 1

    @pytest.mark.parametrize(
        ("down", "text"),
        [
            (["10.0.0.1"], "Everything can be read, but nothing can be saved just now"),
            (["10.0.0.1"], "nothing can be saved until it is back. Reads go on."),
            (["10.0.0.2", "10.0.0.3"], "No slave answers: the master serves reads too."),
            (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "The database cannot be reached"),
            (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "No database server answers."),
            (["10.0.1.1"], "The master does not answer: nothing new is cached"),
            (["10.0.1.2"], "No slave answers: the master serves reads too."),
            (["10.0.1.1", "10.0.1.2"], "No cache server answers: the site works without, slower."),
            (["10.0.1.1"], "The site works, but not all of its servers do"),
        ],
    )
    def test_servers_down(self, look, stack, down, text):
        for servers in stack.values():
            servers.update({address: REFUSED for address in down if address in servers})
        page = self.text(look())
        assert text in page
        assert "does not answer" in page

    def test_nobody_there_at_all(self, look, stack):
        for servers in stack.values():
            servers.clear()
        page = self.text(look())
        assert "not there" in page
        assert "none there" in page

    def test_public_and_staff(self, look, client):
        hidden = ("10.0.0.1", "9.7.4", "8.0.2", "Up for")
        public = self.text(look())
        assert not any(text in public for text in hidden)
        client.force_login(User.objects.create_user("ada"))
        assert not any(text in self.text(look()) for text in hidden)
        client.force_login(User.objects.create_user("grace", is_staff=True))
        assert all(text in self.text(look()) for text in hidden)

    def test_all_databases_down(self, look, stack, refuse, client):
        """Also for who is signed in, as nobody can tell."""
        client.force_login(User.objects.create_user("grace", is_staff=True))
        stack["mysql"].update(dict.fromkeys(stack["mysql"], REFUSED))
        refuse()
        assert "The database cannot be reached" in self.text(look())

    def test_hit_rate(self, look):
        assert "Nothing was asked for" in self.text(look())
        cache.set(f"cache-hits:{int(survey.time.time()) // 60}", 3)
        cache.set(f"cache-misses:{int(survey.time.time()) // 60}", 1)
        cache.delete("status")
        survey._latest = (0.0, {})
        page = self.text(look())
        assert "75 %" in page
        assert "3 hits" in page
        assert 'stroke-dasharray="75.0 100"' in page


@pytest.mark.django_db
class TestJson:
    def test_public(self, look):
        report = look("/status.json").json()
        assert (report["state"], report["pod"], report["staff"]) == (OK, "dabacluster-test", False)
        assert report["mysql"]["servers"][2] == {
            "role": SLAVE,
            "state": OK,
            "problem": "",
            "position": f"{UUID}:1-7",
            "lag": 0.5,
            "behind": 2,
        }

    def test_staff(self, look, client):
        client.force_login(User.objects.create_user("grace", is_staff=True))
        server = look("/status.json").json()["mysql"]["servers"][0]
        assert (server["address"], server["name"], server["version"]) == ("10.0.0.1", "m", "9.7.4")


class TestWords:
    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [(5, "5 s"), (61, "1 min"), (3661, "1 h 1 min"), (90061, "1 d 1 h")],
    )
    def test_duration(self, seconds, expected):
        assert present.duration(seconds) == expected

    @pytest.mark.parametrize(
        ("release", "expected"),
        [
            ("registry.example:5000/k8s-web/dabaweb:dev@sha256:" + "ab" * 32, "abababababab"),
            ("registry.example:5000/k8s-web/dabaweb:dev", "dabaweb:dev"),
            ("", ""),
        ],
    )
    def test_release(self, release, expected):
        assert present.short_release(release) == expected

    def test_positions_are_short(self):
        assert present.short_position(f"{UUID}:1-5:7,{OTHER}:1") == "…c80aa9429562:1-5:7, …c80aa9429562:1"
