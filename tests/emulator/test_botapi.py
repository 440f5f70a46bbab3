import io
import json
from collections.abc import Callable, Iterator

import pytest
import requests
import telebot
from telebot import apihelper
from telebot.apihelper import ApiHTTPException, ApiInvalidJSONException, ApiTelegramException

from rfm_service.emulator import refusals
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.forms import File

TOKEN = "123456:test-token"
CHAT = -100500
ANY_BYTES = bytes(range(256)) * 40 + b"\r\n--not a boundary\r\n\r\n\x00"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as running:
        yield running


@pytest.fixture
def bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> telebot.TeleBot:
    monkeypatch.setattr(apihelper, "API_URL", api.api_url + "/bot{0}/{1}")
    return telebot.TeleBot(TOKEN)


def named(content: bytes, name: str) -> telebot.types.InputFile:
    return telebot.types.InputFile(io.BytesIO(content), file_name=name)


def called(api: BotApi, method: str, token: str = TOKEN, **kwargs: object) -> requests.Response:
    return requests.post(f"{api.api_url}/bot{token}/{method}", timeout=10, **kwargs)  # type: ignore[arg-type]


def test_telebot_sends_a_message(api: BotApi, bot: telebot.TeleBot) -> None:
    text = "Ночь прошла: <b>1 234 ₽</b> & 😀\nвсё"
    message = bot.send_message(CHAT, text, parse_mode="HTML")
    (sent,) = api.sent
    assert sent[:3] == ("sendMessage", str(CHAT), text)
    assert (sent.parse_mode, sent.message_id, message.chat.id) == ("HTML", message.message_id, CHAT)
    assert bot.get_me().is_bot


def test_telebot_sends_files_with_their_names_and_bytes(api: BotApi, bot: telebot.TeleBot) -> None:
    bot.send_document(CHAT, named(ANY_BYTES, "RFM отчёт.xlsx"), caption="книга")
    bot.send_photo(CHAT, ANY_BYTES, caption="график")
    document, photo = api.sent
    assert document == ("sendDocument", str(CHAT), "книга", (File("RFM отчёт.xlsx", ANY_BYTES),), "", 1)
    assert (photo.method, photo.text, photo.files[0].content) == ("sendPhoto", "график", ANY_BYTES)


def test_telebot_sends_an_album(api: BotApi, bot: telebot.TeleBot) -> None:
    media = [telebot.types.InputMediaDocument(named(ANY_BYTES[:n], f"{n}.bin")) for n in range(1, 4)]
    media[0].caption = "три файла"
    messages = bot.send_media_group(CHAT, [*media])
    (sent,) = api.sent
    assert (sent.method, sent.text, len(messages)) == ("sendMediaGroup", "три файла", 3)
    assert [file.content for file in sent.files] == [ANY_BYTES[:n] for n in range(1, 4)]


@pytest.mark.parametrize(
    ("refusal", "code", "description"),
    [
        (refusals.UNAUTHORIZED, 401, "Unauthorized"),
        (refusals.BLOCKED, 403, "Forbidden: bot was blocked by the user"),
        (refusals.CHAT_NOT_FOUND, 400, "Bad Request: chat not found"),
        (refusals.migrated(-100), 400, "Bad Request: group chat was upgraded to a supergroup chat"),
        (refusals.too_many(3), 429, "Too Many Requests: retry after 3"),
    ],
)
def test_refusals_reach_telebot_as_they_are(
    api: BotApi, bot: telebot.TeleBot, refusal: refusals.Refusal, code: int, description: str
) -> None:
    api.refusals.push(refusal)
    with pytest.raises(ApiTelegramException) as refused:
        bot.send_message(CHAT, "x")
    assert (refused.value.error_code, refused.value.description) == (code, description)
    assert refused.value.result_json.get("parameters", {}) == refusal.parameters
    assert api.sent == ()
    assert bot.send_message(CHAT, "x").message_id == 1


def test_a_proxy_answers_with_a_page(api: BotApi, bot: telebot.TeleBot) -> None:
    api.refusals.push(refusals.BAD_GATEWAY)
    with pytest.raises((ApiHTTPException, ApiInvalidJSONException)):
        bot.send_message(CHAT, "x")


