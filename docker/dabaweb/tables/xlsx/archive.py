"""The zip archive around a spreadsheet, opened only after its directory has been found harmless.

Nothing is ever extracted to a disk, and names are only compared, so a name can't lead outside. `zipfile` gives no more
of a part than its directory declares, so checking what is declared bounds what is read.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from tables import limits

from .errors import Refused

CHUNK = 16 * 1024
"""Small, as each of the cells in it may refer to a string of `CELL_CHARACTERS`."""
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
ZIP64_LOCATOR_SIZE = 20
ENCRYPTED = 0x1


class Archive:
    """The parts of a spreadsheet file. Raises `Refused` for what is none, or could be an attack."""

    def __init__(self, file: BinaryIO) -> None:
        self._check_kind(file)
        self._check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise _damaged() from error
        self._parts = self._checked(self._zip.infolist())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def chunks(self, name: str, at_most: int) -> Iterator[bytes]:
        """Read a part piece by piece. Raises `Refused` when it is missing, damaged, or larger than `at_most`."""
        info = self._parts.get(name.lower())
        if info is None:
            raise _damaged()
        if info.file_size > at_most:
            raise _too_large()
        left = at_most
        try:
            with self._zip.open(info) as part:
                while chunk := part.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise _too_large()
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise _damaged() from error

    @staticmethod
    def _check_kind(file: BinaryIO) -> None:
        size = file.seek(0, 2)
        if size > limits.UPLOAD_BYTES:
            mebibytes = limits.UPLOAD_BYTES // limits.MIB
            raise Refused(_("The file is larger than %(size)d MB. Split it into smaller ones.") % {"size": mebibytes})
        file.seek(0)
        start = file.read(len(OLE))
        if start == OLE:
            raise Refused(
                _("The file is an old .xls, or protected by a password. Save it as .xlsx without a password.")
            )
        if not start.startswith(ZIP):
            raise Refused(_("The file is not an Excel workbook (.xlsx). Save it as .xlsx and choose it again."))

    @staticmethod
    def _check_directory(file: BinaryIO) -> None:
        """Look at the end of the directory before `zipfile` builds objects of all that it lists."""
        size = file.seek(0, 2)
        tail_size = END_OF_DIRECTORY.size + ZIP64_LOCATOR_SIZE
        if size < tail_size:
            raise _damaged()
        file.seek(size - tail_size)
        tail = file.read(tail_size)
        signature, *_rest, entries, directory, _offset, comment = END_OF_DIRECTORY.unpack(tail[ZIP64_LOCATOR_SIZE:])
        # Without a comment, and without the extension for archives of gigabytes: no spreadsheet program writes either.
        if signature != b"PK\x05\x06" or comment or tail.startswith(b"PK\x06\x07"):
            raise _damaged()
        if entries > limits.ARCHIVE_PARTS or directory > limits.ARCHIVE_DIRECTORY_BYTES:
            raise _bomb()

    @staticmethod
    def _checked(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(infos) > limits.ARCHIVE_PARTS or sum(info.file_size for info in infos) > limits.ARCHIVE_UNPACKED_BYTES:
            raise _bomb()
        parts = {}
        for info in infos:
            name = info.filename.lower()
            suspicious = name in parts or name.startswith("/") or "\\" in name or ".." in name.split("/")
            if suspicious or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _damaged()
            if info.flag_bits & ENCRYPTED:
                raise Refused(_("The file is protected by a password. Save it without one."))
            if info.file_size > limits.PART_RATIO_FROM and info.file_size > limits.PART_RATIO * info.compress_size:
                raise _bomb()
            if name.rsplit("/", 1)[-1] == "vbaproject.bin":
                raise macros()
            parts[name] = info
        return parts


def macros() -> Refused:
    return Refused(_("The file contains macros. Save it as .xlsx, without macros."))


def _damaged() -> Refused:
    return Refused(_("The file is damaged: it can't be read as an Excel workbook. Open it, save it as .xlsx again."))


def _bomb() -> Refused:
    return Refused(_("The file unpacks to far more than an Excel workbook needs, so it was not opened."))


def _too_large() -> Refused:
    return Refused(_("The file holds too much. Split it into smaller ones."))
