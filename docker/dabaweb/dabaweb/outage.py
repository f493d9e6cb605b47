"""Tells a database that cannot serve at the moment from a mistake in a query."""

from django.db import InterfaceError, OperationalError

OUTAGE_CODES = frozenset(
    {
        1040,  # too many connections
        1045,  # access denied, as while a password is being changed
        1053,  # server is shutting down
        1205,  # lock wait timeout
        1213,  # deadlock
        1290,  # server is read-only
        1317,  # query interrupted, as when the server is being stopped
        1836,  # server runs in read-only mode
        2002,  # no connection (socket)
        2003,  # no connection (TCP)
        2006,  # connection gone
        2013,  # connection lost during a query
        2014,  # connection out of step after a lost answer
        3032,  # server is offline, as while it starts and while it is being stopped
        3169,  # session was killed
    }
)


def is_outage(error: BaseException) -> bool:
    """Tell whether the same request may succeed later."""
    if isinstance(error, InterfaceError):
        return True
    return isinstance(error, OperationalError) and bool(error.args) and error.args[0] in OUTAGE_CODES
