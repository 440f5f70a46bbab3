"""The local Telegram Bot API: real HTTP, the real limits and the real refusals; delivers into a list."""

import html
import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rfm_service.emulator.faults import Rules
from rfm_service.emulator.forms import File, Form, read_form
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.refusals import NOT_FOUND, TOO_LARGE, Refusal, bad_request
from rfm_service.emulator.updates import UpdateBox, written

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""Longest text and caption after entities are parsed, in UTF-16 units."""

ALBUM = range(2, 11)
"""How many files an album may hold."""

PHOTO_BYTES = 10 << 20
UPLOAD_BYTES = 50 << 20
_DESCRIPTION_LETTERS = 256

_PATH = re.compile(r"/bot([^/]+)/([A-Za-z]+)")
_TOKEN = re.compile(r"\d+:[\w-]+")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)([^<>]*)>")
_STYLES = ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre")
_TAGS = frozenset((*_STYLES, "a", "span", "blockquote", "tg-spoiler", "tg-emoji", "tg-time"))
_SENT_AT = 1_700_000_000  # a fixed moment: the emulator has no clock of its own
_ME = {"id": 1, "is_bot": True, "first_name": "Local bot", "username": "local_rfm_bot"}


class Sent(NamedTuple):
    """One message that was delivered: `text` is the text, or the caption of its files."""

    method: str
    chat_id: str
    text: str
    files: tuple[File, ...] = ()
    parse_mode: str = ""
    message_id: int = 0


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class BotApi(LocalServer):
    """A Bot API on 127.0.0.1 that takes any token; a context manager, or `serve_forever`."""

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = lambda: _SENT_AT) -> None:
        """Bind; `refusals` takes the rules of a test, `sent` keeps what was delivered, `menus` the bot's commands."""
        super().__init__(self._answered, port)
        self.refusals: Rules[Refusal] = Rules()
        self.menus: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.updates = UpdateBox(self._server.stopping)
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: list[Sent] = []
        self._texts: dict[tuple[str, int], str] = {}
        self._last_message = 0

    @property
    def api_url(self) -> str:
        """The base address: what `telegram.api_url` of the settings takes."""
        return self.base_url

    @property
    def sent(self) -> tuple[Sent, ...]:
        """What was delivered so far, in order."""
        with self._lock:
            return tuple(self._sent)

    def clear(self) -> None:
        """Forget what was delivered."""
        with self._lock:
            self._sent.clear()

    def say(self, chat_id: int, text: str | None, *, user: int = 7, kind: str = "message",
            chat: Mapping[str, object] | None = None, **more: object) -> int:
        """Let a person write to the bot; the id of the update.

        `kind` is that of the update (edited_message, channel_post, callback_query ...); no text: a sticker or the
        like. `chat` and `more` are laid over what Telegram tells of the chat and of the message (`date`).
        """
        what = written(chat_id, text, user=user, at=int(self._clock()), kind=kind)
        (what.get("message") or what)["chat"].update(chat or {})
        return self.updates.put(kind, {**what, **more})

    def _answered(self, request: Request) -> Answer:
        try:
            return self._done(request)
        except _RefusedError as refused:
            return refused.refusal.answer()

    def _done(self, request: Request) -> Answer:
        path = _PATH.fullmatch(request.path)
        if not path or not _TOKEN.fullmatch(path[1]):
            raise _RefusedError(NOT_FOUND)
        if len(request.body) > UPLOAD_BYTES:
            raise _RefusedError(TOO_LARGE)
        form = _form(request)
        refusal = self.refusals.take(lambda rule: _fits(rule, path[2], form))
        if refusal and not refusal.delivers:
            raise _RefusedError(refusal)
        result = self._result(path[2].lower(), form)
        if refusal and refusal.reset:
            raise _RefusedError(refusal)
        body = json.dumps({"ok": True, "result": result}).encode()
        return Answer(body=body, content_type="application/json", delay_s=refusal.delay_s if refusal else 0.0)

    def _result(self, method: str, form: Form) -> object:
        match method:
            case "getme":
                return _ME
            case "sendmediagroup":
                sent, kinds = _album(form)
                return self._delivered(sent, "caption", kinds)
        one = {"sendmessage": self._text, "sendphoto": self._photo, "senddocument": self._document,
               "editmessagetext": self._edited, "getchat": self._known, "getupdates": self._taken,
               "setmycommands": self._menu}
        if method not in one:
            raise _RefusedError(NOT_FOUND)
        return one[method](form)

    def _text(self, form: Form) -> object:
        return self._delivered(_message(form), "text", [])[0]

    def _photo(self, form: Form) -> object:
        return self._delivered(_single("sendPhoto", "photo", form), "caption", ["photo"])[0]

    def _document(self, form: Form) -> object:
        return self._delivered(_single("sendDocument", "document", form), "caption", ["document"])[0]

    def _delivered(self, sent: Sent, text_name: str, kinds: list[str]) -> list[dict[str, object]]:
        with self._lock:
            first = self._last_message + 1
            self._last_message += max(1, len(kinds))
            self._sent.append(sent._replace(message_id=first))
            if text_name == "text":
                self._texts[sent.chat_id, first] = sent.text
        shown = [_shown(kind, file) for kind, file in zip(kinds, sent.files, strict=False)] or [{}]
        messages = [_base(first + at, sent.chat_id) | media for at, media in enumerate(shown)]
        if sent.text:
            messages[0][text_name] = sent.text
        return messages

    def _edited(self, form: Form) -> object:
        sent, number = _message(form, "editMessageText"), form.fields.get("message_id", "")
        if not number.isdigit():
            raise _RefusedError(bad_request("message identifier is not specified"))
        key = sent.chat_id, int(number)
        with self._lock:
            if key not in self._texts:
                raise _RefusedError(bad_request("message to edit not found"))
            if self._texts[key] == sent.text:
                raise _RefusedError(bad_request(
                    "message is not modified: specified new message content and reply markup are exactly the same as "
                    "a current content and reply markup of the message"))
            self._texts[key] = sent.text
            self._sent.append(sent._replace(message_id=key[1]))
        return _base(key[1], sent.chat_id) | {"text": sent.text, "edit_date": _SENT_AT}

    def _known(self, form: Form) -> object:
        return _base(0, _chat(form))["chat"]

    def _taken(self, form: Form) -> object:
        found = self.updates.take(form.fields)
        if isinstance(found, Refusal):
            raise _RefusedError(found)
        return found

    def _menu(self, form: Form) -> object:
        try:
            commands = {each["command"]: each["description"] for each in json.loads(form.fields["commands"])}
            scope = json.loads(form.fields.get("scope") or '{"type": "default"}')
        except (ValueError, KeyError, TypeError):
            raise _RefusedError(bad_request("can't parse commands JSON object")) from None
        if not all(_COMMAND.fullmatch(str(command)) for command in commands):
            raise _RefusedError(bad_request("BOT_COMMAND_INVALID"))
        if not all(1 <= len(str(description)) <= _DESCRIPTION_LETTERS for description in commands.values()):
            raise _RefusedError(bad_request("BOT_COMMAND_DESCRIPTION_INVALID"))
        with self._lock:
            self.menus.append((scope, commands))
        return True


