"""What an import may cost. Each limit has its own message, so that people know what to change in their file.

An import runs inside of a request (see uwsgi.ini for its time) in a container that other requests share, so memory and
time are bounded whatever the file holds.
"""

MIB = 1024 * 1024

UPLOAD_BYTES = 16 * MIB
"""Size of the file. Less than nginx' `client_max_body_size`, so that people see this limit's own message."""
ROWS = 50_000
COLUMNS = 200
CELL_CHARACTERS = 32_767
"""Excel's own limit."""

ARCHIVE_PARTS = 1_000
ARCHIVE_DIRECTORY_BYTES = 256 * 1024
ARCHIVE_UNPACKED_BYTES = 256 * MIB
PART_RATIO = 200
"""How many times larger than packed a part may be; spreadsheets stay far below, a zip bomb can't."""
PART_RATIO_FROM = MIB
"""Smaller parts may have any ratio."""
SHEET_BYTES = 128 * MIB
STRINGS_BYTES = 64 * MIB
STRINGS = 1_000_000
TEXT_CHARACTERS = 64 * MIB
"""All cells together: many cells may refer to one long string."""
SMALL_PART_BYTES = 4 * MIB
"""Each of the parts that describe the workbook."""

XML_DEPTH = 32
XML_TOKEN_BYTES = MIB
"""One tag with its attributes."""
XML_NAME_CHARACTERS = 64 * 1024
"""All different names of elements, and of attributes, together."""
READ_SECONDS = 20

PROBLEMS = 200
"""How many of a file's problems are listed; the others are counted."""

LONG_WORK_PER_POD = 2
"""Exports and imports that run in one pod at once, so that pages find a free worker."""
