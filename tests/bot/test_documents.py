"""What the bot sends as files: which night, which folder, what is too large, and the log of one run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rfm_service import logs, wiring
from rfm_service.bot import documents, polling
from rfm_service.bot.memory import Memory, keep
from rfm_service.domain.errors import NotifyError, RfmError
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.refusals import BLOCKED, Refusal
from rfm_service.redaction import Redactor
from rfm_service.status import as_text, status_of
from tests.archive.manifests import manifest
from tests.bot.bots import settings_of

PLACES = '\n[[publish]]\npath = "gone"\n[[publish]]\npath = "tables"\n[[publish]]\npath = "reports"\n'
NIGHTS = (date(2026, 6, 9), date(2026, 6, 10))


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi(clock=time.time) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, api: BotApi) -> Path:
    """Settings with three report folders: one that is gone, one without nights, one with two."""
    path = settings_of(tmp_path, api)
    path.write_text(path.read_text(encoding="utf-8") + PLACES, encoding="utf-8")
    (tmp_path / "tables").mkdir()
    for night in NIGHTS:
        folder = tmp_path / "reports" / night.isoformat()
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_bytes(manifest(night))
        for name in ("summary.png", "RFM.xlsx", "dashboard.html", "customers.csv"):
            (folder / name).write_bytes(f"{name} {night}".encode())
    (tmp_path / "reports" / "2026-06-11").mkdir()
    return path


def send(path: Path) -> None:
    settings = wiring.load(path)
    documents.send_report(settings, polling.line_of(settings), "1001", wiring.texts(settings))


def test_the_newest_night_of_the_first_folder_that_has_one(path: Path, api: BotApi) -> None:
    send(path)
    assert [(sent.method, sent.files[0].name, sent.files[0].content) for sent in api.sent] == [
        ("sendPhoto", "summary 2026-06-10.png", b"summary.png 2026-06-10"),
        ("sendDocument", "RFM 2026-06-10.xlsx", b"RFM.xlsx 2026-06-10"),
        ("sendDocument", "dashboard 2026-06-10.html", b"dashboard.html 2026-06-10")]
    assert {sent.text for sent in api.sent} == {"RFM as of June 10, 2026"}


def test_files_too_large_are_named_and_a_picture_of_an_odd_shape_is_a_file(path: Path, api: BotApi) -> None:
    folder = path.parent / "reports" / "2026-06-10"
    with (folder / "RFM.xlsx").open("wb") as opened:
        opened.truncate(50_000_000)
    api.refusals.push(Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS", method="sendPhoto"))
    send(path)
    assert [(sent.method, len(sent.files)) for sent in api.sent] == [
        ("sendDocument", 1), ("sendDocument", 1), ("sendMessage", 0)]
    assert api.sent[2].text == f"Too large for Telegram: RFM.xlsx. They lie in {folder}."
    api.refusals.push(BLOCKED)
    with pytest.raises(NotifyError):
        send(path)


def test_a_report_without_such_files_is_a_sentence(path: Path, api: BotApi) -> None:
    folder = path.parent / "reports" / "2026-06-10"
    (folder / "manifest.json").write_bytes(manifest(NIGHTS[1]).replace(b"summary.png", b"s").replace(
        b"RFM.xlsx", b"r").replace(b"dashboard.html", b"d"))
    for name in ("summary.png", "RFM.xlsx", "dashboard.html"):
        (folder / name).unlink()
    send(path)
    assert [sent.text for sent in api.sent] == [
        f"The newest report, of June 10, 2026, holds no file for chats. It lies in {folder}."]


def test_no_report_is_a_sentence(tmp_path: Path, api: BotApi) -> None:
    with pytest.raises(RfmError, match="No published report can be read"):
        send(settings_of(tmp_path, api))


def test_the_log_of_one_run(tmp_path: Path) -> None:
    older, newer = tmp_path / "service.log.1", tmp_path / "service.log"
    older.write_text("2026-06-10 02:00:00,001 INFO r1 a: first\n2026-06-10 02:00:01,001 INFO r0 a: other\nof other\n",
                     encoding="utf-8")
    newer.write_bytes(b"2026-06-10 02:00:02,001 ERROR r1 a: fault canary\nTraceback\n  more\n" + b"\xff\n"
                      b"2026-06-10 02:00:03,001 INFO - a: nobody's\n2026-06-10 02:00:04,001 INFO r12 a: not ours\n")
    redactor = Redactor(("canary",))
    told = logs.tail(newer, "r1", redactor)
    assert [line[24:] for line in told.splitlines()[:2]] == ["INFO r1 a: first", "ERROR r1 a: fault ***"]
    assert told.splitlines()[2:4] == ["Traceback", "  more"]
    assert "other" not in told
    assert "ours" not in told
    assert logs.tail(tmp_path / "none.log", "r1", redactor) == ""


def test_status_counts_strangers(path: Path) -> None:
    settings = wiring.load(path)
    now = datetime(2026, 6, 11, tzinfo=ZoneInfo("Europe/Moscow"))
    assert "Strangers" not in as_text(status_of(settings, now), wiring.texts(settings))
    keep(polling.memory_of(settings), Memory().met("1", "s").met("2", "s").met("1", "s"))
    state = status_of(settings, now)
    assert "Strangers who wrote to the bot: 2, their messages: 3;" in as_text(state, wiring.texts(settings))
    told = json.loads(state.json())
    assert (told["strangers"], told["strangers_messages"]) == (2, 3)
