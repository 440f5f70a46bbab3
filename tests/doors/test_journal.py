"""The diary of runs and the log: they outlive crashes, and no secret is written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from rfm_service import journal, lock, logs
from rfm_service.domain.errors import LedgerError, LockHeld, RfmError, SourceRefused
from rfm_service.journal import Journal
from rfm_service.onec.caller import Caller, Request
from rfm_service.onec.reply import Reply
from tests.onec.drips import dripping

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


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    handler = logs.start(tmp_path / "service.log", "DEBUG", [TOKEN, " ", "", "p\nq"], keep=2, size_mb=0.01)
    yield tmp_path / "service.log"
    logs.stop(handler)


def test_no_secret_in_any_form_is_written(log: Path) -> None:
    logger = logging.getLogger("rfm_service.test")
    forms = [TOKEN, quote(TOKEN), quote(TOKEN, safe=""), quote_plus(TOKEN), repr(TOKEN.encode()), BOT, "p\nq",
        repr("p\nq"),
             f"https://api.example/bot{BOT}/sendMessage"]
    for form in forms:
        logger.info("in the message %s", form)
        logger.info("in %(a)r", {"a": form})
        try:
            raise ValueError(form)
        except ValueError:
            logger.exception("in a traceback")
        logging.getLogger("requests").warning(form)
    written = log.read_text(encoding="utf-8")
    for form in (TOKEN, quote(TOKEN), quote(TOKEN, safe=""), quote_plus(TOKEN), repr(TOKEN.encode())[2:-1], BOT,
        "p\nq", "p\\nq"):
        assert form not in written
    assert written.count("***") >= 3 * len(forms)
    assert "Traceback" in written


def test_what_an_odd_header_says_is_not_written(log: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nPetrov owes 500\r\n\r\n[]"
    with dripping(answer, b"", 5) as url:
        Caller(url=url, deadline_minutes=0.05).read(Request("POST", url, b"{}"), Reply.body)
    logging.getLogger("rfm_service.test").info("after it")
    written = log.read_text(encoding="utf-8")
    assert "after it" in written
    assert "Petrov" not in written


def test_the_log_rotates_and_takes_any_text(log: Path) -> None:
    logs.name_run("run-7")
    # Straight to our handler: what pytest captures must be encodable to travel between its workers.
    ours = next(handler for handler in logging.getLogger().handlers if isinstance(handler, RotatingFileHandler))
    factory = logging.getLogRecordFactory()
    for _ in range(300):
        said = ("rfm_service.test", logging.INFO, __file__, 1, "длинная строка \ud800 %s", ("x" * 100,), None)
        ours.handle(factory(*said))
    assert {path.name for path in log.parent.iterdir()} == {"service.log", "service.log.1", "service.log.2"}
    assert " run-7 " in log.read_text(encoding="utf-8")


def test_a_log_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RfmError, match="log folder"):
        logs.start(tmp_path / "file" / "logs" / "service.log", "INFO", [], keep=1, size_mb=1)


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
