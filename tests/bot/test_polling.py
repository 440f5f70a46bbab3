"""What the bot takes and what it passes over, over real HTTP: commands, strangers, hostile texts, broken answers."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rfm_service import lock, wiring
from rfm_service.bot import polling
from rfm_service.bot.line import Line
from rfm_service.bot.memory import Memory, recalled
from rfm_service.bot.reading import command, number_of, written
from rfm_service.bot.rules import listed, mute
from rfm_service.botapi import Caller
from rfm_service.domain.errors import NotifyError
from rfm_service.emulator import refusals
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.refusals import Refusal
from tests.bot.bots import ADMIN, GROUP, STRANGER, TOKEN, bot_of, settings_of

ASKED = "getUpdates"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    monkeypatch.setattr(polling, "PATIENCE_S", 1)
    with BotApi(clock=time.time) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, api: BotApi) -> Path:
    return settings_of(tmp_path, api)


def requests(path: Path) -> dict[str, object]:
    return {each.name: json.loads(each.read_bytes()) for each in (path.parent / "data" / "requests").glob("*")}


def memory(path: Path) -> Memory:
    return recalled(path.parent / "data" / "bot.json")


def test_a_night_is_asked_for_by_a_file(path: Path, api: BotApi) -> None:
    number = api.say(GROUP, "/run@local_rfm_bot 2026-01-20")
    one = bot_of(path)
    one.turn()
    assert requests(path) == {f"run-{number}.json": {"as_of": "2026-01-20", "chat": "-5"}}
    api.say(ADMIN, "/RUN")
    with lock.held(path.parent / "data" / "night.lock", "the-first"):
        one.turn()
        (path.parent / "data" / "requests" / f"run-{number}.json").unlink()
        third = api.say(ADMIN, "/run")
        one.turn()
    assert requests(path) == {f"run-{third}.json": {"as_of": None, "chat": "1001"}}
    answers = [(sent.chat_id, sent.text) for sent in api.sent]
    assert answers[0] == ("-5", "The night of 2026-01-20 starts within a minute.")
    assert answers[1] == ("1001", "A night is asked for already and waits for its start.")
    assert "A night is at work: the-first, pid" in answers[2][1]


@pytest.mark.parametrize("day", ["2026-13-45", "20.01.2026", "2026-01-20; rm -rf /", "2025-12-31", "2999-01-01",
                                 "x" * 90, "٢٠٢٦-01-20", "2026-1-2", "2026-W04-1"])
def test_a_day_that_is_no_night_is_a_sentence(path: Path, api: BotApi, day: str) -> None:
    api.say(ADMIN, f"/run {day}")
    bot_of(path).turn()
    assert requests(path) == {}
    [sent] = api.sent
    assert sent.text.startswith(("Write the day like this", "There is no night of that day"))


def test_only_listed_chats_are_answered(path: Path, api: BotApi) -> None:
    one = bot_of(path)
    one.turn()
    api.say(-1_000_000_000_123, "/help", chat={"username": "oURS"})
    api.say(STRANGER, "/run")
    api.say(STRANGER, "/help", chat={"username": "1001"})
    api.say(STRANGER + 1, "/help", user=8, chat={"username": "not_ours"})
    nobody: list[dict[str, Any]] = [{"sender_chat": {"id": -9}}, {"forward_origin": {"type": "user"}},
                                    {"from": {"id": 5, "is_bot": True}}]
    for more in nobody:
        api.say(ADMIN, "/help", **more)
    api.say(GROUP, "/help", **{"from": {"id": 1087968824, "is_bot": True}, "sender_chat": {"id": GROUP}})
    api.say(GROUP, "good morning")
    api.say(GROUP, "/weather")
    api.say(GROUP, "/help@another_bot")
    api.say(ADMIN, "/run", kind="edited_message")
    api.say(ADMIN, None, photo=[])
    one.turn()
    assert [sent.chat_id for sent in api.sent] == ["-1000000000123", "-5", "1001"]
    assert requests(path) == {}
    assert (memory(path).strangers, memory(path).stray) == (2, 3)


def test_a_flood_of_a_stranger_is_counted_and_not_answered(path: Path, api: BotApi) -> None:
    secret = "canary text of a stranger"
    one = bot_of(path)
    for at in range(1000):
        api.say(STRANGER, f"/run {secret} {at}")
    api.say(ADMIN, "/help")
    for _ in range(11):
        one.turn()
    assert [sent.chat_id for sent in api.sent] == ["1001"]
    assert (memory(path).strangers, memory(path).stray) == (1, 1000)
    kept = (path.parent / "data" / "bot.json").read_text(encoding="utf-8")
    assert secret not in kept
    assert str(STRANGER) not in memory(path).seen


def hostile(count: int) -> list[str]:
    """Texts as nobody would write them: huge, NUL, surrogates, RTL, markup, SQL, paths; half of them as commands."""
    dice = random.Random(7)
    parts = ["\0", "\ud800", "=cmd()", "\u202e", "*_`[<b>", "'; DROP TABLE outbox; --", "../../etc/passwd", "{texts}",
             "%s%n", "я" * 5000, "🎉" * 999, "\n" * 50, "@", "@local_rfm_bot", "$(reboot)", "\u200b", "1e400", "٣", " "]
    words = ["/run", "/mute x", "/help", "/nothing", "", "/", "//run", "/run@", "/mute"]
    return [dice.choice(words) + dice.choice(("", " ", "\n")) + "".join(dice.choices(parts, k=dice.randint(1, 4)))
            for _ in range(count)]


@pytest.mark.parametrize("count", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_hostile_texts_are_answered_and_never_carried_out(path: Path, api: BotApi, count: int,
                                                          caplog: pytest.LogCaptureFixture) -> None:
    one = bot_of(path)
    before = {each.name for each in path.parent.iterdir()}
    texts = [text + " x" if text.startswith(("/mute", "/run")) else text for text in hostile(count)]
    for text in texts:
        api.say(ADMIN, text)
    while not one.memory.done or one.memory.done[-1] < 1000 + count:
        one.turn()
    assert len(api.sent) == count
    assert all(0 < len(sent.text.encode("utf-16-le")) // 2 <= 4096 for sent in api.sent)
    assert not any("unexpected" in sent.text for sent in api.sent)
    assert "Traceback" not in caplog.text
    assert requests(path) == {}
    assert {each.name for each in path.parent.iterdir()} - before <= {"data"}


@pytest.mark.parametrize("update", [
    None, 5, [], {}, {"update_id": "1"}, {"update_id": 1}, {"update_id": 1, "message": []},
    {"update_id": 1, "message": {"chat": {"id": "1001"}}}, {"update_id": 1, "message": {"chat": [], "text": {}}},
    {"update_id": 1, "message": {"chat": {"id": 1001}, "migrate_to_chat_id": "x", "from": 5, "text": 7, "date": "x"}}])
def test_an_update_of_any_shape_is_read(update: object) -> None:
    found = written(update)
    assert found is None or (found.text == "" and not found.ours)
    assert number_of(update) in (None, 1)


def test_how_commands_are_written() -> None:
    assert command(" /Status@MY_bot  now \n", "my_bot") == ("status", "now", True)
    assert command("/run 2026-01-01", "") == ("run", "2026-01-01", False)
    for text in ("status", "/", "/ run", "/run@other", "/run@", "/статус", "x /run", "/" + "a" * 40):
        assert command(text, "my_bot") is None


def test_old_commands_are_passed_over(path: Path, api: BotApi) -> None:
    api.say(ADMIN, "/run", date=int(time.time()) - 700)
    api.say(ADMIN, "/help", date=int(time.time()) - 500)
    bot_of(path).turn()
    assert ["/run" in sent.text for sent in api.sent] == [True]
    assert requests(path) == {}


def test_a_bot_killed_anywhere_loses_no_command_and_asks_no_night_twice(path: Path, api: BotApi) -> None:
    number = api.say(ADMIN, "/run")
    place = path.parent / "data" / "requests" / f"run-{number}.json"
    moments = (Memory(doing=number), Memory(doing=number, drafted=number), Memory(done=(number,)))
    bot_of(path).turn()
    assert place.exists()
    # The daemon took the request away; the bot was killed before it could say that this update is done.
    place.unlink()
    for kept, asked_again in zip(moments, (True, False, False), strict=True):
        (path.parent / "data" / "bot.json").write_text(json.dumps(vars(kept)), encoding="utf-8")
        bot_of(path).turn()
        assert place.exists() is asked_again
        place.unlink(missing_ok=True)
    said = [sent.text for sent in api.sent]
    assert [text.startswith("Possibly a repeat") for text in said] == [False, True, True]


def test_an_update_is_acknowledged_only_after_it_was_carried_out(path: Path, api: BotApi) -> None:
    api.say(ADMIN, "/help")
    one = bot_of(path)
    one.turn()
    assert api.updates.waiting == 1
    bot_of(path).turn()
    one.turn()
    assert (api.updates.waiting, len(api.sent)) == (0, 1)
    # Telegram may count anew after a quiet week: an old number passes over nothing.
    one.turn()
    assert one.offset == 0


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"done": 5}', b"\xff", b"null"])
def test_a_damaged_memory_is_no_crash(path: Path, api: BotApi, damaged: bytes) -> None:
    (path.parent / "data").mkdir()
    (path.parent / "data" / "bot.json").write_bytes(damaged)
    api.say(ADMIN, "/help")
    bot_of(path).turn()
    assert len(api.sent) == 1


def test_failures_wait_longer_each_time_and_are_told_once(path: Path, api: BotApi, monkeypatch: pytest.MonkeyPatch,
                                                          caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(polling, "LONGEST_GAP_S", 0.01)
    one = bot_of(path)
    api.say(GROUP, "hello")
    one.turn()
    conflict = Refusal(409, "Conflict: terminated by other getUpdates request", method=ASKED, times=3)
    api.refusals.push(conflict, refusals.BAD_GATEWAY, refusals.RESET_BEFORE, conflict)
    began = time.monotonic()
    for _ in range(8):
        one.turn()
    assert one.failures == 8
    api.say(GROUP, "hello")
    one.turn()
    assert one.failures == 0
    assert time.monotonic() - began < 10
    assert caplog.text.count("409") == 1
    assert caplog.text.count("Commands cannot be asked for") == 2
    assert TOKEN not in caplog.text
    api.refusals.push(Refusal(429, "Too Many Requests", {"retry_after": 1}, method=ASKED))
    began = time.monotonic()
    one.turn()
    assert 1 <= time.monotonic() - began < 3
    api.say(ADMIN, "/help")
    one.turn()
    assert len(api.sent) == 1


def test_an_answer_is_tried_again_only_where_nothing_arrived(path: Path, api: BotApi,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "ANSWER_GAPS", (0.01, 0.01))
    for refusal, arrived in ((refusals.too_many(0), 1), (refusals.SERVER_ERROR, 1), (refusals.RESET_AFTER, 1),
                             (refusals.BLOCKED, 0), (refusals.migrated(-100777), 0), (Refusal(409, "Conflict"), 0),
                             (Refusal(403, html=b"<html>"), 0)):
        api.clear()
        api.refusals.push(Refusal(**{**vars(refusal), "method": "sendMessage"}))
        api.say(ADMIN, "/help")
        bot_of(path).turn()
        bot_of(path).turn()
        assert len(api.sent) == arrived


def test_the_menu_is_for_the_listed_chats_and_its_refusal_is_no_matter(path: Path, api: BotApi) -> None:
    api.refusals.push(Refusal(400, "Bad Request: chat not found", method="setMyCommands"))
    one = bot_of(path)
    for _ in range(2):
        api.say(GROUP, "hello")
        one.turn()
    assert [scope for scope, _ in api.menus] == [{"type": "chat", "chat_id": -5}, {"type": "chat", "chat_id": "@Ours"}]
    assert list(api.menus[0][1]) == ["status", "run", "report", "log", "mute", "help"]


@pytest.mark.parametrize("language", ["ru", "zh", "tr"])
def test_answers_are_in_the_language_of_the_settings(tmp_path: Path, api: BotApi, language: str) -> None:
    api.say(ADMIN, "/run")
    bot_of(settings_of(tmp_path, api, language)).turn()
    assert "starts within" not in api.sent[0].text
    assert "last runs" not in str(api.menus)


def test_a_group_that_moved_counts_under_both_ids(path: Path, api: BotApi) -> None:
    settings = wiring.load(path)
    assert listed(settings, {}) == {"1001": "1001", "-5": "-5", "@ours": "@Ours"}
    mute(settings, "-5", 99)
    mute(settings, "-5", 100)
    with wiring.ledger(settings).warehouse.rows() as connection:
        assert connection.exec_driver_sql("SELECT chat, muted_until FROM chats").all() == [("-5", 100)]
        connection.exec_driver_sql("UPDATE chats SET moved_to = '-1005'")
        connection.exec_driver_sql("INSERT INTO chats (chat, moved_to) VALUES ('-77', '-1077')")
    number = api.say(-1005, "/run")
    api.say(-1077, "/run")
    bot_of(path).turn()
    assert requests(path)[f"run-{number}.json"] == {"as_of": None, "chat": "-5"}
    assert [sent.chat_id for sent in api.sent] == ["-1005"]


def test_a_group_that_moves_under_the_eyes_of_the_bot_is_known_at_once(path: Path, api: BotApi) -> None:
    api.say(GROUP, None, migrate_to_chat_id=-1_000_000_000_005)
    api.say(STRANGER, None, migrate_to_chat_id=-1_000_000_000_666)
    bot_of(path).turn()
    for chat in (-1_000_000_000_005, -1_000_000_000_666):
        api.say(chat, "/help")
    bot_of(path).turn()
    assert [sent.chat_id for sent in api.sent] == ["-1000000000005"]
    assert memory(path).moved == {"-5": "-1000000000005"}


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"ok":true,"result":5}', b"<html>", b"\xff",
                                  b'{"ok":true,"result":[{}, 5]}', b'{"ok":false,"error_code":"x","description":5}',
                                  b'{"ok":false,"error_code":[409],"description":"x"}'])
def test_a_bot_api_that_answers_nonsense_is_only_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                            body: bytes) -> None:
    monkeypatch.setattr(polling, "LONGEST_GAP_S", 0.01)

    def answered(request: Request) -> Answer:
        known = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"x","username":"b"}}'
        return Answer(200, known if request.path.endswith("getMe") else body)

    with LocalServer(answered) as server, BotApi() as api:
        path = settings_of(tmp_path, api)
        path.write_text(path.read_text(encoding="utf-8").replace(api.api_url, server.base_url), encoding="utf-8")
        one = bot_of(path)
        one.turn()
        one.turn()
        assert one.failures == 2


def test_no_error_of_the_line_holds_the_token(api: BotApi) -> None:
    for url in ("http://127.0.0.1:1", "http://nosuch.invalid", api.api_url + "/nowhere"):
        with pytest.raises(NotifyError) as failure:
            Line(Caller(TOKEN, url, 1)).say("1001", "a text of ours")
        shown = repr(failure.value) + str(vars(failure.value)) + repr(failure.value.__context__)
        assert TOKEN not in shown
        assert "a text of ours" not in shown


def test_the_clock_of_yesterday_is_that_of_the_settings(path: Path, api: BotApi) -> None:
    late = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(seconds=1)
    api.say(ADMIN, "/run")
    bot_of(path, lambda: late).turn()
    yesterday: date = late.date() - timedelta(days=1)
    assert yesterday.isoformat() in api.sent[0].text
