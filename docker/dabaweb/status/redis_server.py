"""Asks one Redis server who it is and how far it is."""

from dataclasses import replace

import redis

from dabaweb.environment import Environment

from .server import LAG_WARNING, LAGGING, MASTER, NOT_FOLLOWING, SLAVE, Server


def ask(environment: Environment, address: str, timeout: float) -> Server:
    """Return what the server says; raises the driver's errors when it says nothing."""
    client = redis.Redis(
        host=address,
        port=environment.redis_master.port,
        password=environment.redis_password,
        socket_connect_timeout=timeout,
        socket_timeout=timeout,
        retry=None,
    )
    with client:
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


def compare(servers: list[Server]) -> list[Server]:
    """Add how many bytes of the master's history each slave lacks."""
    masters = [server for server in servers if server.role == MASTER]
    if len(masters) != 1:
        return servers
    history, end = _position(masters[0])

    def behind(server: Server) -> int | None:
        own, offset = _position(server)
        return max(0, end - offset) if server.role == SLAVE and own == history else None

    return [replace(server, behind=behind(server)) for server in servers]


def _position(server: Server) -> tuple[str, int]:
    history, _, offset = server.position.partition(":")
    return history, int(offset or 0)
