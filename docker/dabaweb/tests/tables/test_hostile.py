"""Files that were made to hurt: each is refused with a message for people, in bounded memory and time."""

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from tables import limits
from tables.xlsx.errors import Refused
from tables.xlsx.workbook import Workbook
from tables.xlsx.xml import Deadline

from .files import MAIN, packed, parts, sheet, stored, with_rows, workbook

MIB = 1024 * 1024
DAMAGED = "damaged"
HOSTILE = "what no spreadsheet program writes"
BOMB = "unpacks to far more"


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch):
    """What is not about time must not depend on it."""
    monkeypatch.setattr(limits, "READ_SECONDS", 600)


def read(file):
    return list(Workbook(file).rows())


def refused(file, message, mebibytes=24, seconds=20):
    """Assert that reading a file ends with the message, after some seconds of the processor, and in little memory."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(Refused) as caught:
            for _row in Workbook(file).rows():
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert message in str(caught.value)
    assert peak < mebibytes * MIB
    assert time.process_time() - start < seconds


def replaced(**contents):
    """Return a workbook in which the parts with these endings are replaced."""
    changed = parts()
    for name in changed:
        for ending, content in contents.items():
            if name.endswith(f"{ending}.xml"):
                changed[name] = content
    return packed(changed)


class TestNoWorkbook:
    @pytest.mark.parametrize(
        "content", [b"", b"PK", b"PK\x03\x04", b"a,b\r\n1,2\r\n", b"<html>", b"%PDF-1.7", b"\0" * 5000]
    )
    def test_something_else(self, content):
        refused(io.BytesIO(content), "Save it as .xlsx" if not content.startswith(b"PK\x03\x04") else DAMAGED)

    def test_old_excel_or_password(self):
        refused(
            io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000), "an old .xls, or protected by a password"
        )

    def test_a_zip_of_something_else(self):
        refused(packed({"word/document.xml": "<x/>"}), "not an Excel workbook")

    def test_a_document_of_word(self):
        word = parts()
        word["[Content_Types].xml"] = word["[Content_Types].xml"].replace("spreadsheetml.sheet", "wordprocessingml")
        refused(packed(word), "not an Excel workbook")

    @pytest.mark.parametrize("missing", list(parts()))
    def test_without_a_part(self, missing):
        fewer = parts('<row><c t="s"><v>0</v></c></row>')
        del fewer[missing]
        with pytest.raises(Refused):
            read(packed(fewer))

    @pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
    def test_cut_off(self, keep):
        content = workbook(["a"], ["b"]).getvalue()
        refused(io.BytesIO(content[: int(len(content) * keep)]), DAMAGED)

    def test_flipped_bits(self):
        """Whatever is changed: rows or a refusal, never another error."""
        content = workbook(["Name", "Age"], ["Ada", 36]).getvalue()
        for place in range(0, len(content), 7):
            changed = bytearray(content)
            changed[place] ^= 0xFF
            try:
                read(io.BytesIO(changed))
            except Refused:
                continue


class TestArchive:
    def test_too_large(self):
        refused(io.BytesIO(b"PK\x03\x04" + bytes(limits.UPLOAD_BYTES)), "larger than 16 MB")

    def test_50_megabytes(self):
        content = packed({**parts(), "xl/media/image1.png": bytes(50 * MIB)}, zipfile.ZIP_STORED)
        refused(content, "larger than 16 MB")

    def test_zip_bomb(self):
        refused(packed({**parts(), "xl/media/bomb": bytes(300 * MIB)}), BOMB)

    def test_zip_bomb_in_the_sheet(self):
        refused(replaced(sheet1=sheet("<row/>" * (30 * MIB))), BOMB)

    def test_declares_less_than_there_is(self):
        """What the directory declares bounds what is read, and the checksum tells that it is not all."""
        rows = f'<row><c t="inlineStr"><is><t>{"x" * 1000}</t></is></c></row>' * 5000
        content = bytearray(with_rows(rows).getvalue())
        size = struct.pack("<L", len(sheet(rows)))
        assert content.count(size) == 2
        refused(io.BytesIO(content.replace(size, struct.pack("<L", 100))), DAMAGED)

    def test_overlapping_parts(self):
        """Many entries that are one and the same data: what counts is the sum that they declare."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = deflate.compress(bytes(MIB)) + deflate.flush()
        sizes = zlib.crc32(bytes(MIB)), len(data), MIB
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 1, 0)
        entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 4, 0, 0, 0, 0, 0, 0)
        directory = b"".join(entry + f"{number:04}".encode() for number in range(900))
        start = local + b"a" + data
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 900, 900, len(directory), len(start), 0)
        refused(io.BytesIO(start + directory + end), BOMB)

    def test_a_million_parts(self):
        refused(packed({str(number): "" for number in range(limits.ARCHIVE_PARTS + 1)}), BOMB)

    def test_a_directory_of_megabytes(self):
        """Counted from what the end of the directory says, before an object is made of each entry."""
        content = bytearray(packed({"x" * 60_000 + str(number): "" for number in range(20)}).getvalue())
        refused(io.BytesIO(content), BOMB, mebibytes=4)

    def test_a_directory_that_lies_about_its_number(self):
        content = bytearray(packed({str(number): "" for number in range(3000)}).getvalue())
        content[-14:-10] = struct.pack("<2H", 1, 1)
        refused(io.BytesIO(content), BOMB)

    def test_zip64(self):
        content = packed(parts()).getvalue()
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
        refused(io.BytesIO(content[:-22] + locator + content[-22:]), DAMAGED)

    @pytest.mark.parametrize("name", ["../xl/evil.xml", "/etc/passwd", "xl\\evil.xml", "xl/../../evil.xml"])
    def test_paths(self, name):
        refused(packed({**parts(), name: "x"}), DAMAGED)

    def test_the_same_name_twice(self):
        refused(packed({**parts(), "XL/Workbook.xml": "x"}), DAMAGED)

    def test_other_compression(self):
        refused(packed(parts(), zipfile.ZIP_LZMA), DAMAGED)

    def test_password(self):
        content = bytearray(packed(parts()).getvalue())
        place = content.index(b"PK\1\2")
        content[place + 8] |= 1
        refused(io.BytesIO(content), "protected by a password")

    def test_a_relation_that_leads_outside(self):
        leading = parts()
        name = "xl/_rels/workbook.xml.rels"
        for target in ("../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x"):
            refused(packed({**leading, name: leading[name].replace("worksheets/sheet1.xml", target)}), DAMAGED)

    def test_an_external_relation(self):
        leading = parts()
        name = "xl/_rels/workbook.xml.rels"
        outside = leading[name].replace('Target="worksheets', 'TargetMode="External" Target="worksheets')
        refused(packed({**leading, name: outside}), "no sheet with rows")


