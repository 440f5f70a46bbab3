"""The files of sale lines hold what the ledger does, whatever happened to it, and only changed days are written."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import EngineError, LedgerError
from rfm_service.domain.stored import LeftOut, Mark
from rfm_service.domain.tables import LINES, STORED_LINES, TRADE_LINES
from rfm_service.domain.values import Period, SaleLine, View, day_number, day_of
from rfm_service.lake.folder import MARK, Lake
from rfm_service.lake.selection import Selection
from rfm_service.lake.sync import Synced, check, sync
from rfm_service.ledger.ledger import Ledger
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, tell

SPAN = days(DAY - timedelta(days=20), DAY)
LINES_OF_A_NIGHT = st.lists(st.builds(
    lambda number, ago, amount, customer, contractor: line(
        str(number), DAY - timedelta(days=ago), amount, customer, returned=amount < 0, contractor=contractor,
        product=f"P{number % 3}", order_id=str(number % 2 or ""), channel=f"C{number % 2}"),
    st.integers(1, 9), st.integers(0, 20), st.integers(-(10**12), 10**15), st.sampled_from(["", "A", "B", *HOSTILE]),
    st.sampled_from(["", "Own"])), max_size=25)
OWN = frozenset({"Own", HOSTILE[0]})


def lake_in(folder: str | Path) -> Lake:
    return Lake(str(Path(folder) / "lines"))


def of_files(lake: Lake) -> pd.DataFrame:
    frames = [lake.read(path).to_pandas() for path in lake.days().values()]
    return ordered(pd.concat(frames)) if frames else pd.DataFrame({name: [] for name in STORED_LINES})


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), ignore_index=True)


def equal(ledger: Ledger, lake: Lake) -> None:
    found, wanted = of_files(lake), ordered(ledger.facts.stored_lines(SPAN))
    assert found.astype(wanted.dtypes.to_dict()).equals(wanted)
    assert check(lake, ledger.facts) == []
    for path in lake.days().values():
        assert lake.read(path, ["day"]).column("day").unique().to_pylist() == [int(Path(path).stem[4:])]


@settings(max_examples=15, deadline=None)
@given(st.lists(LINES_OF_A_NIGHT, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_after_any_nights_the_files_hold_what_the_ledger_does(nights: list[list[SaleLine]],
                                                              draw: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, lake = ledger_in(Path(folder)), lake_in(folder)
        for told in nights:
            first = draw.randrange(21)
            span = days(DAY - timedelta(days=20 - first), DAY)
            tell(ledger, [each for each in told if each.at.date() in span], span)
            if draw.random() < 0.3 and len(ledger.customers()) > 1:
                one, other, *_ = ledger.customers()["customer_id"]
                join_or_part(ledger, one, other)
            if draw.random() < 0.7:
                sync(lake, ledger.facts)
                equal(ledger, lake)
        sync(lake, ledger.facts)
        equal(ledger, lake)
        assert sync(lake, ledger.facts) == Synced()


def join_or_part(ledger: Ledger, one: str, other: str) -> None:
    try:
        ledger.merge(one, other, "merge")
    except LedgerError:
        ledger.unmerge(one, other, "part")


@settings(max_examples=15, deadline=None)
@given(LINES_OF_A_NIGHT, LINES_OF_A_NIGHT, st.integers(0, 20), st.booleans())
def test_what_is_chosen_of_the_files_is_what_the_ledger_would_give(first: list[SaleLine], then: list[SaleLine],
                                                                   ago: int, own: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, lake = ledger_in(Path(folder)), lake_in(folder)
        for told in (first, then):
            tell(ledger, told, SPAN)
        sync(lake, ledger.facts)
        names = OWN if own else frozenset()
        for known in (None, 1, 2):
            view = View(days(DAY - timedelta(days=ago), DAY), known)
            for table, read in ((LINES, ledger.facts.lines), (TRADE_LINES, ledger.facts.trade_lines)):
                wanted = pd.concat([read(bucket, view, names) for bucket in ledger.facts.buckets(10)])
                selection = Selection(table, view, ledger.facts.leaving_out(names))
                parts = [selection.chosen(lake.read(path, selection.columns)) for path in lake.within(view.period)]
                found = pd.concat([*parts, wanted.iloc[:0]])
                assert ordered(found).equals(ordered(wanted))
                assert found.dtypes.equals(wanted.dtypes)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = ledger_in(tmp_path)
    tell(made, [line(str(at), DAY - timedelta(days=at), 100 + at) for at in range(20)], SPAN)
    return made


def test_a_corrected_day_replaces_its_file_and_no_other(ledger: Ledger, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    assert sync(lake, ledger.facts) == Synced(20, 20)
    before = {path: (Path(path).stat().st_mtime_ns, Path(path).stat().st_ino) for path in lake.days().values()}
    corrected = DAY - timedelta(days=4)
    tell(ledger, [line("4", corrected, 7)], days(corrected, corrected))
    assert sync(lake, ledger.facts) == Synced(1, 2)
    after = {path: (Path(path).stat().st_mtime_ns, Path(path).stat().st_ino) for path in lake.days().values()}
    assert [path for path in before if after[path] != before[path]] == [lake.days()[day_number(corrected)]]
    assert lake.days()[day_number(corrected)].endswith(f"lines/month=2026-03/day={day_number(corrected)}.parquet")
    equal(ledger, lake)


class Stopped(Exception):
    pass


class Stopping:
    """Facts that end after some reads, as a killed night does."""

    def __init__(self, ledger: Ledger, after: int) -> None:
        self.facts, self.left = ledger.facts, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self.facts, name)

    def stored(self) -> int:
        return 10**9

    def stored_lines(self, period: Period) -> pd.DataFrame:
        if self.left == 0:
            raise Stopped
        self.left -= 1
        return self.facts.stored_lines(period)


@pytest.mark.parametrize("after", [0, 1, 5, 19])
def test_stopped_at_any_day_it_goes_on_to_the_same_files(ledger: Ledger, tmp_path: Path, after: int) -> None:
    lake = lake_in(tmp_path)
    with pytest.raises(Stopped):
        sync(lake, Stopping(ledger, after))
    assert lake.mark() != ledger.facts.newest()
    sync(lake, ledger.facts)
    tell(ledger, [], SPAN)
    with pytest.raises(Stopped):
        sync(lake, Stopping(ledger, after))
    assert lake.mark() != ledger.facts.newest()
    sync(lake, ledger.facts)
    equal(ledger, lake)


def test_of_another_ledger_every_file_is_made_anew(ledger: Ledger, tmp_path: Path,
                                                   tmp_path_factory: pytest.TempPathFactory) -> None:
    lake, other = lake_in(tmp_path), ledger_in(tmp_path_factory.mktemp("other"))
    sync(lake, ledger.facts)
    other.replace(answer([line("9", DAY, 5)]), "another run", None)
    assert not other.facts.follows(lake.mark() or Mark())
    assert sync(lake, other.facts) == Synced(20, 1)
    equal(other, lake)


def test_a_ledger_restored_over_a_killed_night_is_not_taken_for_what_the_files_hold(ledger: Ledger,
                                                                                    tmp_path: Path) -> None:
    lake, copy = lake_in(tmp_path), tmp_path / "copy.db"
    sync(lake, ledger.facts)
    ledger.warehouse.copy(copy)
    tell(ledger, [line("late", DAY, 9_999)], days(DAY, DAY))
    tell(ledger, [line("later", DAY - timedelta(days=9), 1)], days(DAY - timedelta(days=9), DAY - timedelta(days=9)))
    with pytest.raises(Stopped):
        sync(lake, Stopping(ledger, 1))
    ledger.warehouse.path.write_bytes(copy.read_bytes())
    sync(lake, ledger.facts)
    equal(ledger, lake)
    tell(ledger, [line("other", DAY - timedelta(days=3), 1)], days(DAY - timedelta(days=3), DAY - timedelta(days=3)))
    sync(lake, ledger.facts)
    equal(ledger, lake)


def test_after_somebody_was_forgotten_all_files_are_made_anew(ledger: Ledger, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    tell(ledger, [line("x", DAY, 5, "B", address="Street 1", site_id="7", contractor="B Ltd", channel="site"),
                  line("y", DAY, 5, "C", address="Street 2", channel="site")], days(DAY, DAY))
    sync(lake, ledger.facts)
    ledger.rights.forget("B", DAY)
    assert lake.mark() != ledger.facts.newest()
    sync(lake, ledger.facts)
    equal(ledger, lake)


@pytest.mark.parametrize("content", [b"", b"?", b"[]", b"null", b'{"form": 1}', b'{"form": 1, "mark": 7, "toward": 1}'])
def test_a_mark_that_cannot_be_read_is_none(ledger: Ledger, tmp_path: Path, content: bytes) -> None:
    lake = lake_in(tmp_path)
    sync(lake, ledger.facts)
    (tmp_path / "lines" / MARK).write_bytes(content)
    assert lake.mark() is None
    assert sync(lake, ledger.facts) == Synced(20, 20)
    assert lake.mark() == ledger.facts.newest()


def test_a_copy_of_the_files_below_them_is_not_read(ledger: Ledger, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    sync(lake, ledger.facts)
    shutil.copytree(tmp_path / "lines" / "month=2026-03", tmp_path / "lines" / "old" / "month=2026-03")
    assert not any("/old/" in path for path in lake.days().values())


def test_a_store_in_which_files_do_not_appear_whole_is_refused() -> None:
    with pytest.raises(EngineError, match=r"cannot be kept at dir://lines") as told:
        Lake("dir://user:p/w@lines", {"target_protocol": "file", "path": "/"}).days()
    assert "p/w" not in repr(Lake("dir://user:p/w@lines")) + str(told.value)


def test_drafts_and_strangers_are_no_days(ledger: Ledger, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    sync(lake, ledger.facts)
    month = tmp_path / "lines" / "month=2026-03"
    for name in (".draft-day=20000.parquet", "day=20000.parquet.tmp", "Thumbs.db", "day=x.parquet"):
        (month / name).write_bytes(b"?")
    assert len(lake.days()) == 20
    assert check(lake, ledger.facts) == []


def damage(lake: Lake, how: str) -> int:
    """Do to a file what happens to files; the day."""
    day, path = next(iter(lake.days().items()))
    if how == "gone":
        Path(path).unlink()
    elif how == "of another day":
        Path(path).write_bytes(Path(list(lake.days().values())[5]).read_bytes())
    elif how == "twice":
        lines = lake.read(path)
        lake.write(day, pa.concat_tables([lines, lines]))
    elif how == "another bit":
        content = Path(path).read_bytes()
        Path(path).write_bytes(content[:60] + bytes([content[60] ^ 4]) + content[61:])
    elif how == "empty":
        Path(path).write_bytes(b"")
    elif how == "with other columns":
        lake.write(day, lake.read(path).drop_columns(["amount"]))
    return day


@pytest.mark.parametrize("how", ["gone", "of another day", "twice", "another bit", "empty", "with other columns"])
def test_a_file_that_does_not_hold_its_day_is_found_and_made_anew(ledger: Ledger, tmp_path: Path, how: str) -> None:
    lake = lake_in(tmp_path)
    sync(lake, ledger.facts)
    day = damage(lake, how)
    [found] = check(lake, ledger.facts)
    assert found.day == day
    assert found.ledger == (1, 1, int(ledger.facts.stored_lines(day_period(day))["amount"].sum()))
    assert found.file != found.ledger
    assert sync(lake, ledger.facts, whole=how not in ("gone", "empty")).days == 20
    equal(ledger, lake)


def day_period(day: int) -> Period:
    return days(day_of(day), day_of(day))


def test_what_counts_for_nobody_is_told_by_numbers(ledger: Ledger) -> None:
    tell(ledger, [line("1", DAY, 1, "B", contractor="Own"), line("2", DAY, 1, HOSTILE[0])], days(DAY, DAY))
    told = ledger.facts.leaving_out(OWN)
    number = dict(zip(ledger.customers()["customer"], ledger.customers()["customer_no"], strict=True))
    assert told.customers == (number[HOSTILE[0]],)
    assert len(told.contractors) == 1
    assert ledger.facts.leaving_out(frozenset()) == LeftOut()


def test_the_heaviest_customer_is_of_those_that_count(ledger: Ledger) -> None:
    tell(ledger, [line(str(at), DAY, 1, "B") for at in range(40)], days(DAY, DAY))
    ids = dict(zip(ledger.customers()["customer"], ledger.customers()["customer_id"], strict=True))
    assert ledger.facts.heaviest(frozenset()) == (ids["B"], 40)
    assert ledger.facts.heaviest(frozenset({"B"})) == (ids["A"], 19)
    assert ledger.facts.heaviest(frozenset({"A", "B"})) == ("", 0)


@pytest.fixture
def memory_store() -> Iterator[str]:
    import fsspec

    yield "memory://company/lines"
    fsspec.filesystem("memory").rm("/company", recursive=True)


def test_an_object_store_holds_the_same(ledger: Ledger, memory_store: str) -> None:
    lake = Lake(memory_store)
    sync(lake, ledger.facts)
    assert len(lake.days()) == 20
    equal(ledger, lake)
    assert {Path(path).name for path in lake._store.find("/company")} == {
        MARK, *(f"day={day}.parquet" for day in lake.days())}
