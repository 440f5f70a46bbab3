"""JSON read piece by piece is JSON read at once, wherever the pieces begin, and takes little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import SourceError, SourceUnavailable
from rfm_service.onec import decoding
from rfm_service.onec.streaming import Feed
from tests.onec.flood import flooding
from tests.onec.replies import reply

HARD = ['"', "\\", '\\"', "},", "}, {", "[{", "]}", "😀", "\ud83d", "\ude00", "\\ud83d", "\\\\", "\u2028", "\x00",
        "\ufeff", "\\u0041", "d83d\\ude00"]
TEXTS = st.text(max_size=12) | st.sampled_from(HARD) | st.lists(st.sampled_from(HARD), max_size=6).map("".join)
CELLS = st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2) | st.dictionaries(
    TEXTS, TEXTS, max_size=2)
ROWS = st.lists(st.dictionaries(st.sampled_from("абв") | TEXTS, CELLS, max_size=4), max_size=6)


def loaded(text: str) -> Any:
    """What the whole text says, numbers and all as streaming takes them."""
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 30 else digits, parse_float=str,
                      parse_constant=str, strict=False)


def pieces(content: bytes, cuts: list[int]) -> Iterator[bytes]:
    ends = [*sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return (content[first:end] for first, end in zip([0, *ends], ends, strict=False))


class Arriving:
    """A reply that arrives in these pieces."""

    length = None
    measured = True
    headers: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, content: bytes, cuts: list[int]) -> None:
        self.chunks = lambda: pieces(content, cuts)


def streamed(content: bytes, cuts: list[int]) -> list[Any]:
    return list(decoding.rows(Arriving(content, cuts)))  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(ROWS, st.lists(st.integers(0, 5_000), max_size=60), st.booleans(), st.booleans(), st.sampled_from([None, 1]))
def test_pieces_change_nothing(rows: list[Any], cuts: list[int], inner: bool, outer: bool, indent: int | None) -> None:
    text = json.dumps(rows, ensure_ascii=inner, indent=indent)
    wrapped = json.dumps({"data": text}, ensure_ascii=outer).encode("utf-8", "replace")
    wanted = loaded(loaded(wrapped.decode())["data"])
    assert streamed(wrapped, cuts) == wanted
    assert streamed(b"\xef\xbb\xbf" + wrapped, cuts) == wanted
    plain = text.encode("utf-8", "replace")
    assert streamed(plain, cuts) == streamed(b'{"data":' + plain + b"}", cuts) == loaded(plain.decode())


@settings(max_examples=100, deadline=None)
@given(ROWS.filter(lambda rows: len(rows) > 1 and "data" not in rows[0] and "error" not in rows[0]),
       st.lists(st.integers(0, 5_000), max_size=30))
def test_pieces_of_lines_change_nothing(rows: list[Any], cuts: list[int]) -> None:
    lines = [json.dumps(row) for row in rows]
    assert streamed("\n".join(lines).encode(), cuts) == [loaded(line) for line in lines]


@settings(max_examples=200, deadline=None)
@given(ROWS.filter(bool), st.lists(st.integers(0, 5_000), max_size=30), st.integers(1, 5_000))
def test_row_11_no_cut_passes_for_an_answer(rows: list[Any], cuts: list[int], at: int) -> None:
    wrapped = json.dumps({"data": json.dumps(rows)}).encode()
    with pytest.raises(SourceUnavailable):
        streamed(wrapped[:1 + at % (len(wrapped) - 1)], cuts)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("[]{}\":,\\u0d8 x", max_size=60).map(str.encode),
       st.lists(st.integers(0, 200), max_size=20))
def test_any_bytes_are_rows_or_an_error(content: bytes, cuts: list[int]) -> None:
    try:
        assert all(isinstance(row, dict) for row in streamed(content, cuts))
    except SourceError as error:
        assert error.__context__ is None  # noqa: PT017


@pytest.mark.parametrize("value", ["12", "-1.5e3", "true", '"x"', "{}", "null"])
def test_a_value_at_the_end_may_go_on(value: str) -> None:
    feed = Feed(iter([*value, " "]))
    assert feed.value() == loaded(value)
    assert Feed(iter([*value])).value() == loaded(value)


@pytest.mark.parametrize("content", [
    b"[" + b'{"a":"},"},' * 30_000 + b"{}]",  # every end of a row is also in a text
    b'{"data":"' + rb"\\" * 500_000 + b'"}', b'{"data":"' + rb"\ud83d" * 150_000 + b'"}',
    b'{"data":[{"a":"' + b"x" * 3_000_000 + b'"}]}'], ids=["ends", "backslashes", "halves", "long"])
def test_hostile_texts_take_no_long_time(content: bytes) -> None:
    began = time.monotonic()
    with suppress(SourceError):
        list(decoding.rows(reply(content, most=1 << 14)))
    assert time.monotonic() - began < 3


READING = """
import sys, time
import psutil
from rfm_service.onec import decoding
from rfm_service.onec.caller import Caller, Request

memory = psutil.Process().memory_info
caller = Caller(url=sys.argv[1], largest_mb=1000)

def read(reply):
    count, peak = 0, 0
    for count, _ in enumerate(decoding.rows(reply), 1):
        peak = max(peak, memory().rss) if count % 1000 == 0 else peak
    return count, peak

_, before = caller.read(Request("POST", caller.url + "?1"), read)
began = time.perf_counter()
count, peak = caller.read(Request("POST", caller.url + "?300"), read)
print(count, (peak - before) / 1e6, count / (time.perf_counter() - began))
"""


@pytest.mark.slow
def test_300_megabytes_are_read_within_64() -> None:
    with flooding() as url:
        read = subprocess.run([sys.executable, "-c", READING, url], capture_output=True, encoding="utf-8", timeout=300)
    assert read.returncode == 0, read.stderr
    count, grown, speed = map(float, read.stdout.split())
    assert count * 700 > 280_000_000
    assert grown < 64, f"{grown:.0f} MB more"
    assert speed > 1_000
