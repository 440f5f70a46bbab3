"""JSON read as it arrives: objects one by one, out of arrays, of lines, and of strings that hold JSON again.

Memory holds a piece of the text and one object. Numbers with a point stay text, so that no money passes through a
float. No error carries the text: it holds names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceUnavailable
from rfm_service.onec.reply import CUT

LONGEST_WHOLE = 30
"""Whole numbers with so many digits stay text."""
BLANK = re.compile("[ \t\r\n\ufeff]*")
LAST_WORD = 9
"""A fault so near to the end (`-Infinit`, half an escape) is where an answer was cut."""
UNENDED = re.compile(r"(?:\.|[eE][-+]?)?\Z")
"""What may follow a number that goes on in the next piece."""
LONGEST_ESCAPE = 12
HIGH = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}")
"""The first half of a letter that takes two escapes."""
WRONG = "The answer of 1C breaks the rules of JSON in its middle. Look at the HTTP service in 1C."


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < LONGEST_WHOLE else digits


DECODER = json.JSONDecoder(parse_int=_whole, parse_float=str, parse_constant=str, strict=False)


def scanned(text: str, at: int = 0) -> tuple[Any, int]:
    """The JSON value at a place of a text, and where it ends.

    Raises SourceUnavailable where it is cut, AnswerMalformed where it is wrong before its end.
    """
    problem: SourceError
    try:
        return DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or error.pos >= len(text) - LAST_WORD
        problem = SourceUnavailable(CUT) if cut else AnswerMalformed(WRONG)
    except RecursionError:
        problem = AnswerMalformed("The answer of 1C is nested too deeply.")
    # Raised out here: as its context, the parser's error would carry the whole text.
    raise problem


class Feed:
    """A text that arrives in pieces, read from the front."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._fresh = False

    def more(self) -> bool:
        """Take in one more piece; False at the end."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text = self._text[self._at:] + piece
        self._at = 0
        self._fresh = True
        return True

    def peek(self) -> str:
        """The next character that is not blank; '' at the end."""
        while True:
            found = BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self.more():
                return ""

    def end(self) -> None:
        """Pass the end. Raises AnswerMalformed where something is left."""
        if self.peek():
            raise AnswerMalformed(WRONG)

    def skip(self, wanted: str) -> str:
        """Pass the next character, one of those wanted. Raises SourceError where there is another, or none."""
        there = self.peek()
        if not there:
            raise SourceUnavailable(CUT)
        if there not in wanted:
            raise AnswerMalformed(WRONG)
        self._at += 1
        return there

    def value(self) -> Any:
        """The value that comes next, whole. Raises SourceError."""
        self.peek()
        while True:
            problem, found, end = None, None, 0
            try:
                found, end = scanned(self._text, self._at)
            except SourceUnavailable as error:
                problem = error
            torn = UNENDED.match(self._text, end)
            if (problem or torn) and self._grow():
                continue
            if problem or (torn and torn[0]):
                raise problem or SourceUnavailable(CUT)
            self._at = end
            return found

    def ready(self) -> list[Any]:
        """Elements of an array that lie whole in the text, many at once; none where they cannot be told apart so."""
        end = self._text.rfind("},", self._at) + 1
        if not (end and self._fresh):
            return []
        self._fresh = False
        try:
            found: list[Any] = DECODER.decode(f"[{self._text[self._at:end]}]")
        except (ValueError, RecursionError):
            return []  # That end lies within a string or a table; one by one they are read all the same.
        self._at = end
        return found

    def inside(self) -> Iterator[str]:
        """The text that the string ahead holds, as it arrives. Raises SourceError."""
        self.skip('"')
        last = False
        while True:
            text = self._text[self._at:]
            safe = len(text) if last else _untorn(text)
            piece, end = scanned(f'"{text[:safe]}"')
            closed = end - 1 <= safe
            self._at += end - 1 if closed else safe
            if piece:
                yield piece
            if closed:
                return
            if last:
                raise SourceUnavailable(CUT)
            last = not self.more()

    def _grow(self) -> bool:
        """Take in twice as much as is there, so that trying a long value again and again stays cheap."""
        wanted, grown = 2 * (len(self._text) - self._at), False
        while len(self._text) - self._at <= wanted and self.more():
            grown = True
        return grown


def _untorn(text: str) -> int:
    """How much of the inside of a JSON string can be read before the rest is there: no escape is torn."""
    at = text.find("\\", max(0, len(text) - LONGEST_ESCAPE))
    if at < 0:
        return len(text)
    at = _start(text, at)
    return _start(text, at - 6) if at >= 6 and HIGH.match(text, at - 6) else at


def _start(text: str, at: int) -> int:
    """Where the escape begins that the backslash there is a part of: they pair up from the left."""
    return at - (at - len(text[:at].rstrip("\\"))) % 2