@pytest.mark.parametrize(("refusal", "delivered"), [(refusals.RESET_BEFORE, 0), (refusals.RESET_AFTER, 1)])
def test_a_reset_may_come_before_or_after_delivery(
    api: BotApi, bot: telebot.TeleBot, refusal: refusals.Refusal, delivered: int
) -> None:
    api.refusals.push(refusal)
    with pytest.raises(requests.ConnectionError):
        bot.send_message(CHAT, "x")
    assert len(api.sent) == delivered


def test_a_refusal_may_be_for_one_chat_or_one_method_for_ever(api: BotApi, bot: telebot.TeleBot) -> None:
    api.refusals.push(refusals.BLOCKED.to(7).always())
    for _ in range(3):
        with pytest.raises(ApiTelegramException):
            bot.send_message(7, "x")
        bot.send_message(8, "x")
    assert {sent.chat_id for sent in api.sent} == {"8"}


def test_limits_are_those_of_telegram(api: BotApi, bot: telebot.TeleBot) -> None:
    bot.send_message(CHAT, "я" * 4096)
    bot.send_message(CHAT, "<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
    bot.send_photo(CHAT, b"x", caption="😀" * 512)
    refused_calls: list[tuple[str, Callable[[], object]]] = [
        ("message is too long", lambda: bot.send_message(CHAT, "я" * 4097)),
        ("message is too long", lambda: bot.send_message(CHAT, "😀" * 2049)),
        ("message text is empty", lambda: bot.send_message(CHAT, " ")),
        ("message caption is too long", lambda: bot.send_photo(CHAT, b"x", caption="😀" * 513)),
        ("chat_id is empty", lambda: bot.send_message("", "x")),
        ("file must be non-empty", lambda: bot.send_document(CHAT, named(b"", "a"))),
    ]
    for text, send in refused_calls:
        with pytest.raises(ApiTelegramException) as refused:
            send()
        assert refused.value.description == f"Bad Request: {text}"
    assert len(api.sent) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("я<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("я<b>x</i>", "Unmatched end tag at byte offset 6"),
    ],
)
def test_broken_markup_is_refused(bot: telebot.TeleBot, text: str, why: str) -> None:
    with pytest.raises(ApiTelegramException) as refused:
        bot.send_message(CHAT, text, parse_mode="HTML")
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"


@pytest.mark.parametrize(("size", "text"), [(0, "there are no"), (1, "too few"), (11, "too many")])
def test_albums_have_two_to_ten_files(api: BotApi, size: int, text: str) -> None:
    media = [{"type": "photo", "media": f"attach://p{n}"} for n in range(size)]
    files = {f"p{n}": (f"{n}.png", b"x") for n in range(size)}
    response = called(api, "sendMediaGroup", data={"chat_id": "1", "media": json.dumps(media)}, files=files)
    assert response.status_code == 400
    assert response.json()["description"].startswith(f"Bad Request: {text} messages to send")


def test_documents_do_not_mix_with_photos(api: BotApi) -> None:
    media = [{"type": "photo", "media": "attach://a"}, {"type": "document", "media": "attach://b"}]
    files = {"a": ("a", b"x"), "b": ("b", b"x")}
    response = called(api, "sendMediaGroup", data={"chat_id": "1", "media": json.dumps(media)}, files=files)
    assert response.json()["description"] == "Bad Request: document can't be mixed with other media types"


def test_every_way_to_pack_parameters_is_read(api: BotApi) -> None:
    wanted = {"chat_id": "5", "text": "привет & +"}
    for packed in ({"params": wanted}, {"data": wanted}, {"json": wanted | {"chat_id": 5}}):
        assert called(api, "sendMessage", **packed).json()["ok"]
    multipart = called(api, "sendMessage", files={name: (None, value) for name, value in wanted.items()})
    assert multipart.json()["result"]["text"] == wanted["text"]
    assert {(sent.chat_id, sent.text) for sent in api.sent} == {("5", "привет & +")}
    api.clear()
    assert api.sent == ()


def test_unknown_methods_tokens_and_too_large_bodies(api: BotApi) -> None:
    assert called(api, "sendNothing").json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert called(api, "getMe", token="nonsense").status_code == 404
    assert (
        called(api, "sendMessage", data=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    )
    photo = called(api, "sendPhoto", data={"chat_id": "1"}, files={"photo": ("p", bytes((10 << 20) + 1))})
    assert "is too big for a photo" in photo.json()["description"]
