"""The strings that the cells of a workbook share, kept in a file: in memory they could take any size."""

import mmap
import tempfile
from array import array
from collections.abc import Iterable

from django.utils.translation import gettext as _

from tables import limits

from .cells import unescape
from .errors import Refused
from .xml import Deadline, parse_all


class SharedStrings:
    """Strings by their number."""

    def __init__(self, chunks: Iterable[bytes] = (), deadline: Deadline | None = None) -> None:
        self._ends = array("Q")
        self._file = tempfile.TemporaryFile()  # noqa: SIM115, it lives as long as this object
        self._bytes = b""
        if deadline:
            self._read(chunks, deadline)
        if self._file.tell():
            self._file.flush()
            self._bytes = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> str:
        begin = self._ends[number - 1] if number else 0
        return self._bytes[begin : self._ends[number]].decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._ends)

    def _read(self, chunks, deadline) -> None:
        pieces: list[str] = []
        length = 0
        collecting = phonetic = False

        def start(name, attributes):
            nonlocal collecting, phonetic
            if name == "t":
                collecting = not phonetic
            elif name == "rPh":
                phonetic = True

        def end(name):
            nonlocal collecting, phonetic, length
            if name == "t":
                collecting = False
            elif name == "rPh":
                phonetic = False
            elif name == "si":
                self._append(unescape("".join(pieces)))
                pieces.clear()
                length = 0

        def text(piece):
            nonlocal length
            if collecting:
                length += len(piece)
                if length > limits.CELL_CHARACTERS:
                    raise too_long()
                pieces.append(piece)

        parse_all(chunks, deadline, start, end, text)

    def _append(self, string: str) -> None:
        if len(self._ends) >= limits.STRINGS:
            raise Refused(_("The file holds too many different texts. Split it into smaller ones."))
        encoded = string.encode("utf-8", "surrogatepass")
        self._file.write(encoded)
        self._ends.append((self._ends[-1] if self._ends else 0) + len(encoded))


def too_long() -> Refused:
    return Refused(_("A cell of the file holds more than %(count)d characters.") % {"count": limits.CELL_CHARACTERS})
