"""The workbook around the rows, made by XlsxWriter."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xlsxwriter

COLUMN_WIDTH = 22
DATE_FORMAT = "yyyy-mm-dd"
MOMENT_FORMAT = "yyyy-mm-dd hh:mm:ss"
ROWS = re.compile(r'(?P<header><row r="1".*?</row>)<row r="2"(?P<samples>.*?)</row>', re.DOTALL)
STYLE = re.compile(r' s="(\d+)"')
DIMENSION = re.compile(r"<dimension [^>]*/>")
"""Readers take it for the truth, and the number of rows is not known yet."""
INVALID_IN_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True)
class Styles:
    """Numbers of the cell styles."""

    text: str
    date: str
    moment: str


class Skeleton:
    """A workbook without rows: a sheet for each of `counts`, the number of rows that it will have."""

    def __init__(self, title: str, header: Sequence[str], counts: Sequence[int]) -> None:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False}) as book:
            head = book.add_format({"bold": True, "quote_prefix": True})
            samples = [
                book.add_format({"quote_prefix": True}),
                book.add_format({"num_format": DATE_FORMAT}),
                book.add_format({"num_format": MOMENT_FORMAT}),
            ]
            for number, count in enumerate(counts, start=1):
                sheet = book.add_worksheet(sheet_name(title, number))
                sheet.freeze_panes(1, 0)
                sheet.set_column(0, len(header) - 1, COLUMN_WIDTH)
                sheet.autofilter(0, 0, count, len(header) - 1)
                for column, label in enumerate(header):
                    sheet.write_string(0, column, label, head)
                for column, style in enumerate(samples):
                    sheet.write_blank(1, column, None, style)
        self._archive = zipfile.ZipFile(file)
        self._sheets = [
            DIMENSION.sub("", self._archive.read(self.sheet_part(number)).decode()) for number in range(len(counts))
        ]
        self.styles = Styles(*STYLE.findall(ROWS.search(self._sheets[0])["samples"]))

    @staticmethod
    def sheet_part(number: int) -> str:
        return f"xl/worksheets/sheet{number + 1}.xml"

    def beginning(self, number: int) -> bytes:
        """Return what stands before the rows of a sheet, its header included."""
        found = ROWS.search(self._sheets[number])
        return (self._sheets[number][: found.start()] + found["header"]).encode()

    def end(self, number: int) -> bytes:
        return self._sheets[number][ROWS.search(self._sheets[number]).end() :].encode()

    def other_parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of all parts but the sheets."""
        sheets = {self.sheet_part(number) for number in range(len(self._sheets))}
        for name in self._archive.namelist():
            if name not in sheets:
                yield name, self._archive.read(name)


def sheet_name(title: str, number: int) -> str:
    """Return a name that Excel takes: 31 characters at most, none that its references use."""
    end = "" if number == 1 else f" ({number})"
    name = (INVALID_IN_TITLE.sub(" ", title).strip("' ") or "-")[: 31 - len(end)].rstrip("' ") + end
    # Excel keeps this one for itself.
    return f"{name}." if name.lower() == "history" else name
