"""Asks one Redis server who it is and how far it is."""

from dataclasses import replace

from dabaweb import servers
from dabaweb.environment import Address, Environment

from .server import LAG_WARNING, LAGGING, MASTER, NOT_FOLLOWING, SLAVE, Server, compared


def ask(environment: Environment, address: str, timeout: float) -> Server:
    """Return what the server says; raises the driver's errors when it says nothing."""
    port = environment.redis_master.port
    with servers.redis_client(environment, Address(address, port, certified=False), timeout) as client:
        return read(address, client.info("replication") | client.info("server"))


def read(address: str, info: dict) -> Server:
    """Return what the sections `replication` and `server` of INFO say."""
    role = MASTER if info["role"] == "master" else SLAVE
    offset = info["master_repl_offset" if role == MASTER else "slave_repl_offset"]
    server = Server(
        address,
        role,
        version=info["redis_version"],
        uptime=info["uptime_in_seconds"],
        position=f"{info['master_replid']}:{offset}",
    )
    if role == MASTER:
        return server
    if info["master_link_status"] != "up":
        return replace(server, problem=NOT_FOLLOWING)
    silence = info["master_last_io_seconds_ago"]
    return replace(server, problem=LAGGING if silence > LAG_WARNING else "")


def compare(found: list[Server]) -> list[Server]:
    """Add how many bytes of the master's history each slave lacks."""
    return compared(found, _behind)


def _behind(master: Server, server: Server) -> int | None:
    history, end = _position(master)
    own, offset = _position(server)
    return max(0, end - offset) if server.role == SLAVE and own == history else None


def _position(server: Server) -> tuple[str, int]:
    history, _, offset = server.position.partition(":")
    return history, int(offset or 0)
