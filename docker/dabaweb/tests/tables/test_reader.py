"""Workbooks as programs write them: every kind of cell, and the same values as other readers find."""

import datetime
import io
import random

import openpyxl
import pytest
import python_calamine
import xlsxwriter

from tables.xlsx.cells import Unreadable, column_of, date_of, is_date_format, letters_of, serial_of
from tables.xlsx.workbook import Workbook

from .files import MAIN, STRICT, packed, parts, with_rows, workbook


def read(file):
    return list(Workbook(file).rows())


def cells(file):
    """Return the cells of the first row."""
    return read(file)[0].cells


def test_values():
    values = ["text", " spaced ", "é 午餐 😀", "a\nb", "<&>", "=1+1", 5, -1.5, 1e300, True, False]
    assert cells(workbook(values)) == dict(enumerate(values))


def test_empty_cells_and_rows():
    rows = read(workbook([None, "a", "", None, "b"], [], ["", None], ["c"]))
    assert [(row.number, row.cells) for row in rows] == [(1, {1: "a", 4: "b"}), (4, {0: "c"})]


def test_cells_without_places():
    rows = read(with_rows("<row><c><v>1</v></c><c/><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"))
    assert [(row.number, row.cells) for row in rows] == [(1, {0: 1, 2: 2}), (3, {0: 3})]


def test_numbers():
    numbers = ["1", "1.0", "-0.5", "1E3", "123456789012345", "1234567890123456789"]
    row = "".join(f"<c><v>{number}</v></c>" for number in numbers)
    assert list(cells(with_rows(f"<row>{row}</row>")).values()) == [
        1,
        1,
        -0.5,
        1000,
        123456789012345,
        1.2345678901234568e18,
    ]
    assert cells(with_rows("<row><c><v>NaN</v></c><c><v>INF</v></c></row>")) == {
        0: Unreadable.ERROR,
        1: Unreadable.ERROR,
    }


def test_rich_text_and_phonetic_hints():
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><rPr><b/></rPr><t>bold</t></r><r><t xml:space="preserve"> plain</t></r></si>'
        '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si></sst>'
    )
    row = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    assert cells(with_rows(row, strings=strings)) == {0: "bold plain", 1: "東京"}


def test_inline_rich_text():
    row = '<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c></row>'
    assert cells(with_rows(row)) == {0: "ab"}


def test_escapes():
    row = '<row><c t="inlineStr"><is><t>a_x000D_b_x005F_x000D__xD800_</t></is></c></row>'
    assert cells(with_rows(row)) == {0: "a\rb_x000D__xD800_"}


def test_error_boolean_and_iso_date():
    days = '<c t="d"><v>2024-02-29</v></c><c t="d"><v>2024-02-29T10:30:00</v></c>'
    row = f'<row><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c>{days}</row>'
    assert list(cells(with_rows(row)).values()) == [
        Unreadable.ERROR,
        True,
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 10, 30),
    ]


def test_strict_edition():
    row = '<row><c t="inlineStr"><is><t>a</t></is></c></row>'
    assert cells(with_rows(row, namespace=STRICT)) == {0: "a"}


def test_foreign_elements_are_passed_over():
    row = '<row xmlns:x="urn:x"><x:c><x:v>1</x:v></x:c><c><x:v>2</x:v><v>3</v></c></row>'
    assert cells(with_rows(row)) == {0: 3}


def test_first_sheet_that_is_shown():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name in ("Hidden", "Shown", "Other"):
            book.add_worksheet(name).write(0, 0, name)
        book.get_worksheet_by_name("Shown").activate()
        book.get_worksheet_by_name("Hidden").hide()
    found = Workbook(file)
    assert found.sheet == "Shown"
    assert [row.cells for row in found.rows()] == [{0: "Shown"}]


def test_without_shared_strings_and_styles():
    fewer = parts("<row><c><v>1</v></c></row>")
    for name in ("xl/sharedStrings.xml", "xl/styles.xml"):
        del fewer[name]
    relations = "xl/_rels/workbook.xml.rels"
    fewer[relations] = fewer[relations].replace("/sharedStrings", "/x").replace("/styles", "/y")
    assert cells(packed(fewer)) == {0: 1}


