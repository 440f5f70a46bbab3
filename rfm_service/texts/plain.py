"""Names as people typed them, made safe to show."""

from __future__ import annotations

import re
import unicodedata

HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)
"""Controls, zero-width and direction marks, selectors, surrogates, private use, non-characters, tags."""

SPACES = re.compile(r"\s+")
ELLIPSIS = "…"


def plain(text: str) -> str:
    """One line of visible characters."""
    return " ".join(HIDDEN.sub("", SPACES.sub(" ", text)).split())


def unmarked(text: str) -> str:
    """The text, with a blank after it where XlsxWriter would take it for rich text and write its marks unescaped."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def places(character: str) -> int:
    """Places that a character takes in a line: 2 for a wide East Asian one, 0 for a combining mark."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """The plain text cut to `width` places, an ellipsis included."""
    line = plain(text)[: 4 * width]
    taken = 0
    cut = 0
    for position, character in enumerate(line):
        taken += places(character)
        if taken < width:
            cut = position + 1
        elif taken > width:
            return line[:cut].rstrip() + ELLIPSIS
    return line


WORDS = re.compile(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+|\s+")
"""A word, a blank, or one Han character: a line may end after each of them."""


def wrapped(text: str, width: int) -> str:
    """The text in lines of at most `width` places; a longer word keeps a line of its own."""
    lines = [""]
    for word in WORDS.findall(text):
        if lines[-1] and sum(map(places, lines[-1] + word.rstrip())) > width:
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    return "\n".join(line.rstrip() for line in lines)
