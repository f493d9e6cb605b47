"""Compiles the translations (`python -m dabaweb.catalogs`), as Django does with gettext's programs."""

from pathlib import Path

import polib

HOME = Path(__file__).resolve().parent.parent


def compile_all(home: Path = HOME) -> list[Path]:
    """Write a .mo file beside each .po file of the project's own catalogues, and return them."""
    compiled = []
    for source in sorted([*home.glob("locale/*/LC_MESSAGES/*.po"), *home.glob("*/locale/*/LC_MESSAGES/*.po")]):
        target = source.with_suffix(".mo")
        polib.pofile(str(source)).save_as_mofile(str(target))
        compiled.append(target)
    return compiled


if __name__ == "__main__":
    compile_all()
