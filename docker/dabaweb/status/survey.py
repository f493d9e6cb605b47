"""Asks all database servers of the stack at once how they are.

However many people look, the servers are asked once in FRESH seconds: the answer lies in the cache, and with Redis gone
in each process.
"""

import socket
import threading
import time
from dataclasses import asdict

from dabaweb import health
from dabaweb.asking import ask
from dabaweb.cache import cached, statistics
from dabaweb.environment import Address, Environment

from . import mysql_server, redis_server
from .server import DOWN, MASTER, NO_ANSWER, OK, SLAVE, UNKNOWN, WARNING, Server

FRESH = 2
RESOLVE_SECONDS = 1.0
ANSWER_SECONDS = 1.5
KINDS = {"mysql": mysql_server, "redis": redis_server}

_lock = threading.Lock()
_latest: tuple[float, dict] = (0.0, {})
_roles: dict[str, str] = {}


def latest(environment: Environment) -> dict:
    """Return a survey that is at most some seconds old."""
    global _latest
    with _lock:
        taken, survey = _latest
        if not survey or time.monotonic() - taken > FRESH:
            # The clock is the revision: it grows, and all pods have the same.
            survey = cached("status", int(time.time() / FRESH), lambda: take(environment), counted=False)
            _latest = (time.monotonic(), survey)
    return survey


def take(environment: Environment) -> dict:
    """Ask everyone now."""
    addresses = find(environment)
    questions = {
        f"{kind} {address}": lambda kind=kind, address=address: KINDS[kind].ask(environment, address, ANSWER_SECONDS)
        for kind, found in addresses.items()
        for address in found
    }
    # The threads' own time-outs come first, so that an answer says what is wrong.
    answers = ask(questions, 2 * ANSWER_SECONDS)
    survey: dict = {"time": int(time.time())}
    for kind, module in KINDS.items():
        servers = [server(address, answers[f"{kind} {address}"]) for address in addresses[kind]]
        servers = sorted(module.compare(servers), key=lambda one: (one.role == SLAVE, one.role, one.address))
        survey[kind] = {
            "state": state(servers),
            "servers": [asdict(one) | {"state": one.state} for one in servers],
        }
    survey["state"] = overall(survey["mysql"]["state"], survey["redis"]["state"])
    survey["cache"] = statistics.read()
    return survey


def find(environment: Environment) -> dict[str, list[str]]:
    """Return the addresses of all servers, ready or not; of the two Services when nothing names the servers."""
    services = {
        "mysql": (environment.mysql_peers, environment.mysql_master, environment.mysql_slave),
        "redis": (environment.redis_peers, environment.redis_master, environment.redis_slave),
    }
    names = {kind: peers for kind, (peers, *_) in services.items() if peers}
    found = ask({kind: lambda name=name: resolve(name) for kind, name in names.items()}, RESOLVE_SECONDS)
    return {
        kind: found[kind] if isinstance(found.get(kind), list) else _hosts(master, slave)
        for kind, (_, master, slave) in services.items()
    }


def resolve(name: str) -> list[str]:
    return sorted({entry[4][0] for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})


def _hosts(*services: Address) -> list[str]:
    return [service.host for service in services]


def server(address: str, answer: Server | BaseException) -> Server:
    """Return the answer; one that does not answer has the role that it was last seen with."""
    if isinstance(answer, BaseException):
        return Server(address, _roles.get(address, UNKNOWN), problem=NO_ANSWER, detail=health.reason(answer))
    _roles[address] = answer.role
    return answer


def state(servers: list[Server]) -> str:
    """Tell how a master and its slaves are, as a whole."""
    answering = {one.role for one in servers if one.state != DOWN}
    if not answering:
        return DOWN
    whole = answering == {MASTER, SLAVE} and all(one.state == OK for one in servers)
    return OK if whole else WARNING


def overall(mysql: str, redis: str) -> str:
    """Tell how the site is: without a database it shows nothing, without its cache it is slower."""
    if mysql == DOWN:
        return DOWN
    return OK if mysql == redis == OK else WARNING
