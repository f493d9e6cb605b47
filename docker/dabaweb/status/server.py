"""What is known about one database server."""

from collections.abc import Callable
from dataclasses import dataclass, replace

MASTER, SLAVE, UNKNOWN = "master", "slave", "unknown"
OK, WARNING, DOWN = "ok", "warning", "down"

NO_ANSWER = "no-answer"
NOT_FOLLOWING = "not-following"
STOPPED = "stopped"
LAGGING = "lagging"

LAG_WARNING = 10
"""Seconds behind the master that are worth a warning."""


@dataclass(frozen=True)
class Server:
    address: str
    role: str = UNKNOWN
    problem: str = ""
    """One of the codes above, "" for none."""
    detail: str = ""
    """What the server or its driver says of the problem; for staff."""
    name: str = ""
    version: str = ""
    uptime: int | None = None
    """Seconds."""
    position: str = ""
    """What it has executed (GTIDs), or the history and the offset that it is at."""
    lag: float | None = None
    """Seconds behind the master."""
    behind: int | None = None
    """Transactions, or bytes, behind the master."""

    @property
    def state(self) -> str:
        return DOWN if self.problem == NO_ANSWER else WARNING if self.problem else OK


def compared(servers: list[Server], behind: Callable[[Server, Server], int | None]) -> list[Server]:
    """Add how far each is behind the master, if there is one."""
    masters = [server for server in servers if server.role == MASTER]
    if len(masters) != 1:
        return servers
    return [replace(server, behind=behind(masters[0], server)) for server in servers]
