"""Which database is read, and that visitors see their own writes."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.db import DatabaseError, OperationalError

from dabaweb import consistency
from dabaweb.consistency import MASTER, SLAVE, Reads
from dabaweb.databases import Router
from dabaweb.middleware.consistency import COOKIE
from forms.models import Form

SERVER = "3e11fa47-71ca-11e1-9e33-c80aa9429562"


@pytest.fixture
def cluster(monkeypatch):
    """A master that answers and a slave that lags; tests change `state`."""
    state = {"master": True, "slave has it": False, "gtids": f"{SERVER}:1-23"}
    monkeypatch.setattr(consistency, "master_answers", lambda: state["master"])
    monkeypatch.setattr(consistency, "slave_has", lambda gtids: state["slave has it"])
    monkeypatch.setattr(consistency, "written_gtids", lambda: state["gtids"])
    return state


@pytest.mark.parametrize(
    ("reads", "state", "expected"),
    [
        (Reads(), {}, SLAVE),
        (Reads(), {"master": False}, SLAVE),
        (Reads(must_include="x"), {}, MASTER),
        (Reads(must_include="x"), {"slave has it": True}, SLAVE),
        (Reads(must_include="x"), {"master": False}, SLAVE),
        (Reads(writing=True), {}, MASTER),
        (Reads(writing=True), {"slave has it": True}, MASTER),
        (Reads(writing=True), {"master": False}, SLAVE),
    ],
)
def test_choice(cluster, reads, state, expected):
    cluster.update(state)
    assert reads.choose() == expected


@pytest.mark.parametrize(
    ("reads", "master", "breaker", "expected"),
    [
        (Reads(), True, False, MASTER),
        (Reads(), False, False, SLAVE),
        (Reads(), True, True, SLAVE),
        # Those who could miss own writes do not take the breaker's word.
        (Reads(must_include="x"), True, True, MASTER),
        (Reads(writing=True), True, True, MASTER),
        (Reads(must_include="x"), False, True, SLAVE),
    ],
)
def test_choice_of_what_must_not_be_old(cluster, reads, master, breaker, expected):
    cluster.update({"master": master, "slave has it": True})
    if breaker:
        consistency.master_breaker.trip()
    assert reads.choose_newest() == expected


def test_another_choice_after_an_outage(cluster):
    reads = Reads(must_include="x")
    assert (reads.choose(), reads.choose_newest()) == (MASTER, MASTER)
    cluster["master"] = False
    reads.choose_again()
    assert (reads.choose(), reads.choose_newest()) == (SLAVE, SLAVE)


@pytest.mark.parametrize(
    ("reads", "expected"),
    [(Reads(), False), (Reads(must_include="x"), True), (Reads(writing=True), True), (Reads(wrote=True), True)],
)
def test_who_must_see_what_is_fresh(reads, expected):
    assert not consistency.must_be_fresh()
    with consistency.request(reads):
        assert consistency.must_be_fresh() is expected


def test_the_choice_stays_for_the_request(cluster):
    reads = Reads(must_include="x")
    assert reads.choose() == MASTER
    cluster["slave has it"] = True
    assert reads.choose() == MASTER


def test_after_a_write_the_request_reads_from_the_master(cluster):
    reads = Reads()
    assert reads.choose() == SLAVE
    reads.write()
    assert reads.choose() == MASTER


class TestRouter:
    def test_outside_of_requests(self):
        assert Router().db_for_read(Form) == MASTER
        assert Router().db_for_write(Form) == MASTER

    def test_in_a_request(self, cluster):
        with consistency.request(Reads()) as reads:
            assert Router().db_for_read(Form) == SLAVE
            assert Router().db_for_write(Form) == MASTER
            assert reads.wrote
            assert Router().db_for_read(Form) == MASTER
        assert consistency.current() is None

    @pytest.mark.parametrize("model", [Session, User, Permission])
    def test_who_somebody_is_comes_from_the_master(self, cluster, model):
        with consistency.request(Reads()):
            assert Router().db_for_read(model) == MASTER
            assert Router().db_for_read(Form) == SLAVE

    def test_who_somebody_is_comes_from_a_slave_when_the_master_is_gone(self, cluster):
        cluster["master"] = False
        with consistency.request(Reads()):
            assert Router().db_for_read(Session) == SLAVE

    def test_migrates_the_master_only(self):
        assert Router().allow_migrate(MASTER, "forms")
        assert not Router().allow_migrate(SLAVE, "forms")

    def test_objects_of_both_may_be_related(self):
        assert Router().allow_relation(Form(), Form())


@pytest.mark.django_db
class TestVisitor:
    def test_reads_own_entry_from_the_master_until_the_slave_has_it(self, client, answers, cluster, read_from):
        client.post("/forms/guest-book/new/", answers())
        read_from.clear()
        client.get("/forms/guest-book/")
        assert read_from == {MASTER}

        cluster["slave has it"] = True
        read_from.clear()
        client.get("/forms/guest-book/")
        assert read_from == {SLAVE}

    def test_cookie(self, client, answers, cluster):
        cookie = client.post("/forms/guest-book/new/", answers()).cookies[COOKIE]
        assert cookie.value.startswith(f"{SERVER}:1-23:")
        assert cookie["httponly"]
        assert cookie["max-age"] == consistency.MAX_AGE

    def test_others_read_from_the_slave(self, client, read_from, cluster):
        assert COOKIE not in client.get("/forms/guest-book/").cookies
        assert read_from == {SLAVE}

    def test_forged_cookie_is_ignored(self, client, read_from, cluster):
        client.cookies[COOKIE] = f"{SERVER}:1-99:forged:signature"
        client.get("/")
        assert read_from == {SLAVE}

    def test_no_cookie_when_nothing_was_written(self, client, cluster):
        assert COOKIE not in client.post("/forms/guest-book/new/", {}).cookies

    def test_no_cookie_without_gtids(self, client, answers, cluster):
        cluster["gtids"] = ""
        assert COOKIE not in client.post("/forms/guest-book/new/", answers()).cookies


class FakeConnection:
    """Stands in for the connections of both databases: answers one row, or fails."""

    def __init__(self, row=None, error=None):
        self.row, self.error, self.executed = row, error, []

    def __getitem__(self, alias):
        self.alias = alias
        return self

    def cursor(self):
        if self.error:
            raise self.error
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    def execute(self, sql, params=None):
        self.executed.append((sql, params))

    def fetchone(self):
        return self.row


@pytest.fixture
def server(monkeypatch):
    def server(**kwargs):
        fake = FakeConnection(**kwargs)
        monkeypatch.setattr(consistency, "connections", fake)
        return fake

    return server


class TestServers:
    @pytest.mark.parametrize(("row", "expected"), [((1,), True), ((0,), False)])
    def test_slave_has(self, server, row, expected):
        fake = server(row=row)
        assert consistency.slave_has(f"{SERVER}:1-23") is expected
        assert fake.alias == SLAVE
        assert fake.executed[0][1] == [f"{SERVER}:1-23"]

    def test_slave_that_cannot_tell(self, server):
        server(error=DatabaseError("Malformed GTID set"))
        assert not consistency.slave_has("x")

    def test_master_answers(self, server):
        server()
        assert consistency.master_answers()
        server(error=OperationalError(2003, "refused"))
        assert not consistency.master_answers()
        assert consistency.master_breaker.open

    def test_a_master_that_is_back_closes_the_breaker(self, server):
        consistency.master_breaker.trip()
        server()
        assert consistency.master_answers()
        assert not consistency.master_breaker.open

    def test_written_gtids_are_those_of_the_master_itself(self, server):
        other = "a9a9a9a9-71ca-11e1-9e33-c80aa9429562"
        server(row=(f"{SERVER}:1-23:25,\n{other}:1-5", SERVER))
        assert consistency.written_gtids() == f"{SERVER}:1-23:25"

    def test_master_gone_after_the_write(self, server):
        server(error=OperationalError(2006, "gone"))
        assert consistency.written_gtids() == ""