class TestDates:
    @pytest.mark.parametrize(
        ("serial", "date"),
        [
            (1, datetime.date(1900, 1, 1)),
            (59, datetime.date(1900, 2, 28)),
            (60, Unreadable.DATE),
            (60.5, Unreadable.DATE),
            (61, datetime.date(1900, 3, 1)),
            (45351, datetime.date(2024, 2, 29)),
            (45351.75, datetime.datetime(2024, 2, 29, 18)),
            (45351.99999, datetime.datetime(2024, 2, 29, 23, 59, 59)),
            (2958465, datetime.date(9999, 12, 31)),
            (2958466, Unreadable.DATE),
            (-1, Unreadable.DATE),
            (float("nan"), Unreadable.DATE),
            (float("inf"), Unreadable.DATE),
            (0.5, datetime.time(12)),
            (0.999999999, Unreadable.DATE),
        ],
    )
    def test_since_1900(self, serial, date):
        assert date_of(serial, since_1904=False) == date

    @pytest.mark.parametrize(
        ("serial", "date"),
        [
            (1, datetime.date(1904, 1, 2)),
            (60, datetime.date(1904, 3, 1)),
            (43889, datetime.date(2024, 2, 29)),
            (2957003, datetime.date(9999, 12, 31)),
            (2957004, Unreadable.DATE),
        ],
    )
    def test_since_1904(self, serial, date):
        assert date_of(serial, since_1904=True) == date

    def test_workbook_since_1904(self):
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"date_1904": True}) as book:
            style = book.add_format({"num_format": "yyyy-mm-dd"})
            book.add_worksheet().write_datetime(0, 0, datetime.date(2024, 2, 29), style)
        assert cells(file) == {0: datetime.date(2024, 2, 29)}

    @pytest.mark.parametrize(
        ("code", "is_date"),
        [
            ("yyyy-mm-dd", True),
            ("[$-409]d\\-mmm\\-yy;@", True),
            ('yyyy"年"m"月"d"日"', True),
            ("h:mm AM/PM", True),
            ("General", False),
            ("0.00", False),
            ("#,##0.00_);[Red](#,##0.00)", False),
            ('0 "days; months"', False),
            ("0.00E+00", False),
            ("[h]:mm:ss", False),
            ("@", False),
        ],
    )
    def test_formats(self, code, is_date):
        assert is_date_format(code) == is_date

    @pytest.mark.parametrize(
        "day", [datetime.date(1900, 3, 1), datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)]
    )
    def test_there_and_back(self, day):
        assert date_of(serial_of(day), since_1904=False) == day

    def test_before_march_1900_there_is_no_number(self):
        assert serial_of(datetime.date(1900, 2, 28)) is None


@pytest.mark.parametrize(("letters", "column"), [("A", 0), ("Z", 25), ("AA", 26), ("ZZ", 701), ("XFD", 16383)])
def test_columns(letters, column):
    assert column_of(f"{letters}12") == column
    assert letters_of(column) == letters


@pytest.mark.parametrize("seed", range(5))
def test_finds_what_other_readers_find(seed):
    chance = random.Random(seed)  # noqa: S311
    rows = [[_value(chance) for _column in range(12)] for _row in range(40)]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "constant_memory": seed % 2 == 1}) as book:
        sheet = book.add_worksheet()
        styles = {
            datetime.date: book.add_format({"num_format": "d.m.yyyy"}),
            datetime.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if type(value) in styles:
                    sheet.write_datetime(number, column, value, styles[type(value)])
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif value is not None:
                    sheet.write(number, column, value)
    ours = {(row.number - 1, column): value for row in read(file) for column, value in row.cells.items()}
    assert ours == {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None}

    file.seek(0)
    others = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    assert ours == {(r, c): value for r, row in enumerate(others) for c, value in enumerate(row) if value != ""}

    file.seek(0)
    sheet = openpyxl.load_workbook(file).active
    found = {
        (cell.row - 1, cell.column - 1): cell.value
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert {key: _moment(value) for key, value in ours.items()} == {key: _moment(value) for key, value in found.items()}


def _value(chance):
    moment = datetime.datetime(1900, 3, 1) + datetime.timedelta(days=chance.randrange(100_000))
    return chance.choice(
        [
            None,
            chance.randrange(-1000, 10**12),
            round(chance.uniform(-1e6, 1e6), 6),
            chance.random() < 0.5,
            "".join(chance.choices("abc é午😀<>&\"' _x0041_\n", k=chance.randrange(1, 30))) + ".",
            moment.date(),
            moment + datetime.timedelta(hours=1, minutes=chance.randrange(600)),
        ]
    )


def _moment(value):
    """openpyxl makes moments of days."""
    is_day = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    return datetime.datetime.combine(value, datetime.time()) if is_day else value
