"""The table that is adopted. It is only ever read."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connections

from dabaweb.consistency import MASTER

from .columns import Column

NAMESPACE = uuid.UUID("0d0b6b0a-60a4-4a63-9f0f-6e3f2f0d7a51")
COLUMNS = """
SELECT column_name, data_type, column_type, column_key = 'PRI' FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position
"""
TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""


class NotAdoptable(Exception):
    """The text says which table, why, and what to do."""


class Source:
    """A table of the application's own database that does not belong to the application."""

    def __init__(self, table: str) -> None:
        own = {*connections[MASTER].introspection.django_table_names(), "django_migrations"}
        with connections[MASTER].cursor() as cursor:
            cursor.execute(TABLES)
            tables = [name for (name,) in cursor.fetchall()]
            cursor.execute(COLUMNS, [table])
            columns = [Column(name, kind, whole, bool(key)) for name, kind, whole, key in cursor.fetchall()]
        labels = tuple(f"{config.label}_" for config in apps.get_app_configs())
        if table in own or table.startswith(labels):
            raise NotAdoptable(f"The table {table} belongs to the application.")
        if table not in tables:
            others = [name for name in tables if name not in own]
            raise NotAdoptable(f"There is no table {table}. There are: {', '.join(others) or 'none'}.")
        self.table = table
        self.columns = [column for column in columns if column.kinds]
        self.left_out = [column for column in columns if not column.kinds]
        if not self.columns:
            raise NotAdoptable(f"The table {table} has binary data only.")

    def rows(self) -> Iterator[tuple[uuid.UUID, list]]:
        """Yield each row with a name that it has each time: of its primary key, or else of all that is in it."""
        namespace = uuid.uuid5(NAMESPACE, self.table)
        named_by = [place for place, column in enumerate(self.columns) if column.in_key]
        seen: Counter[bytes] = Counter()
        for row in self._read():
            name = repr([row[place] for place in named_by] or row)
            if not named_by:
                digest = hashlib.sha256(name.encode()).digest()[:16]
                seen[digest] += 1
                name = f"{name} {seen[digest]}"
            yield uuid.uuid5(namespace, name), row

    def fitting_kinds(self) -> list[str]:
        """Return for each column the best kind of question that takes all of its values.

        Raises `NotAdoptable` if none does.
        """
        left = [list(column.kinds) for column in self.columns]
        parsers = [column.parser(kinds[0]) for column, kinds in zip(self.columns, left, strict=True)]
        for number, (_name, row) in enumerate(self.rows(), start=1):
            for place, value in enumerate(row):
                while problem := _problem(parsers[place], value):
                    del left[place][0]
                    column = self.columns[place]
                    if not left[place]:
                        raise NotAdoptable(f"Row {number} of {self.table}, column {column.name}: {problem}")
                    parsers[place] = column.parser(left[place][0])
        return [kinds[0] for kinds in left]

    def _read(self) -> Iterator[list]:
        """Read without keeping, on a connection of its own, as the other one writes meanwhile."""
        from pymysql.cursors import SSCursor

        reader = connections.create_connection(MASTER)
        quote = reader.ops.quote_name
        names = ", ".join(quote(column.name) for column in self.columns)
        keys = ", ".join(quote(column.name) for column in self.columns if column.in_key)
        order = f" ORDER BY {keys}" if keys else ""
        reader.ensure_connection()
        with closing(reader), closing(reader.connection.cursor(SSCursor)) as cursor:
            cursor.execute(f"SELECT {names} FROM {quote(self.table)}{order}")  # noqa: S608, names of the schema, quoted
            while rows := cursor.fetchmany(1000):
                yield from map(list, rows)


def _problem(parse, value) -> str:
    try:
        parse(value)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
