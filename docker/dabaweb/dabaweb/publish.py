"""Puts the release's static files onto the volume from which nginx serves them.

Only files with a hash in their name are published: they never change, so the pods of two releases, or three pods at
once, can share one folder. Files of other releases stay, for pages that are open in browsers.
"""

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

MANIFEST = "staticfiles.json"
PART = ".part-"
ABANDONED_AFTER = 3600


def publish(source: Path, site: Path) -> tuple[int, int]:
    """Copy what `site` lacks. Return how many files the release has and how many were copied."""
    target = prepare(site)
    names = sorted(set(json.loads((source / MANIFEST).read_text())["paths"].values()))
    copied = [name for name in names if put(source / name, target / name)]
    return len(names), len(copied)


def prepare(site: Path) -> Path:
    """Make the folders of the site. Return the one for static files."""
    target = site / "static"
    target.mkdir(parents=True, exist_ok=True)
    (site / "media").mkdir(exist_ok=True)
    remove_abandoned(target)
    return target


def put(source: Path, target: Path) -> bool:
    """Copy one file so that readers see all of it or nothing; tell whether it was missing."""
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=PART, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as written, source.open("rb") as read:
            shutil.copyfileobj(read, written)
            os.fchmod(written.fileno(), 0o644)
            os.fsync(written.fileno())
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink()
        raise
    return True


def remove_abandoned(target: Path) -> None:
    """Remove what a publication that was killed half way has left."""
    for part in target.rglob(f"{PART}*"):
        try:
            if time.time() - part.stat().st_mtime > ABANDONED_AFTER:
                part.unlink()
        except FileNotFoundError:
            continue
