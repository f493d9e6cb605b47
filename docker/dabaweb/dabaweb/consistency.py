"""Which database a request reads from: a slave, unless that could hide the visitor's own writes.

After a write the visitor's browser keeps, in a signed cookie, the GTIDs that the master had executed by then. A later
request reads from a slave only if that slave has executed them too, and from the master until then. The cookie can
end after MAX_AGE because a slave that lags leaves the mysql-slave Service long before.

Who somebody is and what they may do (the apps of READ_FROM_MASTER) is never read from a slave that may lag, unless the
master is gone: then people stay signed in.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connections

from .breaker import Breaker

MASTER = "default"
SLAVE = "slave"
MAX_AGE = 600

logger = logging.getLogger(__name__)

# A master whose node is gone keeps everyone waiting who wants to connect.
master_breaker = Breaker("mysql-master", first=5, longest=15)


@dataclass
class Reads:
    """The reads of one request."""

    must_include: str = ""
    """The GTIDs of the visitor's own writes."""
    writing: bool = False
    """The request may write: what it reads on the way must not be old."""
    wrote: bool = False
    database: str | None = None
    _newest: str | None = None

    def choose(self) -> str:
        """Return the database to read from, the same for the whole request."""
        if self.database is None:
            slave_will_do = not self.writing and (not self.must_include or slave_has(self.must_include))
            self.database = SLAVE if slave_will_do else self.choose_newest()
        return self.database

    def choose_newest(self) -> str:
        """Return the database to read from what must not be old."""
        if self._newest is None:
            # Those who could miss own writes are worth the wait for a master that has just come back.
            asked = bool(self.must_include or self.writing or not master_breaker.open)
            # With the master gone, old data are better than none.
            self._newest = MASTER if asked and master_answers() else SLAVE
        return self._newest

    def write(self) -> None:
        self.wrote = True
        self.database = self._newest = MASTER

    def choose_again(self) -> None:
        """Forget the choice: a server that this request read from is gone."""
        self.database = self._newest = None


_current: ContextVar[Reads | None] = ContextVar("reads", default=None)


@contextmanager
def request(reads: Reads):
    """Make `reads` decide for what runs inside."""
    token = _current.set(reads)
    try:
        yield reads
    finally:
        _current.reset(token)


def current() -> Reads | None:
    """Return the reads of the request that is being answered, None outside of requests."""
    return _current.get()


def start_anew() -> None:
    """Leave the servers that this request has talked to: one of them is gone."""
    for connection in connections.all(initialized_only=True):
        connection.close()
    if reads := current():
        reads.choose_again()


def must_be_fresh() -> bool:
    """Tell whether the visitor could miss own writes in something old."""
    reads = current()
    return reads is not None and bool(reads.must_include or reads.writing or reads.wrote)


def slave_has(gtids: str) -> bool:
    """Tell whether the slave that this process talks to has executed all of `gtids`."""
    try:
        with connections[SLAVE].cursor() as cursor:
            cursor.execute("SELECT GTID_SUBSET(%s, @@GLOBAL.gtid_executed)", [gtids])
            return cursor.fetchone()[0] == 1
    except (DatabaseError, InterfaceError):
        logger.warning("cannot compare the GTIDs of the slave", exc_info=True)
        return False


def master_answers() -> bool:
    """Tell whether there is a connection to the master; opening a cursor checks a kept one."""
    try:
        with connections[MASTER].cursor():
            master_breaker.close()
            return True
    except (DatabaseError, InterfaceError):
        master_breaker.trip()
        logger.warning("the master does not answer, reading from a slave")
        return False


def written_gtids() -> str:
    """Return the GTIDs of the master's own transactions so far, which include what the request has committed."""
    try:
        with connections[MASTER].cursor() as cursor:
            cursor.execute("SELECT @@GLOBAL.gtid_executed, @@GLOBAL.server_uuid")
            executed, server = cursor.fetchone()
    except (DatabaseError, InterfaceError):
        logger.warning("cannot read the GTIDs of the master", exc_info=True)
        return ""
    # A set has one item for each server that ever was master; the others' are in the slaves' copies already.
    return ",".join(item for item in executed.replace("\n", "").split(",") if item.startswith(server))
