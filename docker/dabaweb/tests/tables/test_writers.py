"""What is written, as the usual readers find it; and that nothing in it becomes a formula."""

import csv
import datetime
import io
import tracemalloc
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import python_calamine

from tables import csv_writer
from tables.xlsx import writer
from tables.xlsx.workbook import Workbook

FORMULAS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=cmd|" /C calc"!A0'),
    # The wide signs of East Asian keyboards.
    *("\uff1d1", "\uff0b1", "\uff0d1", "\uff201"),
]
HEADER = ["A", "B", "C"]


def written(rows, title="Lunch", header=HEADER):
    return io.BytesIO(b"".join(writer.stream(title, header, rows)))


def sheets(file):
    return openpyxl.load_workbook(file).worksheets


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


class TestXlsx:
    def test_values(self):
        moment = datetime.datetime(2024, 2, 29, 13, 5, 7)
        rows = [["text", 5, -1.5], [None, "", moment.date()], [Decimal("1.50"), 0, moment]]
        (sheet,) = sheets(written(rows))
        assert values(sheet) == [
            HEADER,
            ["text", 5, -1.5],
            [None, None, datetime.datetime(2024, 2, 29)],
            [1.5, 0, moment],
        ]
        assert sheet["C3"].number_format == "yyyy-mm-dd"
        assert sheet["C4"].number_format == "yyyy-mm-dd hh:mm:ss"

    def test_header_stays_and_filters(self):
        (sheet,) = sheets(written([["a", "b", "c"]]))
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:C2"
        assert sheet["A1"].font.bold

    @pytest.mark.parametrize("text", FORMULAS)
    def test_formulas_are_text(self, text):
        file = written([[text, None, None]], header=[text, "B", "C"])
        with zipfile.ZipFile(file) as archive:
            assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        (sheet,) = sheets(file)
        for cell in (sheet["A1"], sheet["A2"]):
            assert (cell.data_type, cell.quotePrefix) == ("s", True)
        assert sheet["A2"].value == text.replace("\r", "\n")

    def test_there_and_back(self):
        text = "é 午餐 😀 <&>\"' \x01\x1f _x0041_ ]]> \ufffe  end "
        (_header, row) = Workbook(written([[text, "a\nb", "\ud800"]])).rows()
        assert row.cells == {0: text, 1: "a\nb", 2: "_xD800_"}

    def test_other_readers(self):
        file = written([["é 午餐 😀", 5, datetime.date(2024, 2, 29)]])
        found = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
        assert found == [HEADER, ["é 午餐 😀", 5, datetime.date(2024, 2, 29)]]
        file.seek(0)
        sheet = openpyxl.load_workbook(file, read_only=True).active
        assert len(list(sheet.iter_rows())) == 2

    @pytest.mark.parametrize("number", [10**15, -(10**18), Decimal("0.1234567890123456"), float("inf"), float("nan")])
    def test_numbers_that_would_change(self, number):
        (sheet,) = sheets(written([[number, None, None]]))
        assert sheet["A2"].value == str(number)

    @pytest.mark.parametrize("number", [123456789012345, 0, -1, 0.1, 1e300, Decimal("0.000001"), Decimal("1E+3")])
    def test_numbers_that_stay(self, number):
        (sheet,) = sheets(written([[number, None, None]]))
        assert (sheet["A2"].data_type, sheet["A2"].value) == ("n", float(number))

    def test_days_before_excels_first(self):
        (sheet,) = sheets(written([[datetime.date(1899, 5, 1), datetime.date(1, 1, 1), None]]))
        assert values(sheet)[1][:2] == ["1899-05-01", "0001-01-01"]

    def test_too_long_for_a_cell(self):
        (sheet,) = sheets(written([["x" * 40_000, None, None]]))
        assert sheet["A2"].value == "x" * 32_766 + "…"

    @pytest.mark.parametrize("title", ["", "'", "Team's [x]: a/b\\c*?", "long " * 20, "'quoted'", "History"])
    def test_titles(self, title):
        (sheet,) = sheets(written([], title=title))
        assert 0 < len(sheet.title) <= 31
        assert sheet.title != "History"

    @pytest.mark.parametrize(("count", "sheets_"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (5, [2, 2, 1])])
    def test_more_than_a_sheet_holds(self, monkeypatch, count, sheets_):
        monkeypatch.setattr(writer, "ROWS_PER_SHEET", 2)
        found = sheets(written(([number, None, None] for number in range(count)), title="x" * 40))
        assert [sheet.max_row - 1 for sheet in found] == sheets_
        assert [row[0] for sheet in found for row in values(sheet)[1:]] == list(range(count))
        assert [values(sheet)[0] for sheet in found] == [HEADER] * len(sheets_)
        assert len({sheet.title for sheet in found}) == len(sheets_)

    def test_more_bytes_than_a_sheet_holds(self, monkeypatch):
        monkeypatch.setattr(writer, "BYTES_PER_SHEET", 100_000)
        assert len(sheets(written(["x" * 30_000, None, None] for _ in range(10)))) > 1

    def test_begins_before_the_first_row(self):
        def rows():
            raise AssertionError("asked for a row")
            yield

        assert next(writer.stream("Lunch", HEADER, rows())).startswith(b"PK\x03\x04")

    def test_leaves_while_rows_come(self):
        asked = []

        def rows():
            for number in range(20_000):
                asked.append(number)
                yield [f"row {number}", number, None]

        pieces = writer.stream("Lunch", HEADER, rows())
        while next(pieces) is not None and not asked:
            pass
        assert len(asked) < 2000
        pieces.close()

    def test_memory_does_not_grow(self):
        def peak(count):
            tracemalloc.start()
            for _piece in writer.stream("Lunch", HEADER, (["x" * 50, number, None] for number in range(count))):
                pass
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return found

        assert peak(20_000) < peak(2000) + 500_000


class TestCsv:
    def table(self, rows):
        content = b"".join(csv_writer.stream(HEADER, rows))
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    def test_values(self):
        moment = datetime.datetime(2024, 2, 29, 13, 5)
        rows = [['a "quoted", text', "a\nb", -5], [None, moment.date(), moment], [0, 1.5, "é 午餐 😀"]]
        assert self.table(rows) == [
            HEADER,
            ['a "quoted", text', "a\nb", "-5"],
            ["", "2024-02-29", "2024-02-29 13:05:00"],
            ["0", "1.5", "é 午餐 😀"],
        ]

    @pytest.mark.parametrize("text", FORMULAS)
    def test_formulas_are_text(self, text):
        assert csv_writer.neutral(text) == f"'{text}"
        assert self.table([[text, "", ""]])[1][0] == f"'{text}"

    @pytest.mark.parametrize("text", ["-5", "+4.5", "-1,5", "a=1", "2-1", "", "someone@example.org"])
    def test_harmless_text_stays(self, text):
        assert csv_writer.neutral(text) == text

    def test_headings_too(self):
        content = b"".join(csv_writer.stream(["=1+1"], [])).decode("utf-8-sig")
        assert content == "'=1+1\r\n"

    def test_in_pieces(self):
        pieces = list(csv_writer.stream(HEADER, (["x" * 1000, number, None] for number in range(500))))
        assert len(pieces) > 5
        assert max(map(len, pieces)) < 2 * csv_writer.PIECE
