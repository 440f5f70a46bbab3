"""The log: no line is lost, too long kept or full of secrets, and nothing about it stops a night."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rfm_service import logs
from rfm_service.domain.errors import RfmError, SourceRefused
from rfm_service.logs import Growth
from rfm_service.onec.caller import Caller, Request
from rfm_service.onec.reply import Reply
from rfm_service.redaction import Redactor
from tests.onec.drips import dripping

TOKEN = "токен/with space+%"
BOT = "1234567:canary-bot-token-0123456789abcdef"
ZONE = ZoneInfo("Asia/Vladivostok")
OURS = "rfm_service.test"


USUAL = Growth(5, 3, 90)


def opened(path: Path, growth: Growth = USUAL) -> logs.Opened:
    return logs.start(path, "DEBUG", Redactor((TOKEN, " ", "")), growth, ZONE)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    lines = opened(tmp_path / "service.log")
    yield tmp_path / "service.log"
    logs.stop(lines)


def text(log: Path) -> str:
    return log.read_text(encoding="utf-8") + log.with_suffix(".jsonl").read_text(encoding="utf-8")


def line(said: str, at: datetime, *, level: int = logging.INFO) -> logging.LogRecord:
    made = logging.LogRecord(OURS, level, __file__, 1, said, (), None)
    made.created = at.timestamp()
    return made


def test_no_secret_is_written_wherever_it_stands(log: Path) -> None:
    logger = logging.getLogger(OURS)
    for form in (TOKEN, BOT, f"https://api.example/bot{BOT}/sendMessage", "anna@example.ru", "+7 912 345-67-89"):
        logger.info("in the message %s", form)
        logger.info("in %(a)r", {"a": form})
        try:
            raise SourceRefused("1C refuses {what}", what=form)
        except SourceRefused:
            logger.exception("in a traceback")
        logging.getLogger("requests").warning(form)
    written = text(log)
    assert not [each for each in (TOKEN, BOT, "anna@", "345-67") if each in written]
    assert written.count("***") == 2 * 5 * 4
    assert "Traceback" in written


def test_a_line_is_readable_and_one_of_json(log: Path) -> None:
    logs.name_run("run-7")
    try:
        logging.getLogger(OURS).warning("Ромашка: %s\nпо строкам", 5)
    finally:
        logs.name_run("-")
    told = json.loads(log.with_suffix(".jsonl").read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told.pop("at"))
    assert at.utcoffset() == timedelta(hours=10)
    assert told == {"level": "WARNING", "run": "run-7", "logger": OURS, "text": "Ромашка: 5\nпо строкам"}
    assert log.read_text(encoding="utf-8") == (
        f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} WARNING run-7 {OURS}: Ромашка: 5\nпо строкам\n")


WORDS = ("bad value 'Petrov Ivan' of Сидоров", "key b'x\\'y Petrov'", 'at "Petrov', "it's 'Petrov' of Сидоров")


def test_errors_of_others_come_without_their_values(log: Path) -> None:
    name = WORDS[0].split("'")[1]
    try:
        raise ValueError(WORDS[0][:9])
    except ValueError:
        logging.getLogger(OURS).exception("A fault")
    assert WORDS[0][:9] not in text(log)
    logs.hide_names(["Ромашка"])
    for words in WORDS:
        try:
            try:
                raise ValueError(words)
            except ValueError:
                raise KeyError(name) from None
        except KeyError as error:
            error.__cause__ = ValueError(words)
            logging.getLogger(OURS).exception("A fault", stack_info=True)
    try:
        {}["as_of"]
    except KeyError:
        logging.getLogger(OURS).exception("A fault")
    try:
        Path(log.parent / "Отчёт").read_bytes()
    except OSError:
        logging.getLogger(OURS).exception("A fault")
    written = text(log)
    assert not [each for each in ("Petrov", "Сидоров") if each in written]
    assert "ValueError: bad value *** of ***" in written
    assert "KeyError: 'as_of'" in written
    assert "Отчёт" in written
    assert "test_logs.py" in written


def test_names_are_hidden_once_they_are_known(log: Path) -> None:
    with logs.retries_said(Redactor(), str):
        logs.hide_names(["ООО Ромашка"])
    logging.getLogger(OURS).info("sold to %s", "ООО «Ромашка»")
    assert "Ромашка" not in text(log)
    logs.hide_names([])


LIBRARIES = """
import logging, sys, warnings
from pathlib import Path
from rfm_service import logs
from rfm_service.redaction import Redactor
lines = logs.start(Path(sys.argv[1]), "INFO", Redactor((sys.argv[2],)), logs.Growth(5, 3, 90))
import telebot
logging.getLogger("TeleBot").error("refused: %s", "1234567:canary-bot-token-0123456789abcdef")
logging.getLogger("alembic.runtime").warning("an odd table")
warnings.simplefilter("always")
warnings.warn(f"soon gone: {sys.argv[2]}", DeprecationWarning)
logging.getLogger("urllib3.connectionpool").warning("odd headers (url=%s): %5.1f", "http://Petrov", 5)
logging.getLogger("rfm_service.test").info("%d of %s", sys.argv[2])
logs.stop(lines)
"""


def test_libraries_are_heard_and_their_own_consoles_are_not(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    done = subprocess.run([sys.executable, "-c", LIBRARIES, str(path), TOKEN], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    written = path.read_text(encoding="utf-8")
    for said in ("TeleBot: refused: ***", "alembic.runtime: an odd table", "py.warnings: ", "DeprecationWarning: soon",
                 "odd headers (url=***): ***", "rfm_service.test: *** of ***"):
        assert said in written, written


def test_what_an_odd_header_says_is_not_written(log: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nPetrov owes 500\r\n\r\n[]"
    with dripping(answer, b"", 5) as url:
        Caller(url=url, deadline_minutes=0.05).read(Request("POST", url, b"{}"), Reply.body)
    written = text(log)
    assert "Failed to parse headers (url=***)" in written
    assert "Petrov" not in written


def test_a_file_is_put_aside_by_its_size_and_takes_any_text(tmp_path: Path) -> None:
    lines = opened(tmp_path / "service.log", Growth(0.005, 2, 90))
    now = datetime.now(ZONE)
    for _ in range(300):
        for handler in lines.handlers:
            handler.handle(line("длинная строка \ud800 " + "x" * 50, now))
    logs.stop(lines)
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {
        f"service.{kind}{aside}" for kind in ("log", "jsonl") for aside in ("", ".1", ".2")}
    assert all(path.stat().st_size <= 5000 for path in tmp_path.iterdir())
    for path in tmp_path.glob("*.jsonl*"):
        assert all(json.loads(each) for each in path.read_text(encoding="utf-8").splitlines())


def test_a_file_is_put_aside_by_its_age_and_removed_by_it(tmp_path: Path) -> None:
    lines = opened(tmp_path / "service.log", Growth(5, 10, 30))
    readable = lines.handlers[0]
    start = datetime(2026, 1, 1, 12, tzinfo=ZONE)
    for day in range(60):
        at = start + timedelta(days=day)
        readable.handle(line(f"day {day}", at))
        os.utime(tmp_path / "service.log", (at.timestamp(),) * 2)
    logs.stop(lines)
    aside = sorted(path.name for path in tmp_path.glob("service.log.*"))
    assert aside == ["service.log.1", "service.log.2", "service.log.3", "service.log.4"]
    assert "day 55\n" in (tmp_path / "service.log.1").read_text(encoding="utf-8")
    first = (tmp_path / "service.log.4").read_text(encoding="utf-8").splitlines()[0]
    assert first.endswith("day 24")


WRITER = """
import logging, sys
from pathlib import Path
from rfm_service import logs
from rfm_service.redaction import Redactor
lines = logs.start(Path(sys.argv[1]), "INFO", Redactor(), logs.Growth(0.01, 1000, 90))
for at in range(300):
    logging.getLogger("rfm_service.test").info("line %s of %s", at, sys.argv[2])
