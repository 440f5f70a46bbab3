"""What people write to the bot: long polling, acknowledging, two who poll; and what is edited and listed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from telebot.types import Update

from rfm_service.emulator import refusals
from rfm_service.emulator.botapi import BotApi

URL = "/bot123456:test-token/"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi(clock=lambda: 1_800_000_000) as running:
        yield running


def asked(api: BotApi, method: str, **fields: object) -> dict[str, object]:
    answer: dict[str, object] = requests.post(api.api_url + URL + method, json=fields, timeout=20).json()
    return answer


def updates(api: BotApi, **fields: object) -> list[dict[str, object]]:
    answer = asked(api, "getUpdates", **fields)
    assert answer["ok"], answer
    result = answer["result"]
    assert isinstance(result, list)
    return result


def test_every_kind_of_update_is_one_that_the_library_reads(api: BotApi) -> None:
    api.say(5, "/status")
    api.say(-5, "/status@local_rfm_bot", user=9)
    api.say(-1_001_234, None, photo=[])
    api.say(-1_000_000_000_777, "a post", kind="channel_post", chat={"username": "ours"})
    api.say(5, "/run", kind="edited_message")
    api.say(5, "pressed", kind="callback_query")
    read = [Update.de_json(each) for each in updates(api)]
    assert [each.update_id for each in read] == list(range(1001, 1007))
    assert [read[0].message.chat.type, read[1].message.chat.type] == ["private", "group"]
    assert (read[0].message.date, read[0].message.entities[0].length) == (1_800_000_000, 7)
    assert (read[1].message.from_user.id, read[2].message.text) == (9, None)
    assert (read[3].channel_post.chat.type, read[3].channel_post.chat.username) == ("channel", "ours")
    assert (read[4].edited_message.text, read[5].callback_query.data) == ("/run", "pressed")


def test_an_update_comes_again_until_it_is_acknowledged(api: BotApi) -> None:
    first, second = api.say(5, "one"), api.say(5, "two")
    assert [each["update_id"] for each in updates(api)] == [first, second]
    assert [each["update_id"] for each in updates(api, limit=1)] == [first]
    assert [each["update_id"] for each in updates(api, offset=second)] == [second]
    assert updates(api, offset=second + 1) == updates(api) == []
    for _ in range(150):
        api.say(5, "more")
    assert (len(updates(api)), len(updates(api, offset=-3)), api.updates.waiting) == (100, 3, 3)


def test_kinds_that_are_not_wanted_never_come(api: BotApi) -> None:
    updates(api, allowed_updates=json.dumps(["message"]))
    api.say(5, "x", kind="edited_message")
    api.say(5, "y")
    assert ["message" in each for each in updates(api)] == [True]


def test_a_long_poll_ends_with_the_first_update_or_its_time(api: BotApi) -> None:
    began = time.monotonic()
    assert updates(api, timeout=1) == []
    assert time.monotonic() - began >= 1
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(updates, api, timeout=20)
        time.sleep(0.2)
        number = api.say(5, "now")
        assert waiting.result(5)[0]["update_id"] == number
    assert asked(api, "getUpdates", offset="x")["error_code"] == 400


def test_of_two_who_poll_the_later_one_stays(api: BotApi) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(asked, api, "getUpdates", timeout=20)
        time.sleep(0.2)
        second = pool.submit(updates, api, timeout=20)
        assert first.result(5)["error_code"] == 409
        api.say(5, "now")
        assert len(second.result(5)) == 1


def test_a_text_is_edited_within_the_limits_of_telegram(api: BotApi) -> None:
    asked(api, "sendMessage", chat_id=5, text="once")
    edit = {"chat_id": 5, "message_id": 1}
    assert asked(api, "editMessageText", **edit, text="twice")["ok"]
    assert [(sent.method, sent.text, sent.message_id) for sent in api.sent] == [
        ("sendMessage", "once", 1), ("editMessageText", "twice", 1)]
    for fields, why in (({**edit, "text": "twice"}, "message is not modified"),
                        ({**edit, "text": " "}, "message text is empty"),
                        ({**edit, "text": "x" * 4097}, "message is too long"),
                        ({**edit, "message_id": 2, "text": "x"}, "message to edit not found"),
                        ({**edit, "chat_id": 6, "text": "x"}, "message to edit not found"),
                        ({"chat_id": 5, "text": "x"}, "message identifier is not specified")):
        assert str(asked(api, "editMessageText", **fields)["description"]).startswith(f"Bad Request: {why}")
    api.refusals.push(refusals.BLOCKED)
    assert asked(api, "editMessageText", **edit, text="third")["error_code"] == 403


def test_the_menu_of_commands(api: BotApi) -> None:
    scope = {"type": "chat", "chat_id": 5}
    wanted = json.dumps([{"command": "status", "description": "How it stands"}])
    assert asked(api, "setMyCommands", commands=wanted, scope=json.dumps(scope))["result"] is True
    assert api.menus == [(scope, {"status": "How it stands"})]
    for wrong in ("{", "5", '[{"command": "Status", "description": "x"}]', '[{"command": "s", "description": ""}]'):
        assert asked(api, "setMyCommands", commands=wrong)["error_code"] == 400