class TestMacros:
    def test_program(self):
        refused(packed({**parts(), "xl/vbaProject.bin": b"x"}), "macros")

    def test_kind(self):
        macro = parts()
        kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
        types = macro["[Content_Types].xml"]
        macro["[Content_Types].xml"] = types.replace("/></Types>", f'/><Default ContentType="{kind}"/></Types>')
        refused(packed(macro), "macros")


class TestXml:
    @pytest.mark.parametrize("part", ["workbook", "styles", "sharedStrings", "sheet1"])
    @pytest.mark.parametrize(
        "declaration",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa">]>',
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
            "<!DOCTYPE x>",
        ],
    )
    def test_document_types(self, part, declaration):
        refused(replaced(**{part: f'{declaration}<x xmlns="{MAIN}">&a;</x>'}), HOSTILE)

    def test_billion_laughs(self):
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        xml = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><worksheet xmlns="{MAIN}">&e9;</worksheet>'
        refused(replaced(sheet1=xml), HOSTILE)

    def test_unknown_entity(self):
        refused(with_rows("<row><c><v>&evil;</v></c></row>"), DAMAGED)

    def test_nested_deeply(self):
        refused(stored("<a>" * MIB), HOSTILE)

    def test_a_tag_of_megabytes(self):
        refused(with_rows(f'<row x="{"y" * (8 * MIB)}"/>'), BOMB)
        noise = "".join(map(chr, range(0x4E00, 0x4E00 + 16_384))) * 100
        refused(stored(f'<row x="{noise}"/>'), HOSTILE)

    def test_thousands_of_attributes(self):
        many = " ".join(f'a{number}=""' for number in range(200_000))
        refused(with_rows(f"<row {many}/>"), HOSTILE, mebibytes=48)

    @pytest.mark.parametrize(
        "element", ["<{}/>", '<row {}=""/>', '<x xmlns:{}="urn:x"/>'], ids=["elements", "attributes", "prefixes"]
    )
    def test_a_new_name_each_time(self, element):
        """expat keeps each of them until the end."""
        refused(stored("".join(element.format(f"n{number}{'x' * 90}") for number in range(100_000))), HOSTILE)

    def test_long_names(self):
        refused(stored(f"<{'x' * 500_000}/>" * 20), HOSTILE)

    def test_long_comment(self):
        refused(stored(f"<!--{'x' * 5_000_000}-->"), HOSTILE)

    def test_no_xml(self):
        refused(replaced(sheet1=b"\0\1\2"), DAMAGED)

    def test_unknown_encoding(self):
        refused(replaced(sheet1=f'<?xml version="1.0" encoding="no-such"?>{sheet()}'), DAMAGED)

    def test_utf_16(self):
        xml = sheet('<row><c t="inlineStr"><is><t>ok</t></is></c></row>')
        (row,) = read(replaced(sheet1=xml.encode("utf-16")))
        assert row.cells == {0: "ok"}

    def test_takes_too_long(self, monkeypatch):
        monkeypatch.setattr(limits, "READ_SECONDS", -1)
        refused(workbook(["a"]), "takes too long")

    def test_time_is_checked_while_reading(self, monkeypatch):
        book = Workbook(with_rows("<row><c><v>1</v></c></row>" * 20_000))
        monkeypatch.setattr(Deadline, "check", _after(2))
        with pytest.raises(TimeoutError):
            list(book.rows())


