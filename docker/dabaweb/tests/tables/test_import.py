"""Imports: all rows of a file or none, and what is said about it."""

import base64
import csv
import datetime
import io
import re
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forms.models import Entry, Field
from tables import limits, slots

from .files import packed, parts, stored, with_rows, workbook

pytestmark = pytest.mark.django_db
ADDRESS = "/forms/lunch/import/"
HEADER = ["Name", "Guests", "Day", "Dish", "Sides", "E-mail", "Notes"]


def text(response):
    return response.content.decode()


@pytest.fixture
def send(signed_in, lunch):
    def send(file, follow=True, **more):
        content = SimpleUploadedFile("lunch.xlsx", file.getvalue() if hasattr(file, "getvalue") else file)
        return signed_in.post(ADDRESS, {"file": content, **more}, follow=follow)

    return send


@pytest.fixture
def problems(send):
    """Return a function that sends a file and returns the report's rows."""

    def problems(file, **more):
        response = send(file, **more)
        assert response.status_code == 422
        report = re.search(r'href="data:text/csv;base64,([^"]*)" download="lunch-problems.csv"', text(response))
        header, *rows = csv.reader(io.StringIO(base64.b64decode(report[1]).decode("utf-8-sig"), newline=""))
        assert header == ["Row", "Column", "Reason"]
        assert not Entry.objects.exists()
        return [tuple(row) for row in rows]

    return problems


@pytest.fixture
def answers(lunch):
    """Return a function that returns the saved answers by label, in the order of the file."""
    labels = {field.key: field.label for field in lunch.fields.all()}

    def answers():
        return [{labels[key]: value for key, value in entry.answers.items()} for entry in lunch.entries.order_by("pk")]

    return answers


class TestGood:
    def test_page(self, signed_in, lunch):
        page = text(signed_in.get(ADDRESS))
        assert 'enctype="multipart/form-data"' in page
        assert "Up to 16 MB and 50000 rows." in page
        assert "/forms/lunch/template.xlsx" in page

    def test_values(self, send, answers, member, lunch):
        row = ["Ada", 2.5, datetime.date(2024, 2, 29).isoformat(), "Soup", "Salad; Bread", "a@b.org", "=1+1"]
        response = send(workbook(HEADER, row, ["Grace"]))
        assert response.redirect_chain == [("/forms/lunch/", 302)]
        assert "2 entries are imported." in text(response)
        assert "Ada" in text(response)
        assert answers() == [
            {
                "Name": "Ada",
                "Guests": 2.5,
                "Day": "2024-02-29",
                "Dish": "Soup",
                "Sides": ["Salad", "Bread"],
                "E-mail": "a@b.org",
                "Notes": "=1+1",
            },
            {"Name": "Grace"},
        ]
        assert set(lunch.entries.values_list("author", flat=True)) == {member.pk}

    def test_found_at_once(self, send, signed_in):
        send(workbook(["Name"], ["Ada"], ["Grace"]))
        page = text(signed_in.get("/forms/lunch/", {"q": "grace"}))
        assert "Grace" in page
        assert "Ada" not in page

    def test_headings_in_any_order_and_writing(self, send, answers):
        send(workbook([" GUESTS", "name "], ["3", "Ada"]))
        assert answers() == [{"Name": "Ada", "Guests": 3}]

    def test_two_questions_of_one_name(self, send, answers, lunch):
        Field.objects.create(form=lunch, position=8, label="Name", kind="short")
        send(workbook(["Name", "Name"], ["Ada", "Lovelace"]))
        first, second = lunch.fields.filter(label="Name")
        assert lunch.entries.get().answers == {first.key: "Ada", second.key: "Lovelace"}

    def test_missing_questions_are_said(self, send):
        assert "Without an answer: Guests, Day, Dish, Sides, E-mail, Notes." in text(send(workbook(["Name"], ["Ada"])))

    def test_rows_above_the_headings_and_between(self, send, answers):
        send(workbook([], [], ["Name"], [], ["Ada"], [], ["Grace"]))
        assert answers() == [{"Name": "Ada"}, {"Name": "Grace"}]

    def test_numbers_and_dates_in_any_cell(self, send, answers):
        days = '<row><c t="d"><v>2024-02-29</v></c><c t="inlineStr"><is><t>{}</t></is></c><c><v>7</v></c></row>'
        head = "".join(f'<c t="inlineStr"><is><t>{label}</t></is></c>' for label in ("Day", "Guests", "Name"))
        send(with_rows(f"<row>{head}</row>{days.format('1.5')}{days.format('12')}"))
        assert answers() == [
            {"Day": "2024-02-29", "Guests": 1.5, "Name": "7"},
            {"Day": "2024-02-29", "Guests": 12, "Name": "7"},
        ]

    def test_the_same_file_twice(self, send, answers):
        file = workbook(["Name"], ["Ada"], ["Ada"])
        send(file)
        response = send(file)
        assert "0 entries are imported. 2 rows were there already, from the same file." in text(response)
        assert answers() == [{"Name": "Ada"}] * 2

    def test_another_file_with_the_same_rows(self, send, answers):
        send(workbook(["Name"], ["Ada"]))
        send(workbook(["Name"], ["Ada"], ["Grace"]))
        assert len(answers()) == 3

    # An export begins a transaction of its own.
    @pytest.mark.django_db(transaction=True)
    def test_export_comes_back(self, send, signed_in, answers, lunch):
        row = ["Ada", -2.5, "2024-02-29", "Soup", "Salad; Bread", "a@b.org", "=1+1\nline"]
        send(workbook(HEADER, row))
        before = answers()
        exported = b"".join(signed_in.get("/forms/lunch/export.xlsx").streaming_content)
        lunch.entries.all().delete()
        send(exported)
        assert answers() == before

    def test_template_comes_back(self, send, signed_in, answers):
        file = io.BytesIO(signed_in.get("/forms/lunch/template.xlsx").content)
        book = openpyxl.load_workbook(file)
        sheet = book.worksheets[0]
        sheet.append(["Ada", 2, datetime.date(2024, 2, 29), "Soup", "Salad", "a@b.org", "x"])
        book.save(file := io.BytesIO())
        send(file)
        assert [answer["Day"] for answer in answers()] == ["2024-02-29"]


