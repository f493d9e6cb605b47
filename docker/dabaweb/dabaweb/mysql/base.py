"""A connection that goes to another database when its own does not answer."""

import logging
from contextlib import contextmanager

from django.db import connections
from django.db.backends.mysql import base

from dabaweb import metrics

logger = logging.getLogger(__name__)
Database = base.Database


class DatabaseWrapper(base.DatabaseWrapper):
    """The setting FALLBACK of a database names the one that stands in for it.

    The choice is made anew with each new connection, so CONN_MAX_AGE bounds how long a stand-in serves.
    """

    def get_new_connection(self, conn_params):
        try:
            return self._connect(conn_params)
        except Database.OperationalError as error:
            fallback = self.settings_dict.get("FALLBACK")
            if not fallback:
                raise
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
        """Ping without PyMySQL's silent reconnection, which would lose what Django has set up in the session."""
        try:
            with _patience(self.connection, self.get_connection_params().get("connect_timeout")):
                self.connection.ping(reconnect=False)
        except Database.Error:
            return False
        return True


@contextmanager
def _patience(connection, seconds):
    """Wait for answers for so many seconds only."""
    usual, connection._read_timeout = connection._read_timeout, seconds
    try:
        yield
    finally:
        connection._read_timeout = usual
