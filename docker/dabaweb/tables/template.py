"""An empty workbook to fill in and import: a column for each question, checked by the spreadsheet program as well."""

import datetime
import io

import xlsxwriter
from django.utils.translation import gettext as _

from forms.kinds.choice import SEPARATOR
from forms.models import Field, Form

from . import limits
from .xlsx.skeleton import COLUMN_WIDTH, DATE_FORMAT, sheet_name

MESSAGE = 255
MESSAGE_TITLE = 32
"""Excel's limits for what it shows beside a cell."""


def make(form: Form) -> bytes:
    """Return the workbook: a sheet to fill in, one that explains, and a hidden one with the choices."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False}) as book:
        _Template(book, form)
    return file.getvalue()


class _Template:
    def __init__(self, book: xlsxwriter.Workbook, form: Form) -> None:
        self._entries = book.add_worksheet(sheet_name(_("Entries"), 1))
        self._notes = book.add_worksheet(sheet_name(_("How to fill this in"), 1))
        self._choices = book.add_worksheet(sheet_name(_("Choices"), 1))
        self._choices.hide()
        self._bold = book.add_format({"bold": True, "quote_prefix": True})
        self._text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self._date = book.add_format({"num_format": DATE_FORMAT})
        # Typed text stays as it is typed: nothing becomes a number or a date.
        self._as_typed = book.add_format({"num_format": "@"})
        questions = [field for field in form.questions() if field.kind != "file"]
        self._explain(form)
        for column, question in enumerate(questions):
            self._add(column, question)
        self._entries.freeze_panes(1, 0)

    def _explain(self, form: Form) -> None:
        lines = [
            form.title,
            _("Write one entry in each row of the first sheet, below the headings, which stay as they are."),
            _("Formulas are not taken. Files can't be imported."),
            _("Up to %(rows)d rows are imported at once: all of them, or none if something is wrong in one.")
            % {"rows": limits.ROWS},
        ]
        for row, line in enumerate(lines):
            self._notes.write_string(row, 0, line, self._bold if row == 0 else None)
        headings = [_("Question"), _("Answer"), _("Required"), _("What to write")]
        self._first = len(lines) + 1
        for column, heading in enumerate(headings):
            self._notes.write_string(self._first, column, heading, self._bold)
        self._notes.set_column(0, 0, 40)
        self._notes.set_column(1, 2, 18)
        self._notes.set_column(3, 3, 70)

    def _add(self, column: int, question: Field) -> None:
        kind = question.kind
        style = {"date": self._date, "number": None}.get(kind, self._as_typed)
        self._entries.set_column(column, column, COLUMN_WIDTH, style)
        self._entries.write_string(0, column, question.label, self._bold)
        how = _how(question)
        required = _("yes") if question.required else _("no")
        for place, text in enumerate([question.label, str(question.what.label), required, how]):
            self._notes.write_string(self._first + 1 + column, place, text, self._text)
        rule = {"validate": "any"}
        if kind == "choice" and question.options:
            for row, option in enumerate(question.options):
                self._choices.write_string(row, column, option, self._text)
            place = xlsxwriter.utility.xl_range_abs(0, column, len(question.options) - 1, column)
            rule = {"validate": "list", "source": f"='{self._choices.get_name()}'!{place}"}
        elif kind == "date":
            least, most = datetime.date(1900, 3, 1), datetime.date(9999, 12, 31)
            rule = {"validate": "date", "criteria": "between", "minimum": least, "maximum": most}
        elif kind == "number":
            rule = {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
        rule |= {
            "input_title": question.label[:MESSAGE_TITLE],
            "input_message": (how if question.required else how + " " + _("May stay empty."))[:MESSAGE],
            "error_message": how[:MESSAGE],
        }
        self._entries.data_validation(1, column, limits.ROWS, column, rule)


def _how(question: Field) -> str:
    """Return what to write into the cells of a question."""
    match question.kind:
        case "date":
            how = _("A date, such as 2024-02-29.")
        case "number":
            how = _("A number.")
        case "choice":
            how = _("One of: %(choices)s.") % {"choices": SEPARATOR.join(question.options or [])}
        case "choices":
            how = _("Some of these, with semicolons between them: %(choices)s.") % {
                "choices": SEPARATOR.join(question.options or [])
            }
        case "email":
            how = _("An e-mail address.")
        case _:
            how = _("Text.")
    return f"{how} {question.help_text}".strip()
