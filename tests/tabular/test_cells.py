"""Cells as people and 1C write them: what is read, what is empty, what is refused."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.tabular.cells import MOST_UNITS, UNSAFE, Unreadable, is_unclean, moment, text, units, yes

SPACES = " \t\u00a0\u202f\u2007\u2009\u2002\u3000"
JSON_CELLS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=True)


@given(st.text())
def test_text_is_safe_everywhere(written: str) -> None:
    found = text(written)
    found.encode("utf-8")
    assert found == text(found) == found.strip() == unicodedata.normalize("NFC", found)
    assert not set(found) & (set(map(chr, range(32))) - set("\t\n\r"))


@pytest.mark.parametrize(("written", "found"), [
    (None, ""), ("", ""), ("  а \n", "а"), ("и\u0306", "й"), ("a\x00b\x07c\x7f", "abc"), ("\ud800", "\ufffd"),
    ("\x00", ""), ("\u202eа\u202c", "а"), ("\u2066а\u2069\u202a\u202b\u202d\u2067\u2068б", "аб"),
    ("\u200eא\u200f", "\u200eא\u200f"), (5, "5"), (False, "False"), ("a\tb", "a\tb"), ("😀", "😀")])
def test_text(written: object, found: str) -> None:
    assert text(written) == found


TURNING = {letter for letter in map(chr, range(0x110000))
           if unicodedata.bidirectional(letter) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")}


@given(st.text(st.sampled_from(["а", "א", "1", "(", "\u200e", "\u200f", "\u061c", *sorted(TURNING)])))
def test_no_name_turns_round_what_stands_beside_it(written: str) -> None:
    found = text(written)
    assert not set(found) & TURNING
    assert found == "".join(letter for letter in written if letter not in TURNING)


@given(st.text(st.characters() | st.sampled_from([chr(code) for code in UNSAFE])))
def test_only_what_is_cleaned_away_is_unclean(written: str) -> None:
    assert is_unclean(written) == any(ord(letter) in UNSAFE for letter in written)
    kept = unicodedata.normalize("NFC", written).strip()
    assert is_unclean(written) or text(written) == kept


@pytest.mark.parametrize("written", [" а ", "и\u0306", "a\tb\n", "\u00a0", "א\u200f", "\ufffd"])
def test_trimming_and_composing_is_no_cleaning(written: str) -> None:
    assert not is_unclean(written)


@given(JSON_CELLS)
def test_no_cell_breaks_a_reader(cell: object) -> None:
    for read in (text, yes, moment, lambda value: units(value, 1000)):
        with suppress(Unreadable):
            read(cell)


def test_a_cell_means_the_same_whatever_was_read_before() -> None:
    """1 == True == 1.0, so a cache must tell them apart."""
    assert [text(True), text(1), text(1.0), text(1.5)] == ["True", "1", "1", "1.5"]
    assert units(1, 10) == 10
    with pytest.raises(Unreadable):
        units(True, 10)
    assert units(1.0, 10) == 10
    with pytest.raises(Unreadable):
        moment(True)


@given(st.decimals(-(10**11), 10**11, places=4), st.sampled_from(SPACES), st.sampled_from(".,"), st.booleans())
def test_numbers_are_exact_however_they_are_written(number: Decimal, space: str, point: str, brackets: bool) -> None:
    written = f"{number:,.4f}".replace(".", "@").replace(",", space).replace("@", point)
    if brackets and number < 0:
        written = f"({written[1:]})"
    assert units(f"{space}{written}{space}", 10_000) == int(number * 10_000)


@given(st.integers(-(10**11), 10**11))
def test_whole_numbers(number: int) -> None:
    assert units(number, 1000) == units(str(number), 1000) == number * 1000


@pytest.mark.parametrize(("written", "scale", "wanted"), [("12.0", 1, 12), ("12.50", 10, 125), ("0.4", 1, 0)])
def test_decimals_beyond_the_scale(written: str, scale: int, wanted: int) -> None:
    assert units(written, scale) == wanted


@given(st.decimals(-1000, 1000, places=9))
def test_halves_go_to_even(number: Decimal) -> None:
    assert units(str(number), 100) == int((number * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


@pytest.mark.parametrize("empty", ["", " ", "-", "\u2212", None, "\u00a0-\u00a0"])
def test_an_empty_number(empty: object) -> None:
    assert units(empty, 100) is None


@pytest.mark.parametrize("wrong", [
    "много", "1.2.3", "1,234.56", "()", "(-5)x", "((5))", "--5", "5-", "1e400", "NaN", "inf", "Infinity", "0x10",
    "1_000",
    "+", "5 руб", "9" * 40, "9" * 5000, "9" * 1_000_001,
    "0." + "9" * 1_000_001, 10**17, "-" + "9" * 30, "%", "5%", "1e", ".", ",", "½", True, float("nan")])
def test_no_number(wrong: object) -> None:
    with pytest.raises(Unreadable):
        units(wrong, 10_000)


def test_the_largest_number() -> None:
    assert units(MOST_UNITS, 1) == MOST_UNITS
    with pytest.raises(Unreadable):
        units(MOST_UNITS + 1, 1)


@pytest.mark.parametrize(("written", "found"), [
    ("2026-02-03", datetime(2026, 2, 3)), ("2026-02-03T04:05:06", datetime(2026, 2, 3, 4, 5, 6)),
    ("2026-02-03T04:05:06+00:00", datetime(2026, 2, 3, 4, 5, 6)),
    ("2026-02-03 04:05:06-11:00", datetime(2026, 2, 3, 4, 5, 6)), ("03.02.2026", datetime(2026, 2, 3)),
    (" 3.2.2026 4:05 ", datetime(2026, 2, 3, 4, 5)), ("29.02.2024 23:59:59", datetime(2024, 2, 29, 23, 59, 59)),
    ("0209-02-03T00:00:00", datetime(209, 2, 3)), ("2099-01-01", datetime(2099, 1, 1)),
    ("2026/2/3", datetime(2026, 2, 3)), ("2026/02/03 4:05", datetime(2026, 2, 3, 4, 5)),
    ("2026-2-3 04:05:06", datetime(2026, 2, 3, 4, 5, 6)), ("2026年2月3日", datetime(2026, 2, 3)),
    ("2026年02月03日4:05", datetime(2026, 2, 3, 4, 5)), (" 2026年2月3日 04:05:06 ", datetime(2026, 2, 3, 4, 5, 6))])
def test_moments(written: str, found: datetime) -> None:
    assert moment(written) == found


@pytest.mark.parametrize("empty", [
    None, "", "  ", "0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "01.01.0001 0:00:00",
    "01.01.0001", "0001/1/1 0:00"])
def test_an_empty_date(empty: object) -> None:
    assert moment(empty) is None


@pytest.mark.parametrize("wrong", [
    "вчера", "30.02.2026", "29.02.2026", "2026-13-01", "2026-02-30", "00.00.0000", "0000-00-00", "3.2.26", "3/2/2026",
    "2026-02-03T25:00:00", "03.02.2026 24:00", "1e5", "True", "03.02.2026 в 5",
    "2026/2-3", "2026-2/3", "2026/2/30", "2026/13/1", "2026/2/310:05", "26/2/3", "2026年2月", "2026/2/3 24:00",
    "0000/1/1", "2026/2/3 4", "2026/2/3T04:05", "2026 2 3"])
def test_no_date(wrong: object) -> None:
    with pytest.raises(Unreadable):
        moment(wrong)


@given(st.datetimes(datetime(2, 1, 1)))
def test_both_ways_to_write_a_date(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert moment(at.isoformat()) == moment(f"{at:%d.%m.}{at.year:04} {at:%H:%M:%S}") == at
    assert moment(f"{at.year:04}/{at.month}/{at.day} {at.hour}:{at:%M:%S}") == at


@pytest.mark.parametrize(("cell", "found"), [
    (True, True), ("Да", True), ("истина", True), ("TRUE", True), (1, True), ("1", True), (False, False),
    ("Нет", False),
    (None, False), ("", False), (0, False), ("2", False)])
def test_yes(cell: object, found: bool) -> None:
    assert yes(cell) is found
