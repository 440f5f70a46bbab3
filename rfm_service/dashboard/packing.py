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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"RFM1"
LEVEL = 7
SAMPLE = 50_000
MOST_TEMPLATES = 500
LEAST_REPEATED = 2
NUMBERED = re.compile(r"(.*?)(\d{1,15})(\D*)", re.DOTALL)
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
    return "\n".join(value.replace("\n", " ") for value in values).encode("utf-8", "replace")


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


def numbered(values: Sequence[str]) -> Column:
    """Texts that are alike but for a number in them, as document numbers are: a template, and the number."""
    found = [NUMBERED.fullmatch(value) for value in values]
    templates = [f"{match[1]}{PLACE}{len(match[2])}{PLACE}{match[3]}" if match else value.replace(PLACE, "")
                 for match, value in zip(found, values, strict=True)]
    different = list(dict.fromkeys(templates))
    if len(different) > MOST_TEMPLATES:
        return texts(values)
    counted = np.fromiter((int(match[2]) if match else 0 for match in found), np.int64, len(values))
    return Column(len(values), {"kind": "numbered"}, {},
                  {"templates": words(templates, different), "numbers": numbers(counted)})
