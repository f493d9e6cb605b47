"""How django-redis reaches the servers: redis-slave for reads, redis-master for writes, and neither for a while after
it has failed.

A server that is gone costs one request per process and pause its time-out; all others go on without the cache at once.
With the slaves gone, reads go to the master.
"""

import redis
from django_redis.client import DefaultClient

from . import redis_tls
from .breaker import Breaker

FIRST_PAUSE, LONGEST_PAUSE = 5, 30
MASTER, SLAVE = 0, 1
"""As in the setting LOCATION."""


class _Breakers(dict):
    """One for each server, by host and port."""

    def __missing__(self, key: tuple[str, int]) -> Breaker:
        host, port = key
        return self.setdefault(key, Breaker(f"redis {host}:{port}", FIRST_PAUSE, LONGEST_PAUSE))


_breakers = _Breakers()


class Connection(redis_tls.Connection):
    """Asks nothing of a server that has just failed."""

    @property
    def breaker(self) -> Breaker:
        return _breakers[self.host, int(self.port)]

    def connect(self):
        if self.breaker.open:
            raise redis.ConnectionError(f"{self.host} did not answer a moment ago")
        try:
            super().connect()
        except (redis.ConnectionError, redis.TimeoutError):
            self.breaker.trip()
            raise
        self.breaker.close()

    def read_response(self, *args, **kwargs):
        try:
            return super().read_response(*args, **kwargs)
        except redis.TimeoutError:
            self.breaker.trip()
            raise


class Client(DefaultClient):
    def get_next_client_index(self, write=True, tried=None):
        if write or (self._paused(SLAVE) and not self._paused(MASTER)):
            return MASTER
        return SLAVE

    def _paused(self, index: int) -> bool:
        server = redis.connection.parse_url(self._server[index])
        return _breakers[server["host"], server["port"]].open
