"""Until when the servers' certificates are good, as the servers show them: a renewal that none took over is none."""

import ssl
import threading
from collections.abc import Iterator
from typing import NoReturn

from prometheus_client.core import GaugeMetricFamily, Metric

from . import servers
from .asking import ask
from .environment import Address, Environment

PERIOD = 60
"""Seconds between two looks, each a connection to every server: few beside those of probes."""
CONNECT_TIMEOUT = 2
DEADLINE = 3


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
        answers = ask(
            {
                "mysql-master": lambda: _mysql(to, to.mysql_master),
                "mysql-slave": lambda: _mysql(to, to.mysql_slave),
                "redis-master": lambda: _redis(to, to.redis_master),
                "redis-slave": lambda: _redis(to, to.redis_slave),
            },
            DEADLINE,
        )
        # That one is away is for other metrics to tell.
        self._ends |= {name: end for name, end in answers.items() if not isinstance(end, BaseException)}

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "dabaweb_certificate_end_timestamp_seconds", "When the certificate ends.", labels=["server"]
        )
        for server, end in self._ends.copy().items():
            family.add_metric([server], end)
        yield family


def _mysql(environment: Environment, address: Address) -> float:
    with servers.mysql(environment, address, CONNECT_TIMEOUT) as connection:
        return _end(connection._sock)


def _redis(environment: Environment, address: Address) -> float:
    with servers.redis_client(environment, address, CONNECT_TIMEOUT) as client:
        return _end(client.connection_pool.get_connection()._sock)


def _end(connection: ssl.SSLSocket) -> float:
    return ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
