"""Brings the master's tables up to date, once, however often and however early it is called."""

import logging
import time

from django.core.management import call_command, get_commands
from django.db import OperationalError, connection

WAIT_FOR_MASTER = 120
WAIT_FOR_OTHERS = 120
LOCK = "dabaweb-migrate"
# Run after the migrations. A project that has no such command has nothing to keep in order.
HOUSEKEEPING = "housekeeping"

logger = logging.getLogger(__name__)


class Impossible(Exception):
    """The migrations were not run; the text says why."""


def migrate() -> None:
    # A change of a large table takes as long as it takes; pages must not wait so long, migrations may.
    connection.settings_dict["OPTIONS"] |= {"read_timeout": None, "write_timeout": None}
    wait_for_master()
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", [LOCK, WAIT_FOR_OTHERS])
        if cursor.fetchone()[0] != 1:
            raise Impossible(f"another migration has been running for {WAIT_FOR_OTHERS} seconds, run this one again")
        try:
            call_command("migrate", interactive=False, verbosity=1)
            if HOUSEKEEPING in get_commands():
                call_command(HOUSEKEEPING)
        finally:
            cursor.execute("SELECT RELEASE_LOCK(%s)", [LOCK])


def wait_for_master() -> None:
    deadline = time.monotonic() + WAIT_FOR_MASTER
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError as error:
            if time.monotonic() > deadline:
                text = f"mysql-master has not answered for {WAIT_FOR_MASTER} seconds (error {error.args[0]})"
                raise Impossible(text) from error
            logger.info("waiting for mysql-master (error %s)", error.args[0])
            time.sleep(2)
