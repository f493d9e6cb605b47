"""Connections to single database servers, past Django's databases and cache: for probes and for the status page.

Nothing takes longer than the time that is given.
"""

import pymysql
import redis

from . import redis_tls
from .environment import Address, Environment


def mysql(environment: Environment, address: Address, seconds: float, **options):
    """Return a connection with the application's own account."""
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=environment.mysql_user,
        password=environment.mysql_password,
        ssl_ca=environment.mysql_ca,
        ssl_verify_cert=True,
        ssl_verify_identity=address.certified,
        connect_timeout=seconds,
        read_timeout=seconds,
        write_timeout=seconds,
        **options,
    )


def redis_client(environment: Environment, address: Address, seconds: float):
    """Return a client that does not try again."""
    pool = redis.ConnectionPool(
        connection_class=redis_tls.Connection,
        host=address.host,
        port=address.port,
        password=environment.redis_password,
        ssl_ca_certs=environment.redis_ca,
        ssl_check_hostname=address.certified,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=None,
    )
    return redis.Redis.from_pool(pool)
