"""Until when the servers' certificates are good, as the servers show them: a renewal that none took over is none."""

import ssl
import threading
from collections.abc import Iterator
from typing import NoReturn

import pymysql
import redis
from prometheus_client.core import GaugeMetricFamily, Metric

from . import servers
from .environment import Address, Environment

PERIOD = 60
"""Seconds between two looks, each a connection to every server: few beside those of probes."""
TIMEOUT = 3


class Certificates:
    """Keeps the end that a server showed last while it does not answer, as does one whose certificate has ended."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._ends: dict[str, float] = {}

    def watch(self) -> NoReturn:
        """Look again and again, until the process ends."""
        while True:
            self.look()
            threading.Event().wait(PERIOD)

    def look(self) -> None:
        """Ask one server behind each Service: all behind it have the same certificate."""
        to = self._environment
        for name, ask, address in (
            ("mysql-master", _mysql, to.mysql_master),
            ("mysql-slave", _mysql, to.mysql_slave),
            ("redis-master", _redis, to.redis_master),
            ("redis-slave", _redis, to.redis_slave),
        ):
            try:
                self._ends[name] = ask(to, address)
            except (OSError, pymysql.MySQLError, redis.RedisError):
                # Other metrics tell that it is away.
                continue

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "dabaweb_certificate_end_timestamp_seconds", "When the certificate ends.", labels=["server"]
        )
        for server, end in self._ends.copy().items():
            family.add_metric([server], end)
        yield family


def _mysql(environment: Environment, address: Address) -> float:
    with servers.mysql(environment, address, TIMEOUT) as connection:
        return _end(connection._sock)


def _redis(environment: Environment, address: Address) -> float:
    with servers.redis_client(environment, address, TIMEOUT) as client:
        return _end(client.connection_pool.get_connection()._sock)


def _end(connection: ssl.SSLSocket) -> float:
    return ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
