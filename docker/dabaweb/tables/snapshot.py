"""One moment's state of a database, read in pieces for as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from dabaweb import consistency


@contextmanager
def of(alias: str) -> Iterator[None]:
    """Read from `alias`, all as it was at the first read, whatever is written meanwhile.

    Also after a view has returned, while its response is streamed.
    """
    connection = connections[alias]
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    with consistency.request(consistency.Reads(database=alias)), transaction.atomic(using=alias):
        yield
