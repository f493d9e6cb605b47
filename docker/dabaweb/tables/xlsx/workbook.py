"""A workbook: which sheet is read, its dates' system, and which of its formats show dates."""

import posixpath
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from tables import limits

from .archive import Archive, macros
from .cells import BUILT_IN_DATES, Row, is_date_format
from .errors import Refused
from .sheet import read_rows
from .strings import SharedStrings
from .xml import Deadline, parse_all

MAIN = "/officeDocument"
WORKBOOKS = ("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")
TRUE = ("1", "true")


class Workbook:
    """A spreadsheet file, open for reading. Raises `Refused`, also while its rows are read."""

    sheet: str
    """Name of the sheet that is read: the first one that is not hidden."""

    def __init__(self, file: BinaryIO) -> None:
        self._deadline = Deadline(limits.READ_SECONDS)
        self._archive = Archive(file)
        main = self._main_part()
        self._relations = self._relationships(main)
        self._since_1904 = False
        self.sheet, self._sheet_part = self._first_sheet(main)
        self._dates = self._date_styles()

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something, from the top."""
        part = self._part_of("/sharedStrings")
        strings = (
            SharedStrings(self._archive.chunks(part, limits.STRINGS_BYTES), self._deadline) if part else SharedStrings()
        )
        chunks = self._archive.chunks(self._sheet_part, limits.SHEET_BYTES)
        return read_rows(chunks, self._deadline, strings, self._dates, self._since_1904)

    def _main_part(self) -> str:
        if "[Content_Types].xml" not in self._archive:
            raise _no_workbook()
        types: list[str] = []

        def start(name, attributes):
            if name in ("Override", "Default"):
                types.append(attributes.get("ContentType", "").lower())

        self._parse("[Content_Types].xml", start)
        if any("macroenabled" in kind or "vbaproject" in kind for kind in types):
            raise macros()
        if not any(
            kind.endswith(("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")) for kind in types
        ):
            raise _no_workbook()
        for kind, target in self._relationships("").values():
            if kind.endswith(MAIN):
                return target
        raise _no_workbook()

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Return kind and target of the parts that a part refers to within the file."""
        folder, name = posixpath.split(part)
        relations: dict[str, tuple[str, str]] = {}

        def start(name, attributes):
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                relations[attributes.get("Id", "")] = (attributes.get("Type", ""), target.lstrip("/"))

        self._parse(posixpath.join(folder, "_rels", f"{name}.rels"), start)
        return relations

    def _first_sheet(self, main: str) -> tuple[str, str]:
        sheets: list[tuple[str, str]] = []

        def start(name, attributes):
            if name == "workbookPr":
                self._since_1904 = attributes.get("date1904") in TRUE
            elif name == "sheet" and attributes.get("state", "visible") == "visible":
                identifier = next((value for key, value in attributes.items() if key.endswith("relationships id")), "")
                kind, target = self._relations.get(identifier, ("", ""))
                if kind.endswith("/worksheet"):
                    sheets.append((attributes.get("name", ""), target))

        self._parse(main, start)
        if not sheets:
            raise Refused(_("The file has no sheet with rows."))
        return sheets[0]

    def _date_styles(self) -> frozenset[str]:
        """Return the numbers of the cell styles that show dates, as the cells write them."""
        part = self._part_of("/styles")
        if not part:
            return frozenset()
        dates = set(map(str, BUILT_IN_DATES))
        styles: list[bool] = []
        inside = ""

        def start(name, attributes):
            nonlocal inside
            if name in ("cellXfs", "cellStyleXfs"):
                inside = name
            elif name == "numFmt" and is_date_format(attributes.get("formatCode", "")):
                dates.add(attributes.get("numFmtId", ""))
            elif name == "xf" and inside == "cellXfs":
                styles.append(attributes.get("numFmtId", "0") in dates)

        self._parse(part, start)
        return frozenset(str(number) for number, is_date in enumerate(styles) if is_date)

    def _part_of(self, kind: str) -> str | None:
        return next((target for found, target in self._relations.values() if found.endswith(kind)), None)

    def _parse(self, part: str, start) -> None:
        parse_all(self._archive.chunks(part, limits.SMALL_PART_BYTES), self._deadline, start)


def _no_workbook() -> Refused:
    return Refused(_("The file is not an Excel workbook (.xlsx). Save it as .xlsx and choose it again."))
