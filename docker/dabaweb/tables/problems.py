"""What is wrong with a file, by row and column: the first problems in full, the others counted."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from . import csv_writer, limits

LONGEST = 300
"""Of a heading or a reason: either may quote a cell, which holds up to 32,767 characters."""


@dataclass(frozen=True)
class Problem:
    row: int
    column: str
    reason: str


@dataclass
class Problems:
    first: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, column: str, reason: str) -> None:
        self.total += 1
        if len(self.first) < limits.PROBLEMS:
            self.first.append(Problem(row, column[:LONGEST], reason[:LONGEST]))

    def __bool__(self) -> bool:
        return self.total > 0

    @property
    def unlisted(self) -> int:
        return self.total - len(self.first)

    def csv(self) -> bytes:
        """Return the listed problems as a file."""
        rows = [(problem.row, problem.column, problem.reason) for problem in self.first]
        return b"".join(csv_writer.stream([_("Row"), _("Column"), _("Reason")], rows))
