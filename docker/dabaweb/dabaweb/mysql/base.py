"""A connection that goes to another database when its own does not answer."""

import logging

from django.db import connections
from django.db.backends.mysql import base

logger = logging.getLogger(__name__)
Database = base.Database


class DatabaseWrapper(base.DatabaseWrapper):
    """The setting FALLBACK of a database names the one that stands in for it.

    The choice is made anew with each new connection, so CONN_MAX_AGE bounds how long a stand-in serves.
    """

    def get_new_connection(self, conn_params):
        try:
            return super().get_new_connection(conn_params)
        except Database.OperationalError as error:
            fallback = self.settings_dict.get("FALLBACK")
            if not fallback:
                raise
            logger.warning("database %s does not answer (error %s), trying %s", self.alias, error.args[0], fallback)
            try:
                return super().get_new_connection(connections[fallback].get_connection_params())
            except Database.OperationalError:
                raise error from None

    def is_usable(self):
        """Ping without PyMySQL's silent reconnection, which would lose what Django has set up in the session."""
        try:
            self.connection.ping(reconnect=False)
        except Database.Error:
            return False
        return True
