"""A connection that goes to another database when its own does not answer, and outlives its password."""

import logging
import time
from contextlib import contextmanager, suppress

from django.db import connections
from django.db.backends.mysql import base
from pymysql.constants import ER

from dabaweb import metrics

logger = logging.getLogger(__name__)
Database = base.Database


class DatabaseWrapper(base.DatabaseWrapper):
    """The setting FALLBACK of a database names the one that stands in for it.

    The choice is made anew with each new connection, so CONN_MAX_AGE bounds how long a stand-in serves.

    An aged connection is closed when a new one is there. After a change of passwords the old pods are the last to go:
    the server refuses their password already, and they give their last answers on the connections that they have.
    """

    _former = None
    """An aged connection, until there is a new one."""

    def close_if_unusable_or_obsolete(self):
        if self._has_aged() and not self.errors_occurred and self.get_autocommit() == self.settings_dict["AUTOCOMMIT"]:
            self._former, self.connection = self.connection, None
        else:
            super().close_if_unusable_or_obsolete()

    def close(self):
        super().close()
        self._close_former()

    def get_new_connection(self, conn_params):
        try:
            connection = self._connect(conn_params)
        except Database.OperationalError as error:
            if error.args[0] == ER.ACCESS_DENIED_ERROR and self._former and self._answers(self._former):
                logger.warning(
                    "database %s refuses the password, going on with the connection that there is", self.alias
                )
                connection, self._former = self._former, None
                return connection
            connection = self._stand_in(error)
        self._close_former()
        return connection

    def _stand_in(self, error):
        fallback = self.settings_dict.get("FALLBACK")
        if not fallback:
            raise error
        logger.warning("database %s does not answer (error %s), trying %s", self.alias, error.args[0], fallback)
        metrics.fallbacks.labels(self.alias).inc()
        try:
            return self._connect(connections[fallback].get_connection_params())
        except Database.OperationalError:
            raise error from None

    def _connect(self, params):
        """Wait for the greeting no longer than for the connection: the kernel connects also to a server that hangs."""
        patience = params.get("read_timeout")
        connection = super().get_new_connection(params | {"read_timeout": params.get("connect_timeout", patience)})
        connection._read_timeout = patience
        return connection

    def is_usable(self):
        return self._answers(self.connection)

    def _answers(self, connection):
        """Ping without PyMySQL's silent reconnection, which would lose what Django has set up in the session."""
        try:
            with _patience(connection, self.get_connection_params().get("connect_timeout")):
                connection.ping(reconnect=False)
        except Database.Error:
            return False
        return True

    def _has_aged(self):
        return self.connection is not None and self.close_at is not None and time.monotonic() >= self.close_at

    def _close_former(self):
        former, self._former = self._former, None
        if former is not None:
            with suppress(Database.Error):
                former.close()


@contextmanager
def _patience(connection, seconds):
    """Wait for answers for so many seconds only."""
    usual, connection._read_timeout = connection._read_timeout, seconds
    try:
        yield
    finally:
        connection._read_timeout = usual
