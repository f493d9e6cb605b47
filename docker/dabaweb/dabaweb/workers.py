"""What each of uWSGI's workers does when it starts."""

import logging

from django.db import Error, connections

logger = logging.getLogger(__name__)


def connect_databases() -> None:
    """Have a connection to each database before the first request asks for one.

    It spares that request the wait, and lets a worker that was idle until now serve when the server has begun to
    refuse the old password of its pod (see mysql/base.py).
    """
    for connection in connections.all():
        try:
            connection.ensure_connection()
        except Error as error:
            logger.warning("no connection to database %s yet: %s", connection.alias, type(error).__name__)