logs.stop(lines)
"""


def test_two_programs_write_and_put_aside_at_once_without_losing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "ab"]
    assert [each.wait(60) for each in writers] == [0, 0]
    files = [each for each in tmp_path.iterdir() if each.name.startswith("service.log")]
    found = [each.rpartition(": ")[2] for file in files for each in file.read_text(encoding="utf-8").splitlines()]
    assert len(files) >= 3
    assert sorted(found) == sorted(f"line {at} of {name}" for at in range(300) for name in "ab")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_or_a_file_that_cannot_be_moved_stops_nothing(tmp_path: Path, capsys) -> None:
    lines = opened(tmp_path / "service.log", Growth(0.001, 2, 90))
    (tmp_path / "service.log").symlink_to("/dev/full")
    # What cannot be renamed over stands in for a file that Windows holds open.
    (tmp_path / "service.jsonl.1").mkdir()
    (tmp_path / "service.jsonl.2").mkdir()
    (tmp_path / "service.jsonl.2" / "x").write_bytes(b"")
    for at in range(50):
        logging.getLogger(OURS).info("line %s", at)
    logs.stop(lines)
    assert (tmp_path / "service.jsonl").read_text(encoding="utf-8").count("line ") == 50
    assert not capsys.readouterr().err


def test_a_line_is_written_without_the_lock(tmp_path: Path) -> None:
    (tmp_path / ".service.log.lock").mkdir()
    lines = opened(tmp_path / "service.log")
    logging.getLogger(OURS).info("written")
    logs.stop(lines)
    assert "written" in (tmp_path / "service.log").read_text(encoding="utf-8")


def test_the_tail_of_a_run_is_its_last_lines_out_of_all_files(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    old, new = tmp_path / "service.log.2", tmp_path / "service.log.1"
    old.write_text("2026-11-19 01:00:00,000 INFO r1 x: of another\n2026-11-20 02:00:00,000 INFO r2 x: first\n", "utf-8")
    new.write_text("2026-11-20 02:01:00,000 ERROR r2 x: Беда\nTraceback (most recent call last):\n  at x\n"
                   "2026-11-20 02:01:01,000 INFO r3 x: between\n", "utf-8")
    path.write_text(f"2026-11-20 02:02:00,000 INFO r2 x: {TOKEN}\n", "utf-8")
    told = logs.tail(path, "r2", Redactor((TOKEN,))).splitlines()
    assert [each.rpartition(": ")[2].strip() for each in told] == [
        "first", "Беда", "Traceback (most recent call last):", "at x", "***"]
    assert logs.tail(path, "r9", Redactor()) == ""
    assert logs.tail(tmp_path / "none.log", "r2", Redactor()) == ""
    path.write_text("".join(f"2026-11-20 02:02:00,000 INFO r2 x: {at} {'ж' * 400}\n" for at in range(900)), "utf-8")
    told = logs.tail(path, "r2", Redactor())
    assert "x: 899 " in told.splitlines()[-1]
    assert len(told.encode()) <= 200_000


def test_a_log_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RfmError, match="log folder"):
        opened(tmp_path / "file" / "logs" / "service.log")
