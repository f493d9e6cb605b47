"""What is expensive to compute is computed once for each revision of what it is made of.

    cached(f"entries:{form.pk}", form.revision, form.entries.count)

A revision is a number that grows with every change, read from the database together with the rest of the page. So
nothing has to be deleted when something changes, and neither a lagging slave nor a Redis that is gone can make a page
show what is older than the rest of it.

After a change one request computes the new value, and the others get the old one until it is there; but whoever has
just written waits for the new one. With Redis gone, everybody computes.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from . import consistency, metrics

KEEP = 3600
"""Seconds that a value is kept for those who come while a new one is computed."""
LOCK = 10
"""Seconds after which another request may compute what one has begun to compute."""
WAIT = 2.0
"""Seconds that a request waits for another's value before it computes its own."""


def cached(key: str, revision: int, compute: Callable[[], Any], counted: bool = True) -> Any:
    """Return what `compute` gave for this revision, or gives now. It has to be something that JSON can carry."""
    return cached_many({key: revision}, lambda _: {key: compute()}, counted)[key]


def cached_many(
    revisions: Mapping[str, int], compute: Callable[[Collection[str]], Mapping[str, Any]], counted: bool = True
) -> dict[str, Any]:
    """Return the value of each key. `compute` is given those that are missing, all at once."""
    stored = _load(revisions)
    values = {key: entry.value for key, entry in stored.items() if entry.revision >= revisions[key]}
    if counted:
        statistics.count(hits=len(values), misses=len(revisions) - len(values))
    missing = revisions.keys() - values.keys()
    locks = {key: f"{key}:lock:{revisions[key]}" for key in missing}
    # Without Redis `add` gives None, and nobody else computes for us.
    mine = {key for key in missing if cache.add(locks[key], 1, LOCK) is not False}
    others = missing - mine
    try:
        # What another request has computed between the look and the lock.
        values |= _fresh(revisions, mine)
        values |= _compute(revisions, mine - values.keys(), compute)
    finally:
        cache.delete_many([locks[key] for key in mine])
    if not consistency.must_be_fresh():
        values |= {key: stored[key].value for key in others if key in stored}
    if awaited := others - values.keys():
        values |= _await(revisions, awaited)
    if left := awaited - values.keys():
        values |= _compute(revisions, left, compute)
    return values


@dataclass(frozen=True)
class _Entry:
    revision: int
    value: Any


def _load(keys: Collection[str]) -> dict[str, _Entry]:
    return {key: _Entry(*pair) for key, pair in cache.get_many(keys).items()} if keys else {}


def _fresh(revisions, keys) -> dict[str, Any]:
    return {key: entry.value for key, entry in _load(keys).items() if entry.revision >= revisions[key]}


def _compute(revisions, keys, compute) -> dict[str, Any]:
    if not keys:
        return {}
    values = dict(compute(keys))
    # One that took longer must not replace what was computed for a later revision.
    newer = {key for key, entry in _load(keys).items() if entry.revision > revisions[key]}
    cache.set_many({key: (revisions[key], value) for key, value in values.items() if key not in newer}, KEEP)
    return values


def _await(revisions, keys) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT
    while True:
        values = _fresh(revisions, keys)
        if len(values) == len(keys) or time.monotonic() > deadline:
            return values
        time.sleep(0.02)


class Statistics:
    """Hits and misses of the whole site in the last minutes, in the cache itself.

    Each process adds what it has counted every few seconds, so that a hit costs no write.
    """

    EVERY = 5
    """Seconds between two additions."""
    BUCKET = 60
    BUCKETS = 10

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {"hits": 0, "misses": 0}
        self._next = 0.0

    def count(self, hits: int, misses: int) -> None:
        metrics.cached.labels("hit").inc(hits)
        metrics.cached.labels("miss").inc(misses)
        with self._lock:
            self._counts["hits"] += hits
            self._counts["misses"] += misses
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + self.EVERY
            counts, self._counts = self._counts, {"hits": 0, "misses": 0}
        bucket = int(time.time()) // self.BUCKET
        for name, number in counts.items():
            if number:
                key = f"cache-{name}:{bucket}"
                cache.add(key, 0, self.BUCKET * (self.BUCKETS + 1))
                # Evicted in between: that is a few counts less.
                with suppress(ValueError):
                    cache.incr(key, number)

    def read(self) -> dict[str, int]:
        """Return the sums of the last `BUCKETS` minutes."""
        newest = int(time.time()) // self.BUCKET
        keys = {f"cache-{name}:{newest - age}": name for name in ("hits", "misses") for age in range(self.BUCKETS)}
        sums = {"hits": 0, "misses": 0}
        for key, number in cache.get_many(keys).items():
            sums[keys[key]] += number
        return sums


statistics = Statistics()