class TestBad:
    def test_values(self, problems):
        rows = [
            ["Ada", "many", "2024-02-30", "Fish", "Salad; Fish", "nobody", "x"],
            [None, 1],
            ["x" * 201],
            ["Good"],
        ]
        assert problems(workbook(HEADER, *rows)) == [
            ("2", "Guests", "Enter a number."),
            ("2", "Day", "Enter a valid date."),
            ("2", "Dish", "Select a valid choice. Fish is not one of the available choices."),
            ("2", "Sides", "Select a valid choice. Fish is not one of the available choices."),
            ("2", "E-mail", "Enter a valid email address."),
            ("3", "Name", "This field is required."),
            ("4", "Name", "Ensure this value has at most 200 characters (it has 201)."),
        ]

    def test_cells_that_cannot_be_trusted(self, problems):
        head = "".join(f'<c t="inlineStr"><is><t>{label}</t></is></c>' for label in HEADER[:3])
        row = '<c><f>1+1</f><v>2</v></c><c t="e"><v>#REF!</v></c><c s="1"><v>60</v></c>'
        styles = (
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        )
        found = problems(with_rows(f"<row>{head}</row><row>{row}</row>", styles=styles))
        assert [(row, column) for row, column, _reason in found] == [("2", "Name"), ("2", "Guests"), ("2", "Day")]
        assert "formula" in found[0][2]
        assert "error" in found[1][2]
        assert "does not exist" in found[2][2]

    def test_unknown_headings(self, problems, send, answers):
        file = workbook(["Name", "Shoe size"], ["Ada", 38])
        assert problems(file) == [("1", "Shoe size", "This heading is not a question of the form.")]
        response = send(file, leave_out="on")
        assert "Left out: Shoe size." in text(response)
        assert answers() == [{"Name": "Ada"}]

    def test_required_file(self, problems, lunch):
        Field.objects.create(form=lunch, position=8, label="Photo", kind="file", required=True)
        assert problems(workbook(["Name"], ["Ada"])) == [
            ("1", "Photo", "This question needs a file, and files can't be imported.")
        ]

    def test_heading_that_cannot_be_read(self, problems):
        head = '<row><c t="inlineStr"><is><t>Name</t></is></c><c><f>A1</f><v>1</v></c></row>'
        row = '<row><c t="inlineStr"><is><t>Ada</t></is></c><c><v>1</v></c></row>'
        assert problems(with_rows(head + row)) == [("2", "B", "The column has no heading.")]

    def test_long_values_are_quoted_in_part(self, problems):
        ((_row, _column, reason),) = problems(workbook(["Name", "Dish"], ["Ada", "x" * 30_000]))
        assert len(reason) == 300

    def test_missing_required_question(self, problems):
        assert problems(workbook(["Guests"], [1])) == [
            ("1", "Name", "This question needs an answer, but has no column.")
        ]

    def test_cell_without_a_heading(self, problems):
        assert problems(workbook(["Name"], ["Ada", None, "x"])) == [("2", "C", "The column has no heading.")]

    def test_many(self, send, problems):
        file = workbook(["Name", "Guests"], *[["Ada", "many"]] * 250)
        assert len(problems(file)) == limits.PROBLEMS
        page = text(send(file))
        assert "the file has 250 problems" in page
        assert "The first 200 are listed here." in page

    def test_report_is_harmless(self, problems, lunch):
        lunch.fields.filter(label="Guests").update(label="=1+1")
        ((_row, column, _reason),) = problems(workbook(["Name", "=1+1"], ["Ada", "many"]))
        assert column == "'=1+1"

    def test_page_escapes(self, send):
        page = text(send(workbook(["Name", "<script>"], ["Ada"])))
        assert "<script>" not in page
        assert "&lt;script&gt;" in page

    @pytest.mark.parametrize(
        ("file", "message"),
        [
            (workbook(), "is empty"),
            (workbook(HEADER), "no rows below"),
            (workbook(["x"], ["y"]), "None of the headings in row 1"),
            (b"a,b\r\n1,2\r\n", "not an Excel workbook"),
            (b"", "empty"),
            (b"PK\x03\x04" + bytes(limits.UPLOAD_BYTES), "larger than 16 MB"),
            (packed({**parts(), "xl/vbaProject.bin": b"x"}), "macros"),
            (with_rows("<!DOCTYPE x>"), "damaged"),
            (stored("<row><c><v>1</v></c></row>" * (limits.ROWS + 2)), "50000 rows"),
        ],
    )
    def test_files(self, send, file, message):
        response = send(file)
        assert response.status_code == 422
        assert message in text(response)
        assert not Entry.objects.exists()

    def test_nothing_chosen(self, signed_in, lunch):
        response = signed_in.post(ADDRESS)
        assert response.status_code == 422
        assert "This field is required." in text(response)

    def test_token(self, member, lunch):
        from django.test import Client

        client = Client(enforce_csrf_checks=True)
        client.force_login(member)
        assert client.post(ADDRESS).status_code == 403