def _after(calls):
    left = [calls]

    def check(self):
        left[0] -= 1
        if left[0] < 0:
            raise TimeoutError

    return check


class TestSheet:
    def test_a_million_rows(self):
        refused(with_rows("".join(f"<row><c><v>{n}</v></c></row>" for n in range(1_000_000))), "more than 50000 rows")

    def test_a_million_empty_rows(self):
        rows = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(1, 200_000))
        assert read(with_rows(rows)) == []

    def test_far_columns(self):
        refused(with_rows('<row><c r="XFD1"><v>1</v></c></row>'), "more than 200 columns")

    def test_endless_column(self):
        refused(stored(f'<row><c r="{"Z" * 500_000}1"><v>1</v></c></row>'), "more than 200 columns", seconds=10)

    def test_a_million_columns(self):
        refused(stored(f"<row>{'<c><v>1</v></c>' * 1_000_000}</row>"), "more than 200 columns")

    def test_far_row(self):
        (row,) = read(with_rows('<row r="1048576"><c><v>1</v></c></row>'))
        assert row.number == 1048576
        refused(with_rows('<row r="1048577"><c><v>1</v></c></row>'), DAMAGED)

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="2"/><row r="1"/>',
            '<row r="1"/><row r="1"/>',
            '<row r="0"/>',
            '<row r="-1"/>',
            '<row r="x"/>',
            f'<row r="{"9" * 5000}"/>',
            '<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
            '<row><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
            '<row><c r="1"><v>1</v></c></row>',
            '<row><c r=""><v>1</v></c></row>',
            '<row><c t="s"><v>7</v></c></row>',
            '<row><c t="s"><v>-1</v></c></row>',
            '<row><c t="s"><v>x</v></c></row>',
            '<row><c t="unheard of"><v>1</v></c></row>',
            '<row><c t="d"><v>yesterday</v></c></row>',
            "<row><c><v>one</v></c></row>",
        ],
    )
    def test_nonsense(self, rows):
        refused(with_rows(rows), DAMAGED)

    def test_long_text(self):
        refused(with_rows(f'<row><c t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>'), "more than 32767")

    def test_long_shared_text(self):
        strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 40_000}</t></si></sst>'
        refused(with_rows('<row><c t="s"><v>0</v></c></row>', strings=strings), "more than 32767")

    def test_one_long_text_in_a_million_cells(self):
        strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_000}</t></si></sst>'
        row = "<row>" + '<c t="s"><v>0</v></c>' * 100 + "</row>"
        refused(stored(row * 2000, strings=strings), "too much text", mebibytes=64)

    def test_too_many_texts(self, monkeypatch):
        monkeypatch.setattr(limits, "STRINGS", 10_000)
        strings = f'<sst xmlns="{MAIN}">{"<si/>" * 11_000}</sst>'
        refused(stored('<row><c t="s"><v>0</v></c></row>', strings=strings), "too many different texts")

    def test_formulas_are_not_read(self):
        (row,) = read(with_rows('<row><c><f>1+1</f><v>2</v></c><c t="str"><f t="shared" si="0"/><v>x</v></c></row>'))
        assert [value.value for value in row.cells.values()] == ["formula", "formula"]


class TestSizes:
    def test_large_part(self):
        filler = "".join(f"<a x='{number}'/>" for number in range(300_000))
        refused(replaced(workbook=f'<workbook xmlns="{MAIN}">{filler}</workbook>'), "holds too much")

    def test_upload_stays_below_what_nginx_takes(self):
        """Or people would see nginx' page instead of a message that tells what to do."""
        conf = (Path(__file__).parents[3] / "dabanginx/conf.d/10-limits.conf").read_text()
        mebibytes = int(conf.split("client_max_body_size ")[1].split("m;")[0])
        assert mebibytes * MIB >= limits.UPLOAD_BYTES + MIB
