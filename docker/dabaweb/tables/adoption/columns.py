"""Which kind of question a column of MySQL becomes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from forms.kinds import KINDS
from forms.kinds.choice import SEPARATOR

QUOTED = re.compile(r"'((?:[^']|'')*)'")
NO_DAY = "0000-00-00"
"""What old servers stored for a day that is not known."""

# By MySQL's name of the type, the kinds that may fit, the best first. The data decide: see source.py.
NUMBERS = "tinyint smallint mediumint int bigint decimal float double year bit"
WORDS = "char varchar time datetime timestamp"
TEXTS = "tinytext text mediumtext longtext json"
KINDS_OF = {
    **dict.fromkeys(NUMBERS.split(), ("number", "short")),
    **dict.fromkeys(WORDS.split(), ("short", "long")),
    **dict.fromkeys(TEXTS.split(), ("long",)),
    "date": ("date", "short"),
    "enum": ("choice", "short"),
    "set": ("choices", "short", "long"),
}


@dataclass(frozen=True)
class Column:
    name: str
    data_type: str
    """Such as `enum`."""
    column_type: str
    """Such as `enum('red','green')`."""
    in_key: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of question that may take the column's values; none for binary data."""
        return KINDS_OF.get(self.data_type, ())

    @property
    def options(self) -> list[str]:
        """What an ENUM or SET allows."""
        if self.data_type not in ("enum", "set"):
            return []
        return [option.replace("''", "'") for option in QUOTED.findall(self.column_type)]

    def parser(self, kind: str) -> Callable[[Any], Any]:
        """Return what makes an answer of a value, or raises a ValidationError."""
        parse = KINDS[kind].parser(self.options)
        return lambda value: parse(self.readable(value))

    def readable(self, value: Any) -> Any:
        """Return a value of the database as a cell of a spreadsheet would have it."""
        match value:
            case datetime():
                return value.isoformat(" ")
            case timedelta():
                # TIME goes beyond a day, and below zero.
                minutes, seconds = divmod(abs(value) // timedelta(seconds=1), 60)
                return f"{'-' if value < timedelta() else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
            case bytes() if self.data_type == "bit":
                return int.from_bytes(value)
            case str() if self.data_type == "set":
                return value.replace(",", SEPARATOR)
            case str() if value.startswith(NO_DAY):
                return None
        return value