class TestTrouble:
    def test_master_down(self, send, master_down, closed):
        response = send(workbook(["Name"], ["Ada"]))
        assert response.status_code == 503
        assert closed
        assert "Nothing was imported." in text(response)

    def test_half_way(self, send, monkeypatch, refuse):
        from forms import entries

        monkeypatch.setattr(entries, "ROWS_AT_ONCE", 1)
        inserted = []

        def second(sql):
            if fits := "INSERT" in sql and "forms_entry" in sql:
                inserted.append(sql)
            return fits and len(inserted) == 2

        refuse(second)
        assert send(workbook(["Name"], ["Ada"], ["Grace"])).status_code == 503
        assert not Entry.objects.exists()

    def test_busy(self, send):
        held = [slots.take() for _ in range(limits.LONG_WORK_PER_POD)]
        assert send(workbook(["Name"], ["Ada"])).status_code == 503
        del held

    def test_a_mistake_is_not_taken_for_an_outage(self, send, monkeypatch):
        from django.db import OperationalError

        from forms import entries

        def broken(*_arguments):
            raise OperationalError(1054, "Unknown column")

        monkeypatch.setattr(entries, "create_many", broken)
        with pytest.raises(OperationalError):
            send(workbook(["Name"], ["Ada"]))

    def test_saved_though_not_indexed(self, send, monkeypatch, answers):
        from django.db import OperationalError

        from forms import index

        def broken(*_arguments):
            raise OperationalError(2013, "Lost connection")

        monkeypatch.setattr(index, "complete", broken)
        assert "1 entry is imported." in text(send(workbook(["Name"], ["Ada"])))

    def test_more_than_can_be_indexed_at_once(self, send, monkeypatch):
        from tables import indexing

        started = []
        monkeypatch.setattr(indexing, "SECONDS", -1)
        monkeypatch.setattr(
            indexing.threading, "Thread", lambda **given: SimpleNamespace(start=lambda: started.append(given))
        )
        # The thread has its own.
        monkeypatch.setattr(indexing, "connections", SimpleNamespace(close_all=lambda: None))
        send(workbook(["Name"], ["Ada"]))
        ((form,),) = [given["args"] for given in started]
        assert not form.entries.filter(indexed=True).exists()
        indexing._complete(form)
        assert not form.entries.filter(indexed=False).exists()


class TestTemplate:
    def test_sheets(self, signed_in, lunch):
        response = signed_in.get("/forms/lunch/template.xlsx")
        assert response["Content-Disposition"] == 'attachment; filename="lunch-template.xlsx"'
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        assert [cell.value for cell in book.worksheets[0][1]] == HEADER
        assert book.worksheets[0].freeze_panes == "A2"
        assert book.worksheets[2].sheet_state == "hidden"
        notes = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()]
        assert ["Dish", "Choice: one", "no", "One of: Soup; Rice."] in notes
        assert ["Name", "Short text", "yes", "Text."] in notes

    def test_rules(self, signed_in, lunch):
        book = openpyxl.load_workbook(io.BytesIO(signed_in.get("/forms/lunch/template.xlsx").content))
        rules = {str(rule.sqref): rule for rule in book.worksheets[0].data_validations.dataValidation}
        dish = rules[f"D2:D{limits.ROWS + 1}"]
        assert (dish.type, dish.formula1) == ("list", "'Choices'!$D$1:$D$2")
        assert [row[3].value for row in book["Choices"].iter_rows()] == ["Soup", "Rice"]
        assert rules[f"C2:C{limits.ROWS + 1}"].type == "date"
        assert rules[f"B2:B{limits.ROWS + 1}"].type == "decimal"

    def test_hostile_labels(self, signed_in, lunch):
        lunch.fields.filter(label="Name").update(label="=1+1" + "x" * 190, help_text="h" * 300)
        lunch.fields.filter(label="Dish").update(options=["=2+2", "{=3+3}", "x" * 300])
        book = openpyxl.load_workbook(io.BytesIO(signed_in.get("/forms/lunch/template.xlsx").content))
        assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
