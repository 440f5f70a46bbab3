"""How a text is cut into messages: by UTF-16 units, as Telegram counts."""

from __future__ import annotations

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
MARK_UNITS = 20
"""Room that is left in every message for a mark before its text."""


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parted(text: str, first: int, rest: int) -> list[str]:
    """The text in parts of at most `first`, then `rest` units, cut at line ends where there are any; none is blank."""
    parts, limit = [], first
    while units(text) > limit:
        head = _head(text, limit)
        border = head.rfind("\n")
        end = border if head[:max(border, 0)].strip() else len(head)
        parts.append(text[:end])
        text = text[end:].removeprefix("\n")
        limit = rest if any(map(str.strip, parts)) else first
    shown = [part for part in (*parts, text) if part.strip()]
    return shown or [""]


def clipped(text: str, limit: int) -> str:
    """The text cut to at most `limit` units; halves of letters become question marks."""
    whole = text.encode("utf-16-le", "replace").decode("utf-16-le")
    return whole if units(whole) <= limit else _head(whole, limit - 1) + "…"


def _head(text: str, limit: int) -> str:
    """As much of a text as has `limit` units; a letter of two units is kept whole or left out."""
    return text.encode("utf-16-le", "surrogatepass")[:limit * 2].decode("utf-16-le", "ignore")
