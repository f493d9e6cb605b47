"""Makes workbooks: good ones with the usual libraries, hostile ones part by part."""

import io
import zipfile

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def workbook(*rows, name="Entries") -> io.BytesIO:
    """Return a workbook with these rows, as XlsxWriter makes it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file


def parts(sheet_data="", strings=None, namespace=MAIN, properties="", styles=None) -> dict[str, str | bytes]:
    """Return the parts of a workbook, with the XML between `<sheetData>` and its end as given."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{WORKBOOK_TYPE}"/></Types>',
        "_rels/.rels": _relations(officeDocument="xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{RELATIONS}"><workbookPr {properties}/><sheets>'
        '<sheet name="Entries" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            worksheet="worksheets/sheet1.xml", sharedStrings="/xl/sharedStrings.xml", styles="styles.xml"
        ),
        "xl/styles.xml": styles or f'<styleSheet xmlns="{namespace}"/>',
        "xl/sharedStrings.xml": strings if strings is not None else f'<sst xmlns="{namespace}"/>',
        "xl/worksheets/sheet1.xml": sheet(sheet_data, namespace),
    }


def sheet(data="", namespace=MAIN) -> str:
    return f'<worksheet xmlns="{namespace}"><sheetData>{data}</sheetData></worksheet>'


def packed(parts: dict[str, str | bytes], compression=zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def with_rows(data, **more) -> io.BytesIO:
    return packed(parts(data, **more))


def stored(data, **more) -> io.BytesIO:
    """Return a workbook that is not packed, so that no part of it looks like a bomb."""
    return packed(parts(data, **more), zipfile.ZIP_STORED)


def _relations(**targets) -> str:
    items = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'
