"""What the search looks for: the words of a text, without case and accents.

Chinese, Japanese and Korean are written without spaces, so their characters count one by one and in pairs.
"""

import re
import unicodedata
from itertools import pairwise

LONGEST = 64
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"(?P<unspaced>[{UNSPACED}]+)|(?P<word>[^\W_{UNSPACED}]+)")


def fold(text: str) -> str:
    """Return the text as it is compared."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(part for part in parts if unicodedata.category(part) != "Mn"))


def words(text: str) -> dict[str, None]:
    """Return the text's different words, in its order."""
    found: dict[str, None] = {}
    for run in RUN.finditer(fold(text)):
        if unspaced := run["unspaced"]:
            found |= dict.fromkeys(unspaced)
            found |= dict.fromkeys(one + other for one, other in pairwise(unspaced))
        else:
            found[run["word"][:LONGEST]] = None
    return found


class Query:
    """What someone looks for: texts that have all of its words, and its unspaced runs whole."""

    def __init__(self, text: str) -> None:
        runs = [run["unspaced"] for run in RUN.finditer(fold(text)) if run["unspaced"]]
        self.words = words(text).keys()
        self.runs = [run for run in runs if len(run) > 2]
        # A pair says more than its characters.
        pairs = {pair for run in runs for pair in map("".join, pairwise(run))}
        self.keys = [word for word in self.words if not any(word in pair and word != pair for pair in pairs)]

    def matches(self, text: str) -> bool:
        return self.words <= words(text).keys() and (not self.runs or all(run in fold(text) for run in self.runs))
