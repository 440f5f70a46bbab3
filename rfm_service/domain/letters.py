"""Great and small letters, in Turkish too, where i and ı are two letters and the great one of i is İ."""

from __future__ import annotations

ONE_I = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
DOT_ABOVE = "\u0307"
"""What `casefold` leaves of İ beside an i."""


def folded(text: str) -> str:
    """A text as it is compared whatever its case: I, İ, ı and i are one letter."""
    return text.translate(ONE_I).casefold().replace("i" + DOT_ABOVE, "i")


def capitalised(text: str, language: str) -> str:
    """A text that begins with a great letter of the language."""
    first = "İ" if language == "tr" and text[:1] == "i" else text[:1].upper()
    return first + text[1:]
