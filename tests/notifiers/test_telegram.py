"""The Telegram bot over real HTTP: what arrives, how it is cut, what every refusal means, and no token anywhere."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message, Picture
from rfm_service.emulator import refusals
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.http_server import Answer, LocalServer
from rfm_service.emulator.refusals import Refusal
from rfm_service.notifiers.telegram import Notifier
from rfm_service.texts.catalogue import Catalogue

TOKEN = "1234567:canary-bot-token-0123456789abcdef"
TEXT = "Тайный текст"
PNG = b"\x89PNG\x00"


@pytest.fixture
def chat() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


def bot(url: str, token: str = TOKEN) -> Notifier:
    return Notifier(token=token, api_url=url, timeout_s=1)


def message(text: str = TEXT, pictures: int = 0) -> Message:
    return Message("key",
        "-100123", text, tuple(Picture(f"график-{at}.png", PNG + bytes([at])) for at in range(pictures)))


def refused(attempt: Callable[[], object]) -> NotifyError:
    """The error of an attempt; neither the token nor the text is seen anywhere in it."""
    with pytest.raises(NotifyError) as failure:
        attempt()
    chain: list[BaseException] = [failure.value]
    while chain:
        each = chain.pop()
        shown = f"{each} {each!r} {vars(each)}" + "".join(traceback.format_exception(each))
        assert TOKEN not in shown
        assert TEXT not in shown
        chain += [inner for inner in (each.__cause__, each.__context__) if inner is not None]
    return failure.value


@pytest.mark.parametrize(("pictures", "method", "arrived"), [
    (0, "sendMessage", 0), (1, "sendPhoto", 1), (2, "sendMediaGroup", 2), (10, "sendMediaGroup", 10),
    (11, "sendMediaGroup", 10)])
def test_a_message_arrives(chat: BotApi, pictures: int, method: str, arrived: int) -> None:
    bot(chat.api_url).send(message(pictures=pictures))
    [sent] = chat.sent
    assert (sent.method, sent.chat_id, sent.text, sent.parse_mode) == (method, "-100123", TEXT, "")
    assert [file.content for file in sent.files] == [PNG + bytes([at]) for at in range(arrived)]


@pytest.mark.parametrize("text", ["<b>&amp; *x* _y_", "a\nb", "🎉",
    "x" * 4096, "я" * 4097, "🎉" * 3000, "a" + "🎉" * 2048,
                                  "\ud800 lone"])
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_any_text_fits(chat: BotApi, text: str, pictures: int) -> None:
    bot(chat.api_url + "/").send(message(text, pictures))
    [sent] = chat.sent
    limit = 1024 if pictures else 4096
    units = len(text.encode("utf-16-le", "replace")) // 2
    assert len(sent.text.encode("utf-16-le")) // 2 <= limit
    assert sent.text == text.encode("utf-16-le", "replace").decode("utf-16-le") if units <= limit else (
        sent.text.endswith("…") and text.startswith(sent.text[:-1]))


# What is said of it: nothing for ever, the message alone, its chat, the channel; whether it may have arrived.
REFUSALS: dict[str, tuple[Refusal, str, bool]] = {
    "401": (refusals.UNAUTHORIZED, "channel", False), "blocked": (refusals.BLOCKED, "chat", False),
    "kicked": (refusals.KICKED, "chat", False), "no chat": (refusals.CHAT_NOT_FOUND, "chat", False),
    "no rights": (refusals.bad_request("not enough rights to send text messages to the chat"), "chat", False),
    "404": (refusals.NOT_FOUND, "channel", False), "413": (refusals.TOO_LARGE, "message", False),
    "400": (refusals.bad_request("message text is empty"), "message", False),
    "429": (refusals.too_many(3), "", False), "500": (refusals.SERVER_ERROR, "", False),
    "502": (refusals.BAD_GATEWAY, "", True), "502 as JSON": (Refusal(502, "Bad Gateway"), "", False),
    "proxy": (Refusal(403, html=b"<html>"), "", False), "reset": (refusals.RESET_BEFORE, "", True),
    "reset after": (refusals.RESET_AFTER, "", True),
    "slow": (Refusal(delay_s=1.5), "", True)}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("pictures", [0, 2])
def test_what_a_refusal_means(chat: BotApi, name: str, pictures: int) -> None:
    refusal, forever, doubtful = REFUSALS[name]
    chat.refusals.push(refusal)
    problem = refused(lambda: bot(chat.api_url).send(message(pictures=pictures)))
    assert (problem.permanent, problem.doubtful) == (bool(forever), doubtful)
    assert problem.scope == (forever or "message")
    assert problem.wait_s == (3 if name == "429" else None)
    assert len(chat.sent) == (1 if refusal.delivers else 0)


def test_a_group_that_moved_tells_its_new_number(chat: BotApi) -> None:
    chat.refusals.push(refusals.migrated(-100777))
    problem = refused(lambda: bot(chat.api_url).send(message()))
    assert (problem.permanent, problem.moved_to) == (False, "-100777")


def test_what_was_sent_can_be_amended_by_its_receipt(chat: BotApi) -> None:
    receipt = bot(chat.api_url).send(message("one"))
    bot(chat.api_url).amend(receipt, message("two"))
    assert [(sent.method, sent.text, str(sent.message_id)) for sent in chat.sent] == [
        ("sendMessage", "one", receipt), ("editMessageText", "two", receipt)]
    assert refused(lambda: bot(chat.api_url).amend("999", message("three"))).permanent


def test_a_file_and_a_silent_message_arrive(chat: BotApi) -> None:
    bot(chat.api_url).send(replace(message("лог"), file=Picture("отчёт.log", b"line"), silent=True))
    [sent] = chat.sent
    assert (sent.method, sent.text, [file.content for file in sent.files]) == ("sendDocument", "лог", [b"line"])


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'"x"', b'{"ok":false}', b'{"ok":true}', b"<html>",
    b"\xff",
                                  b'{"ok":false,"error_code":"x","description":5}'])
def test_an_answer_of_another_shape_is_no_success(status: int, body: bytes) -> None:
    with LocalServer(lambda request: Answer(status, body)) as server:
        problem = refused(lambda: bot(server.base_url).send(message()))
    assert problem.permanent is False
    passed_on = status != 400 or body[:1] in (b"{", b"[", b"n", b'"')
    assert problem.doubtful is (passed_on and not body.startswith(b'{"ok":false'))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nosuch.invalid", "http://[bad"])
def test_a_bot_api_that_is_away(url: str) -> None:
    problem = refused(lambda: bot(url).send(message()))
    assert (problem.permanent, problem.doubtful, problem.scope) == (False, False, "channel")
    refused(bot(url).check)


@pytest.mark.parametrize("token", ["without a colon", "12 34:abc", "nocolon", ":", "1:\n"])
def test_a_token_of_another_shape_is_no_crash(chat: BotApi, token: str) -> None:
    for attempt in (lambda: bot(chat.api_url, token).send(message()), bot(chat.api_url, token).check):
        problem = refused(attempt)
        assert token not in str(problem) or token == ":"
        assert problem.scope == "channel"


def test_who_we_are(chat: BotApi) -> None:
    assert bot(chat.api_url).check() == "local_rfm_bot"
    assert TOKEN not in str(refused(bot(chat.api_url + "/nowhere").check))


def test_a_refused_token_is_told_in_every_language_with_what_to_do(chat: BotApi) -> None:
    chat.refusals.push(refusals.UNAUTHORIZED)
    problem = refused(bot(chat.api_url).check)
    assert "RFM_TELEGRAM__TOKEN" in str(problem)
    assert problem.sentence(Catalogue("ru", "RUB")).startswith("Telegram не признаёт бота: 401")
