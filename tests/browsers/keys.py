"""Keys of a keyboard by the name that `KeyboardEvent.key` gives them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """`virtual` is the key's number in CDP, `webdriver` its character in WebDriver, `text` what it types."""

    name: str
    code: str
    virtual: int
    webdriver: str
    text: str = ""


NAMED = {key.name: key for key in (
    Key("Backspace", "Backspace", 8, "\ue003"), Key("Tab", "Tab", 9, "\ue004"),
    Key("Enter", "Enter", 13, "\ue007", "\r"), Key("Escape", "Escape", 27, "\ue00c"),
    Key("PageUp", "PageUp", 33, "\ue00e"), Key("PageDown", "PageDown", 34, "\ue00f"),
    Key("End", "End", 35, "\ue010"), Key("Home", "Home", 36, "\ue011"),
    Key("ArrowLeft", "ArrowLeft", 37, "\ue012"), Key("ArrowUp", "ArrowUp", 38, "\ue013"),
    Key("ArrowRight", "ArrowRight", 39, "\ue014"), Key("ArrowDown", "ArrowDown", 40, "\ue015"),
    Key("Delete", "Delete", 46, "\ue017"), Key("Shift", "ShiftLeft", 16, "\ue008"),
    Key("Control", "ControlLeft", 17, "\ue009"), Key("Alt", "AltLeft", 18, "\ue00a"),
    Key("F3", "F3", 114, "\ue033"), Key("Space", "Space", 32, " ", " "),
)}
MODIFIERS = {"Alt": 1, "Control": 2, "Shift": 8}
"""The bit of each in CDP."""


def keys_of(pressed: str) -> tuple[list[Key], Key]:
    """The modifiers and the key of `Control+Shift+a`; a `+` alone is the key."""
    *held, last = pressed.split("+") if pressed != "+" else ["+"]
    return [NAMED[name] for name in held], NAMED.get(last) or character(last)


def character(written: str) -> Key:
    """The key that types a character."""
    if written == "\n":
        return NAMED["Enter"]
    if written.isascii() and written.isalnum():
        kind = "Digit" if written.isdigit() else "Key"
        return Key(written, kind + written.upper(), ord(written.upper()), written, written)
    return Key(written, "Space" if written == " " else "", 32 if written == " " else 0, written, written)