def _form(request: Request) -> Form:
    try:
        return read_form(request)
    except ValueError:
        raise _RefusedError(bad_request("can't parse JSON object")) from None


def _fits(rule: Refusal, method: str, form: Form) -> bool:
    chat = form.fields.get("chat_id", "")
    return (rule.method or method).lower() == method.lower() and rule.chat_id in (None, chat)


def _message(form: Form, method: str = "sendMessage") -> Sent:
    text = form.fields.get("text", "")
    mode = form.fields.get("parse_mode", "")
    if not _visible(text, mode).strip():
        raise _RefusedError(bad_request("message text is empty"))
    if _units(_visible(text, mode)) > TEXT_LIMIT:
        raise _RefusedError(bad_request("message is too long"))
    return Sent(method, _chat(form), text, (), mode)


def _single(method: str, kind: str, form: Form) -> Sent:
    file = _file(form, form.fields.get(kind, f"attach://{kind}"), f"there is no {kind} in the request")
    caption = _caption(form.fields)
    _check_size(kind, file)
    return Sent(method, _chat(form), caption, (file,), form.fields.get("parse_mode", ""))


def _album(form: Form) -> tuple[Sent, list[str]]:
    items = _media(form)
    kinds = [str(item.get("type", "")) for item in items]
    if "document" in kinds and set(kinds) != {"document"}:
        raise _RefusedError(bad_request("document can't be mixed with other media types"))
    missing = "can't parse InputMedia: media not found"
    files = [_file(form, str(item.get("media", "")), missing) for item in items]
    for kind, file in zip(kinds, files, strict=True):
        _check_size(kind, file)
    captions = [_caption(item) for item in items]
    mode = next((str(item["parse_mode"]) for item in items if item.get("parse_mode")), "")
    return Sent("sendMediaGroup", _chat(form), next(filter(None, captions), ""), tuple(files), mode), kinds


