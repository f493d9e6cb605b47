"""Connections to single database servers, past Django's databases and cache: for probes and for the status page.

Nothing takes longer than the time that is given.
"""

import pymysql
import redis

from .environment import Address, Environment


def mysql(environment: Environment, address: Address, seconds: float, **options):
    """Return a connection with the application's own account."""
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=environment.mysql_user,
        password=environment.mysql_password,
        connect_timeout=seconds,
        read_timeout=seconds,
        write_timeout=seconds,
        **options,
    )


def redis_client(environment: Environment, address: Address, seconds: float):
    """Return a client that does not try again."""
    return redis.Redis(
        host=address.host,
        port=address.port,
        password=environment.redis_password,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=None,
    )
