"""File names for people: letters that every disk takes, one name for each of them, tonight and in a year."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from itertools import count

CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", (
    "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
    "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"), strict=True))
LETTERS = str.maketrans({**CYRILLIC, "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u", "қ": "q", "ң": "n", "ғ": "g",
                         "ү": "u", "ұ": "u", "ө": "o", "ә": "a", "һ": "h", "ı": "i", "ß": "ss", "ø": "o", "ł": "l",
                         "đ": "d", "æ": "ae"})
OTHERS = re.compile(r"[^a-z0-9]+")
LONGEST = 40
DIGITS = 6
NAMELESS = "x"


def latin(text: str) -> str:
    """A text in a-z, 0-9 and hyphens, at most LONGEST of them; '' where nothing of it can be written so."""
    spelled = unicodedata.normalize("NFC", text).casefold().translate(LETTERS)
    bare = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return OTHERS.sub("-", bare)[:LONGEST].strip("-")


def slugs(names: Collection[str]) -> Mapping[str, str]:
    """Name -> file name without its ending: the letters of the name and some digits that no other name shares.

    The digits follow from the name alone, so a file keeps its name whoever comes and goes. They also keep it from
    being a name that Windows has for itself (con, nul).
    """
    for digits in count(DIGITS):
        found = {name: f"{latin(name) or NAMELESS}-{_mark(name)[:digits]}" for name in names}
        if len(set(found.values())) == len(found):
            return found
    raise AssertionError


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
