"""XML that can't hurt: no document type, so no entities, within or without; bounded depth, tags and time.

Works on expat directly, as event by event nothing is kept that the caller does not keep.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _

from tables import limits

from .errors import Refused

NAMESPACES = {
    # The two editions of the standard, "transitional" and "strict".
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://schemas.openxmlformats.org/package/2006/content-types",
}


class Deadline:
    """The time that reading one file may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        if time.monotonic() > self._end:
            raise Refused(_("Reading the file takes too long. Split it into smaller ones."))


class Names(dict):
    """The local part of each name, worked out once; None for what belongs to none of the namespaces.

    expat keeps every name that it has met, too, so there may only be so many.
    """

    def __init__(self) -> None:
        self._characters = 0

    def __missing__(self, name: str) -> str | None:
        self._characters += len(name)
        if self._characters > limits.XML_NAME_CHARACTERS:
            raise _hostile()
        namespace, _space, local = name.rpartition(" ")
        self[name] = local if namespace in NAMESPACES else None
        return self[name]


def parse(
    chunks: Iterable[bytes],
    deadline: Deadline,
    start: Callable[[str, dict], None],
    end: Callable[[str], None] = lambda name: None,
    text: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Call `start`, `end` and `text` for what is in a part; give the turn back after each piece.

    Names of elements are without their namespace, elements of other namespaces are left out. Raises `Refused`.
    """
    names, attribute_names = Names(), Names()
    known_attributes = attribute_names.keys()
    depth = 0

    def start_element(name, attributes):
        nonlocal depth
        depth += 1
        if depth > limits.XML_DEPTH:
            raise _hostile()
        if not attributes.keys() <= known_attributes:
            for attribute in attributes:
                attribute_names[attribute]
        if short := names[name]:
            start(short, attributes)

    def start_namespace(prefix, uri):
        attribute_names[f"xmlns {prefix}"]

    def end_element(name):
        nonlocal depth
        depth -= 1
        if short := names[name]:
            end(short)

    def refuse(*_arguments):
        raise _hostile()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    parser.CharacterDataHandler = text
    parser.StartNamespaceDeclHandler = start_namespace
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.SkippedEntityHandler = refuse

    fed = 0
    try:
        for chunk in chunks:
            deadline.check()
            parser.Parse(chunk, False)
            fed += len(chunk)
            # What expat holds back is the beginning of a tag whose end it has not seen.
            if fed - max(parser.CurrentByteIndex, 0) > limits.XML_TOKEN_BYTES:
                raise _hostile()
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # Besides bad XML: a declared encoding that is none, a number that is none.
        raise Refused(
            _("The file is damaged: it can't be read as an Excel workbook. Open it, save it as .xlsx again.")
        ) from error
    yield


def parse_all(*arguments, **keywords) -> None:
    for _turn in parse(*arguments, **keywords):
        pass


def _hostile() -> Refused:
    return Refused(_("The file contains what no spreadsheet program writes, so it was not read."))
