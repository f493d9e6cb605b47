"""Asks one MySQL server who it is and how far it is, with the application's own account."""

from dataclasses import replace

import pymysql
from pymysql.constants import ER

from dabaweb import servers
from dabaweb.environment import Address, Environment

from . import gtid
from .server import LAG_WARNING, LAGGING, MASTER, NOT_FOLLOWING, SLAVE, STOPPED, Server, compared

IDENTITY = "SELECT @@GLOBAL.read_only, @@GLOBAL.gtid_executed, @@GLOBAL.hostname, @@GLOBAL.version"
UPTIME = "SHOW GLOBAL STATUS LIKE 'Uptime'"
# The account may read these three tables (docker/mysql-master/lib/accounts.sh). The lag is the age of the oldest
# transaction that is being applied; what has been received and not yet begun is younger.
REPLICATION = """
SELECT c.SERVICE_STATE, a.SERVICE_STATE,
  IF(GTID_SUBSET(c.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed), 0, (
    SELECT TIMESTAMPDIFF(MICROSECOND, MIN(w.APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP), NOW(6)) / 1000000
    FROM performance_schema.replication_applier_status_by_worker w
    WHERE w.CHANNEL_NAME = '' AND w.APPLYING_TRANSACTION <> '')),
  c.LAST_ERROR_MESSAGE
FROM performance_schema.replication_connection_status c
JOIN performance_schema.replication_applier_status a USING (CHANNEL_NAME)
WHERE c.CHANNEL_NAME = ''
"""
DENIED = (ER.TABLEACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR)


def ask(environment: Environment, address: str, timeout: float) -> Server:
    """Return what the server says; raises the driver's errors when it says nothing."""
    port = environment.mysql_master.port
    connection = servers.mysql(environment, Address(address, port, certified=False), timeout)
    with connection, connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        read_only, executed, name, version = cursor.fetchone()
        cursor.execute(UPTIME)
        uptime = int(cursor.fetchone()[1])
        role = SLAVE if read_only else MASTER
        server = Server(address, role, name=name, version=version, uptime=uptime, position="".join(executed.split()))
        return server if role == MASTER else _following(cursor, server)


def _following(cursor, server: Server) -> Server:
    try:
        cursor.execute(REPLICATION)
    except pymysql.MySQLError as error:
        if error.args[0] not in DENIED:
            raise
        return server
    row = cursor.fetchone()
    if row is None:
        return replace(server, problem=NOT_FOLLOWING)
    receiver, applier, lag, message = row
    lag = float(lag or 0)
    if applier != "ON":
        return replace(server, problem=STOPPED)
    # What it has is all that it can be measured by; how much the master has by now, nobody tells it.
    if receiver != "ON":
        return replace(server, problem=NOT_FOLLOWING, detail=message)
    return replace(server, lag=lag, problem=LAGGING if lag > LAG_WARNING else "")


def compare(found: list[Server]) -> list[Server]:
    """Add how many of the master's transactions each slave lacks."""
    return compared(found, _behind)


def _behind(master: Server, server: Server) -> int | None:
    known = server.role == SLAVE and server.position
    return gtid.missing(master.position, server.position) if known else None
