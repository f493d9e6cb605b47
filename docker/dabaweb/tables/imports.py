"""Entries from a spreadsheet: all of a file's rows, or none.

The file is read once: each row is checked, and kept on the disk in the form that the database stores. Only when all
rows are right, they are saved, in one transaction.
"""

import hashlib
import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import IO, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forms import entries
from forms.kinds import cell_text
from forms.models import Form

from .columns import Columns, match
from .problems import Problems
from .xlsx.cells import Row, Unreadable, letters_of
from .xlsx.errors import Refused
from .xlsx.workbook import Workbook

NAMESPACE = uuid.UUID("5b8f5d3e-6d0a-4c86-9d6e-0f6c3a2f3c11")


@dataclass
class Checked:
    """A file that has been read."""

    sheet: str
    columns: Columns
    problems: Problems = field(default_factory=Problems)
    rows: int = 0
    answers: IO[str] = field(default_factory=partial(tempfile.TemporaryFile, "w+", encoding="utf-8"))
    """Number and answers of each row, one a line, as JSON."""


def check(form: Form, file: BinaryIO, leave_out_unknown: bool) -> Checked:
    """Read a file and check each of its cells. Raises `Refused` for a file that can't be read at all."""
    book = Workbook(file)
    with closing(book.rows()) as rows:
        header = next(rows, None)
        if header is None:
            raise Refused(_("The file's first sheet, “%(sheet)s”, is empty.") % {"sheet": book.sheet})
        readable = {place: cell for place, cell in header.cells.items() if not isinstance(cell, Unreadable)}
        headings = {place: " ".join(cell_text(cell).split()) for place, cell in readable.items()}
        checked = Checked(book.sheet, match(headings, form.questions()))
        if not checked.columns.fields:
            raise Refused(
                _("None of the headings in row %(row)d is a question of this form. Take its template to begin with.")
                % {"row": header.number}
            )
        _check_header(checked, header.number, leave_out_unknown)
        check_row = _Checker(checked, leave_out_unknown)
        for row in rows:
            check_row(row)
    if not checked.rows and not checked.problems:
        raise Refused(_("The file has no rows below its headings."))
    return checked


def save(form: Form, checked: Checked, file: BinaryIO, author) -> int:
    """Save the rows of a file without problems, all or none. Return how many were not there yet.

    A row is known by the content of its file and its number: a file that is sent again adds nothing.
    """
    file.seek(0)
    source = uuid.uuid5(NAMESPACE, f"{form.pk}:{hashlib.file_digest(file, 'sha256').hexdigest()}")
    return entries.create_many(form, _saved_rows(checked, source), author)


def _saved_rows(checked: Checked, source: uuid.UUID) -> Iterator[tuple[uuid.UUID, dict]]:
    checked.answers.seek(0)
    for line in checked.answers:
        number, answers = json.loads(line)
        yield uuid.uuid5(source, str(number)), answers


def _check_header(checked: Checked, row: int, leave_out_unknown: bool) -> None:
    if not leave_out_unknown:
        for heading in checked.columns.unknown.values():
            checked.problems.add(row, heading, _("This heading is not a question of the form."))
    for question in checked.columns.missing:
        if question.required:
            reason = _("This question needs an answer, but has no column.")
            if question.kind == "file":
                reason = _("This question needs a file, and files can't be imported.")
            checked.problems.add(row, question.label, reason)


class _Checker:
    """Checks rows, one after the other."""

    def __init__(self, checked: Checked, leave_out_unknown: bool) -> None:
        self._checked = checked
        self._columns: list[tuple[int, str, str, Callable]] = [
            (place, question.key, question.label, question.parser())
            for place, question in checked.columns.fields.items()
        ]
        self._known = checked.columns.headings.keys()

    def __call__(self, row: Row) -> None:
        """Check a row; one with nothing under the questions' headings is passed over."""
        problems = self._checked.problems
        for place in row.cells.keys() - self._known:
            problems.add(row.number, letters_of(place), _("The column has no heading."))
        if not any(place in row.cells for place, *_rest in self._columns):
            return
        answers = {}
        for place, key, label, parse in self._columns:
            try:
                value = parse(_readable(row.cells.get(place)))
            except ValidationError as error:
                problems.add(row.number, label, " ".join(error.messages))
            else:
                if value is not None:
                    answers[key] = value
        self._checked.rows += 1
        if not problems:
            self._checked.answers.write(json.dumps([row.number, answers], ensure_ascii=False) + "\n")


def _readable(cell):
    """Return what stands in a cell. A formula is refused, and its last result with it: it may be old, or forged."""
    if cell is Unreadable.FORMULA:
        raise ValidationError(_("The cell has a formula. Put its value there instead: copy, then “paste values”."))
    if cell is Unreadable.ERROR:
        raise ValidationError(_("The cell shows an error."))
    if cell is Unreadable.DATE:
        raise ValidationError(_("The cell has a date that does not exist."))
    return cell