def _media(form: Form) -> list[dict[str, Any]]:
    try:
        items = json.loads(form.fields.get("media") or "[]")
    except ValueError:
        raise _RefusedError(bad_request("can't parse media JSON object")) from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _RefusedError(bad_request("expected an Array of InputMedia"))
    if not items:
        raise _RefusedError(bad_request("there are no messages to send"))
    if len(items) not in ALBUM:
        many = len(items) > 1
        raise _RefusedError(bad_request(f"too {'many' if many else 'few'} messages to send as an album"))
    return items


def _chat(form: Form) -> str:
    chat = form.fields.get("chat_id", "").strip()
    if not chat:
        raise _RefusedError(bad_request("chat_id is empty"))
    return chat


def _file(form: Form, reference: str, missing: str) -> File:
    part = reference.removeprefix("attach://")
    if part not in form.files:
        raise _RefusedError(bad_request(missing))
    if not form.files[part].content:
        raise _RefusedError(bad_request("file must be non-empty"))
    return form.files[part]


def _caption(fields: dict[str, Any]) -> str:
    caption = str(fields.get("caption") or "")
    if _units(_visible(caption, str(fields.get("parse_mode") or ""))) > CAPTION_LIMIT:
        raise _RefusedError(bad_request("message caption is too long"))
    return caption


def _check_size(kind: str, file: File) -> None:
    size = len(file.content)
    if kind == "photo" and size > PHOTO_BYTES:
        text = f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
        raise _RefusedError(bad_request(text))


def _visible(text: str, parse_mode: str) -> str:
    """Return the text without markup: the limits count what is shown."""
    if parse_mode.upper() != "HTML":
        return text
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        _follow(text, tag, opened)
    if opened:
        raise _unparsed(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return html.unescape(_TAG.sub("", text))


def _follow(text: str, tag: re.Match[str], opened: list[str]) -> None:
    closing, name = tag[1], tag[2].lower()
    at = len(text[: tag.start()].encode("utf-8", "replace"))
    if name not in _TAGS:
        raise _unparsed(f'Unsupported start tag "{name}" at byte offset {at}')
    if not closing:
        opened.append(name)
    elif not opened or opened.pop() != name:
        raise _unparsed(f"Unmatched end tag at byte offset {at}")


def _unparsed(why: str) -> _RefusedError:
    return _RefusedError(bad_request(f"can't parse entities: {why}"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _base(message_id: int, chat_id: str) -> dict[str, object]:
    number = int(chat_id) if chat_id.lstrip("-").isdigit() else 1
    kind = "supergroup" if number < 0 else "private"
    return {"message_id": message_id, "date": _SENT_AT, "from": _ME, "chat": {"id": number, "type": kind}}


def _shown(kind: str, file: File) -> dict[str, object]:
    kept = {"file_id": file.name, "file_unique_id": file.name, "file_size": len(file.content)}
    if kind == "photo":
        return {"photo": [kept | {"width": 1, "height": 1}]}
    return {"document": kept | {"file_name": file.name}}
