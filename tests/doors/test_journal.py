"""The diary of runs, which outlives crashes, and the lock."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rfm_service import journal, lock
from rfm_service.domain.errors import LedgerError, LockHeld, RfmError, SourceRefused
from rfm_service.journal import Journal

DAY = date(2026, 5, 9)
TOKEN = "токен/with space+%"
BOT = "1234567:canary-bot-token-0123456789abcdef"


def book(path: Path, run: str = "r1", started: datetime = datetime(2026, 5, 10, 2, tzinfo=UTC)) -> Journal:
    moments = iter(started + timedelta(seconds=at) for at in range(1000))
    return Journal(path, run, DAY, lambda: next(moments))


def night(one: Journal, *steps: str) -> None:
    for name in steps:
        with one.step(name) as step:
            step.count(lines=2)


def test_a_run_is_told_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runs.jsonl"
    one = book(path)
    night(one, "fetch", "store", "fetch", "notify")
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert all({"run", "as_of", "step", "event", "counts", "at"} <= entry.keys() for entry in entries)
    assert all("seconds" in entry for entry in entries if entry["event"] == "end")
    assert one.counts["fetch"] == {"lines": 4}
    [run] = journal.runs(path)
    assert (run.run, run.as_of, run.succeeded, run.failed_step) == ("r1", DAY, True, None)
    assert (run.started, run.ended) == (datetime(2026, 5, 10, 2, tzinfo=UTC), datetime(2026, 5, 10, 2, 0, 7,
        tzinfo=UTC))


def test_a_failure_names_the_step_and_no_stranger_s_words(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    for run, error in (("a", RfmError("a {sentence}", sentence="told")), ("b", ValueError(f"{TOKEN} {BOT}"))):
        with pytest.raises(type(error)), book(path, run).step("fetch"):
            raise error
    first, second = journal.runs(path)
    assert (first.failed_step, str(first.error), first.succeeded) == ("fetch", "a told", False)
    assert str(second.error) == "ValueError"
    night(book(path, "b"), "notify")
    assert not journal.runs(path)[1].succeeded


def test_an_error_is_kept_so_that_it_can_be_said_in_another_language(tmp_path: Path) -> None:
    inner = SourceRefused("1C says {code} of {{this}}", code=401)
    with pytest.raises(RfmError), book(tmp_path / "runs.jsonl").step("fetch"):
        raise RfmError("On {day}: {reason}", day=DAY, reason=inner)
    [run] = journal.runs(tmp_path / "runs.jsonl")
    assert run.error is not None
    words = {"On {day}: {reason}": "Am {day}: {reason}", "1C says {code} of {{this}}": "1C sagt {code} dazu"}
    assert run.error.sentence(lambda text, **values: words[text].format(**values)) == f"Am {DAY}: 1C sagt 401 dazu"
    assert str(run.error) == f"On {DAY}: 1C says 401 of {{this}}"


@pytest.mark.parametrize("said", [None, [], "x", {}, {"template": 5, "values": {}}, {"template": "{a}", "values": {}},
                                  {"template": "{", "values": {}}, {"template": "{0}", "values": {}},
                                  {"template": "{a.b}", "values": {"a": 1}}, {"template": "x", "values": [1]},
                                  {"template": "x", "values": {"template": "y"}}])
def test_an_error_whose_parts_are_spoiled_is_said_as_it_was(tmp_path: Path, said: object) -> None:
    book(tmp_path / "runs.jsonl").write("fetch", "fail", error="1C said {401}", said=said)
    assert [str(run.error) for run in journal.runs(tmp_path / "runs.jsonl")] == ["1C said {401}"]


@pytest.mark.parametrize("cut", [1, 20, 60, 100])
def test_a_line_cut_by_a_crash_swallows_nothing(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "runs.jsonl"
    night(book(path, "a"), "fetch", "notify")
    night(book(path, "b"), "fetch")
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    night(book(path, "c"), "notify")
    assert [(run.run, run.succeeded) for run in journal.runs(path)] == [("a", True), ("b", False), ("c", True)]


def test_what_is_no_entry_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    assert journal.runs(path) == []
    path.write_bytes(b"")
    assert journal.runs(path) == []
    good = {"run": "x", "as_of": "2026-05-09", "step": "notify", "event": "end", "at": "2026-05-10T02:00:00+03:00"}
    odd = [{}, [], None, "x", good | {"at": "2026-05-10T02:00:00"}, good | {"at": 5}, good | {"as_of": "soon"},
           good | {"seconds": "long"}, good | {"seconds": []}]
    path.write_bytes(b"\x00\xff\n" + b"\n".join(json.dumps(entry).encode() for entry in odd) + b"\n")
    assert journal.runs(path) == []
    night(book(path), "notify")
    assert [run.run for run in journal.runs(path)] == ["r1"]


def test_only_the_tail_of_a_long_diary_is_read(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_bytes(b'{"run": "old"}\n' * 200_000)
    night(book(path), "notify")
    assert [run.run for run in journal.runs(path)] == ["r1"]


def test_a_diary_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_bytes(b"")
    night(book(tmp_path / "logs" / "runs.jsonl"), "notify")
    assert (tmp_path / "logs").read_bytes() == b""


def test_the_lock_names_its_holder_and_is_free_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "night.lock"
    with lock.held(path, "the first"):
        with pytest.raises(LockHeld, match="the first"), lock.held(path, "the second"):
            pass
        (tmp_path / "new" / "night.holder").write_bytes(b"\xff")
        with pytest.raises(LockHeld), lock.held(path, "the second"):
            pass
    with pytest.raises(ZeroDivisionError), lock.held(path, "the third"):
        raise ZeroDivisionError
    with lock.held(path, "the fourth"):
        assert path.exists()


def test_a_lock_that_cannot_be_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerError, match="lock"), lock.held(tmp_path / "file" / "x.lock", "r"):
        pass
