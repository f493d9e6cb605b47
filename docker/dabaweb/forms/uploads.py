"""Uploaded files: which are taken, and where they lie.

They lie below media/ of the volume that the web's pods share, under names that say nothing and end in nothing. No
server maps an address to that folder: the one way to a file is the page that asks who wants it (views/files.py).
"""

import hashlib
import uuid
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 150
FOLDER = "answers"

ZIP = (b"PK\x03\x04",)
OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
# By the name's ending: the type that a file is served with, and how such a file begins. Nothing that a browser runs.
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    ".webp": ("image/webp", (b"RIFF",)),
    ".heic": ("image/heic", (b"\0\0\0",)),
    ".docx": (f"{OFFICE}.wordprocessingml.document", ZIP),
    ".xlsx": (f"{OFFICE}.spreadsheetml.sheet", ZIP),
    ".pptx": (f"{OFFICE}.presentationml.presentation", ZIP),
    ".odt": (f"{OPEN_DOCUMENT}.text", ZIP),
    ".ods": (f"{OPEN_DOCUMENT}.spreadsheet", ZIP),
    ".odp": (f"{OPEN_DOCUMENT}.presentation", ZIP),
    ".doc": ("application/msword", OLE),
    ".xls": ("application/vnd.ms-excel", OLE),
    ".ppt": ("application/vnd.ms-powerpoint", OLE),
    ".zip": ("application/zip", (*ZIP, b"PK\x05\x06")),
    ".txt": ("text/plain", ()),
    ".csv": ("text/csv", ()),
}
ACCEPT = ",".join(TYPES)


def check(upload) -> None:
    """Raise a ValidationError unless the file is small enough and is what its name says."""
    ending = Path(upload.name).suffix.lower()
    if ending not in TYPES:
        text = _("Files of this type are not taken. These are: %(endings)s.")
        raise ValidationError(text, code="type", params={"endings": " ".join(TYPES)})
    if upload.size > MOST_BYTES:
        sizes = {"size": filesizeformat(upload.size), "most": filesizeformat(MOST_BYTES)}
        raise ValidationError(_("The file is too large: %(size)s. At most %(most)s are taken."), "size", sizes)
    upload.seek(0)
    start = upload.read(4096)
    upload.seek(0)
    beginnings = TYPES[ending][1]
    if not (start.startswith(beginnings) if beginnings else b"\0" not in start):
        raise ValidationError(_("The file's content is not what its name says."), code="content")


def describe(upload) -> dict:
    """Return the value for a checked file, still without the "id" that it gets when its entry is known."""
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    name = Path(upload.name).name
    return {"name": name, "size": upload.size, "sha256": digest}


def path(value: dict) -> str:
    """Return where a value's file lies, in two levels of folders."""
    identifier = uuid.UUID(value["id"]).hex
    return f"{FOLDER}/{identifier[:2]}/{identifier}"


def store(upload, value: dict) -> None:
    if not default_storage.exists(path(value)):
        upload.seek(0)
        default_storage.save(path(value), upload)


class Missing(Exception):
    """There is no such file."""


def opened(value):
    """Open the file of an answer for reading."""
    if not isinstance(value, dict) or "id" not in value:
        raise Missing
    try:
        return default_storage.open(path(value))
    except (FileNotFoundError, ValueError) as error:
        raise Missing from error


def type_of(value: dict) -> str:
    """Return the type that the file is served with: by its name again, whatever the stored value says."""
    return TYPES.get(Path(value["name"]).suffix.lower(), ("application/octet-stream", ()))[0]


def delete(value: dict) -> None:
    default_storage.delete(path(value))


def delete_of(entries, fields) -> None:
    """Delete the files of deleted entries."""
    for entry in entries:
        for field in fields:
            if isinstance(value := entry.value(field), dict) and "id" in value:
                delete(value)
