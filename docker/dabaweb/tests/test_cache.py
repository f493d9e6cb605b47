"""What is computed once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from dabaweb import cache as site_cache
from dabaweb import consistency
from dabaweb.cache import Statistics, cached, cached_many
from dabaweb.consistency import Reads


class Computing:
    """Computes, and counts how often."""

    def __init__(self, value="new"):
        self.value, self.times = value, 0

    def __call__(self):
        self.times += 1
        return self.value


def test_once_for_each_revision():
    computing = Computing()
    assert [cached("k", 1, computing) for _ in range(3)] == ["new"] * 3
    assert computing.times == 1
    cached("k", 2, computing)
    assert computing.times == 2


def test_a_lagging_reader_gets_what_is_newer_and_replaces_nothing():
    cached("k", 2, Computing("second"))
    assert cached("k", 1, Computing("first")) == "second"
    assert cached("k", 2, Computing("again")) == "second"


def test_what_took_longer_does_not_replace_a_later_revision():
    def slow():
        cached("k", 2, Computing("second"))
        return "first"

    assert cached("k", 1, slow) == "first"
    assert cached("k", 2, Computing("again")) == "second"


def test_only_what_is_missing_is_computed():
    asked = []

    def compute(keys):
        asked.append(set(keys))
        return dict.fromkeys(keys, "x")

    cached("a", 1, lambda: "old")
    assert cached_many({"a": 1, "b": 1, "c": 1}, compute) == {"a": "old", "b": "x", "c": "x"}
    assert asked == [{"b", "c"}]
    assert cached_many({}, compute) == {}


def test_a_failure_is_not_kept():
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cached("k", 1, fail)
    # The next one would wait for a value that nobody computes.
    assert cache.get("k:lock:1") is None
    assert cached("k", 1, Computing()) == "new"


@pytest.fixture
def computed_elsewhere():
    """Another request has begun with revision 2 of what is there in revision 1."""
    cached("k", 1, Computing("old"))
    assert cache.add("k:lock:2", 1, 10)


@pytest.mark.usefixtures("computed_elsewhere")
class TestWhileAnotherComputes:
    def test_others_get_the_old_value(self):
        computing = Computing()
        assert cached("k", 2, computing) == "old"
        assert not computing.times

    def test_who_has_written_waits_for_the_new_one(self):
        timer = threading.Timer(0.1, lambda: cache.set("k", (2, "new")))
        timer.start()
        with consistency.request(Reads(wrote=True)):
            assert cached("k", 2, Computing("own")) == "new"
        timer.join()

    def test_nobody_waits_for_ever(self, monkeypatch):
        monkeypatch.setattr(site_cache, "WAIT", 0.05)
        with consistency.request(Reads(wrote=True)):
            assert cached("k", 2, Computing("own")) == "own"


def test_many_at_once_compute_once():
    """Nobody has an old value, so all wait for the one that computes."""
    computing = Computing()
    began, done = threading.Event(), threading.Event()

    def slow():
        began.set()
        done.wait(5)
        return computing()

    with ThreadPoolExecutor(20) as requests:
        first = requests.submit(cached, "k", 1, slow)
        began.wait(5)
        others = [requests.submit(cached, "k", 1, computing) for _ in range(19)]
        done.set()
        assert {request.result() for request in [first, *others]} == {"new"}
    assert computing.times == 1


def test_what_came_between_the_look_and_the_lock_is_not_computed_again(monkeypatch):
    look = site_cache._load

    def then_another_computes(keys):
        monkeypatch.setattr(site_cache, "_load", look)
        found = look(keys)
        cache.set("k", (1, "another's"))
        return found

    monkeypatch.setattr(site_cache, "_load", then_another_computes)
    computing = Computing()
    assert cached("k", 1, computing) == "another's"
    assert not computing.times
    assert not cache.get("k:lock:1")


class TestWithoutRedis:
    def test_everybody_computes_at_once(self, monkeypatch):
        monkeypatch.setattr(site_cache, "cache", Gone())
        computing = Computing()
        assert [cached("k", 1, computing) for _ in range(3)] == ["new"] * 3
        assert computing.times == 3


class Gone:
    """django-redis without its servers."""

    def get_many(self, keys):
        return {}

    def nothing(self, *args):
        return None

    add = set_many = delete_many = incr = nothing


class TestStatistics:
    @pytest.fixture
    def clock(self, monkeypatch):
        now = {"monotonic": 100.0, "time": 6000.0}
        monkeypatch.setattr(site_cache.time, "monotonic", lambda: now["monotonic"])
        monkeypatch.setattr(site_cache.time, "time", lambda: now["time"])
        return now

    def test_added_now_and_then(self, clock):
        statistics = Statistics()
        statistics.count(hits=1, misses=0)
        statistics.count(hits=2, misses=1)
        assert statistics.read() == {"hits": 1, "misses": 0}
        clock["monotonic"] += Statistics.EVERY
        statistics.count(hits=4, misses=0)
        assert statistics.read() == {"hits": 7, "misses": 1}

    def test_only_the_last_minutes(self, clock):
        Statistics().count(hits=5, misses=5)
        clock["time"] += 60 * (Statistics.BUCKETS - 1)
        assert Statistics().read() == {"hits": 5, "misses": 5}
        clock["time"] += 60
        assert Statistics().read() == {"hits": 0, "misses": 0}

    def test_hits_and_misses_of_the_cache(self, monkeypatch):
        statistics = Statistics()
        monkeypatch.setattr(site_cache, "statistics", statistics)
        monkeypatch.setattr(Statistics, "EVERY", 0)
        for _ in range(3):
            cached("k", 1, Computing())
        cached("other", 1, Computing(), counted=False)
        assert statistics.read() == {"hits": 2, "misses": 1}
