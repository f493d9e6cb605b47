"""Room for long work: exports and imports keep a worker busy, and the others must be free for pages."""

import fcntl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from . import limits


class Busy(Exception):
    """As much long work as there may be is under way in this pod."""


def take() -> IO:
    """Return an open file that holds a slot until it is closed, be it by the end of the process. Raises `Busy`."""
    for number in range(limits.LONG_WORK_PER_POD):
        file = (Path(tempfile.gettempdir()) / f"dabaweb-long-work-{number}").open("ab")
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        file.close()
    raise Busy
