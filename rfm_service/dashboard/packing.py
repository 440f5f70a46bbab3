"""Columns as bytes that a browser unpacks quickly; what they look like is told by a header in front of them.

The file is `RFM1`, the header's length (4 bytes, little-endian), the header (JSON), then the parts at the places that
the header tells, from 0 at its end. Numbers lie in planes: the lowest byte of all rows, then the next one, which
gzip packs best; a value is base + step * number, with `delta` summed up from the first row on. Texts lie one after
another, a line feed between them.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MAGIC = b"RFM1"
LEVEL = 7
SAMPLE = 50_000
MOST_TEMPLATES = 500
LEAST_REPEATED = 2
MOST_DIGITS = 15
NUMBERED = re.compile(r"(.*?)([0-9]{1,15})([^0-9]*)", re.DOTALL)
PLACE = "\x00"
HEX = re.compile(r"[0-9a-f]+(?:-[0-9a-f]+)*")

Form = dict[str, Any]
Sections = Mapping[str, Mapping[str, "Column"]]


@dataclass(frozen=True)
class Column:
    """A packed column: its rows, its form in the header, and its parts by their names there."""

    rows: int
    form: Form
    parts: Mapping[str, bytes] = field(default_factory=dict)
    inner: Mapping[str, Column] = field(default_factory=dict)

    def laid(self, body: list[bytes], at: int) -> tuple[Form, int]:
        """The form with the places of its parts, which are laid onto the body, and the end of it."""
        told = dict(self.form)
        for name, part in self.parts.items():
            told[name] = [at, len(part)]
            body.append(part)
            at += len(part)
        for name, column in self.inner.items():
            told[name], at = column.laid(body, at)
        return told, at


def packed(facts: Mapping[str, Any], sections: Sections) -> bytes:
    """One gzip of facts and columns, the same bytes for the same contents."""
    body: list[bytes] = []
    told, at = {}, 0
    for section, columns in sections.items():
        forms = {}
        for name, column in columns.items():
            forms[name], at = column.laid(body, at)
        told[section] = {"rows": max((column.rows for column in columns.values()), default=0), "columns": forms}
    header = json.dumps({"facts": facts, "sections": told}, ensure_ascii=True, separators=(",", ":")).encode()
    return gzip.compress(b"".join((MAGIC, len(header).to_bytes(4, "little"), header, *body)), LEVEL, mtime=0)


def numbers(values: NDArray[Any] | Sequence[int]) -> Column:
    """Whole numbers in as few bytes as hold them, as they are or as differences, whichever packs better."""
    given = np.asarray(values, np.int64)
    if not len(given):
        nothing = {"kind": "numbers", "base": 0, "step": 1, "width": 0, "delta": False, "low": 0, "high": 0}
        return Column(0, nothing, {"at": b""})
    plain, steps = _planes(given, delta=False), _planes(np.diff(given, prepend=np.int64(0)), delta=True)
    chosen = min((plain, steps), key=_weight)
    chosen.form.update(low=int(given.min()), high=int(given.max()))
    return chosen


def _planes(values: NDArray[np.int64], *, delta: bool) -> Column:
    base = int(values.min())
    offsets = (values - base).view(np.uint64)
    step = int(np.gcd.reduce(offsets)) or 1
    scaled = offsets // np.uint64(step)
    width = (int(scaled.max()).bit_length() + 7) // 8
    planes = scaled.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()
    return Column(len(values), {"kind": "numbers", "base": base, "step": step, "width": width, "delta": delta},
                  {"at": planes})


def _weight(column: Column) -> int:
    """Bytes of a sample of every plane once packed."""
    planes = np.frombuffer(column.parts["at"], np.uint8).reshape(column.form["width"], column.rows)
    return len(zlib.compress(np.ascontiguousarray(planes[:, :SAMPLE]).tobytes(), 1))


def texts(values: Sequence[str]) -> Column:
    """Texts one after another, or by the number of each different one where they repeat."""
    if len(values) > LEAST_REPEATED * len(different := dict.fromkeys(values)):
        return words(values, list(different))
    return Column(len(values), {"kind": "lines"}, {"at": _lines(values)})


def words(values: Sequence[str], different: Sequence[str]) -> Column:
    """Texts of which there are few, by their number in the list of different ones."""
    number = {word: at for at, word in enumerate(different)}
    codes = numbers(np.fromiter(map(number.__getitem__, values), np.int64, len(values)))
    return Column(len(values), {"kind": "words", "count": len(different)}, {"at": _lines(different)}, {"codes": codes})


def _lines(values: Iterable[str]) -> bytes:
    # a line feed parts texts, so none may hold one; a lone surrogate has no bytes
    return "\n".join([value.replace("\n", " ") if "\n" in value else value for value in values]).encode(
        "utf-8", "replace")


def ids(values: Sequence[str]) -> Column:
    """Hexadecimal ids (with hyphens at the same places) in half of their digits; others as texts."""
    joined = "".join(values)
    shape = _shape(values[0]) if values else None
    alike = shape is not None and all(_shape(value) == shape for value in values)
    digits = joined.replace("-", "")
    if not alike or shape is None or shape[0] % 2 or not HEX.fullmatch(digits):
        return texts(values)
    return Column(len(values), {"kind": "hex", "digits": shape[0], "hyphens": list(shape[1])},
                  {"at": bytes.fromhex(digits)})


def _shape(value: str) -> tuple[int, tuple[int, ...]]:
    """How many digits there are, and where hyphens stand in the whole id."""
    if "-" not in value:
        return len(value), ()
    hyphens = tuple(at for at, character in enumerate(value) if character == "-")
    return len(value) - len(hyphens), hyphens


@dataclass(frozen=True)
class Numbered:
    """Texts that are alike but for their last number, as those of documents are: a template each, and the number.

    A template is the text before the number, its digits, and the text after it, a NUL between them.
    """

    templates: list[str]
    codes: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, values: Sequence[str]) -> Numbered:
        """The texts taken apart; what is no number stays in the template."""
        if not values:
            return cls([], np.zeros(0, np.int64), np.zeros(0, np.int64))
        letters = np.frombuffer(_lines(values) + b"\n", np.uint8).copy()
        counted = _zeroed(letters)
        zeroed = np.array(letters.tobytes()[:-1].split(b"\n"), dtype=object)
        codes, different = pd.factorize(zeroed)
        return cls([_template(text.decode()) for text in different], codes.astype(np.int64), counted)

    def taken(self, at: NDArray[np.int64]) -> Numbered:
        """The rows at some places."""
        return Numbered(self.templates, self.codes[at], self.numbers[at])

    def column(self) -> Column:
        """The column; texts of too many kinds as they are."""
        if len(self.templates) > MOST_TEMPLATES:
            return Column(len(self.codes), {"kind": "lines"}, {"at": _lines(self.texts())})
        templates = Column(len(self.codes), {"kind": "words", "count": len(self.templates)},
                           {"at": _lines(self.templates)}, {"codes": numbers(self.codes)})
        return Column(len(self.codes), {"kind": "numbered"}, {},
                      {"templates": templates, "numbers": numbers(self.numbers)})

    def texts(self) -> Iterator[str]:
        """The texts put together again."""
        parts = [template.split(PLACE) for template in self.templates]
        for code, number in zip(self.codes.tolist(), self.numbers.tolist(), strict=True):
            before, width, after = parts[code]
            yield f"{before}{number:0{width}}{after}" if width else before


def _zeroed(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The last number of each line of bytes; its digits become zeros there."""
    place = np.arange(len(letters))
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    last = np.maximum.reduceat(np.where(digit, place, -1), starts)
    before = np.maximum.accumulate(np.where(digit, -1, place))
    first = np.maximum(before[last] + 1, last - MOST_DIGITS + 1)
    counted = np.zeros(len(ends), np.int64)
    for step in range(MOST_DIGITS):
        there = (last >= 0) & (last - step >= first)
        at = last[there] - step
        counted[there] += (letters[at].astype(np.int64) - ord("0")) * 10**step
        letters[at] = ord("0")
    return counted


def _template(zeroed: str) -> str:
    match = NUMBERED.fullmatch(zeroed)
    return PLACE.join((match[1], str(len(match[2])), match[3]) if match else (zeroed, "", ""))
