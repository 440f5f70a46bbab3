"""What no log and no chat may hold: secrets in every form they travel in, chats, e-mails, phones, customers' names."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit

HIDDEN = "***"
BOT_TOKEN = re.compile(r"\d{6,12}(?::|%3[Aa])[A-Za-z0-9_-]{20,}")
IN_ADDRESS = re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s@'\"]+(?=@)")
# Started at a boundary and never gone back over: a line of a megabyte costs no more than its length.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++(?:@|%40)[\w-]+(?:\.[\w-]+)+")
WORD = re.compile(r"(?<=\\[nrt])\w+|(?<!\\)\w+|(?<=\\)(?![nrt])\w+")
PERCENT = re.compile(r"(?:[\w.~*+-]|%[0-9A-Fa-f]{2})+")
NUMBERED = re.compile(r"(?:\\x[89a-fA-F][0-9a-fA-F])+|\\u(?!00[0-9]|[dD][89a-fA-F])[0-9a-fA-F]{4}"
                      r"|&(?:#x?[0-9a-fA-F]{2,6}|quot|amp|lt|gt);")
SHORT, LONG_ENOUGH = 4, 6
"""Letters: a secret shorter than the first is hidden as a word only; a part of an address shorter than the second
is none."""

_GAP = r"[ \u00a0\u202f-]?"
_IN_TOWN = rf"{_GAP}\(?\d{{3}}\)?{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}}"
_PHONES = (
    r"(?:\+|%2B)\d(?:[ \u00a0\u202f()-]{0,2}\d){10,14}",
    r"00(?:7|86|90)(?:[ ()-]{1,2}\d{2,5}){3,5}",
    rf"[78](?=\D?\D?[3489]){_IN_TOWN}",
    rf"(?:90|0)(?=\D?\D?5){_IN_TOWN}",
    r"0[ (]\(?[2-4]\d\d\)?[ ]\d{3}[ -]\d{2}[ -]?\d{2}",
    r"\(\d{3,5}\) ?\d{1,3}[ -]\d{2}[ -]\d{2}",
    r"\(?9\d\d\)?([ -])\d{3}\1\d{2}\1\d{2}",
    r"(?:86[ -]?)?1[3-9]\d(?:([ -])\d{4}\2\d{4}|\d{8})",
    r"\(?0[1-9]\d{1,2}\)?[ -][2-9]\d{6,7}",
)
PHONE = re.compile(rf"(?<![\w.#№-])(?:{'|'.join(_PHONES)})(?!\w|-\d|[.,]\d{{1,4}}(?!\d))")
"""Russian, Turkish and Chinese phones as people and programs write them, and any with a plus and 11 to 15 digits."""


class Login(NamedTuple):
    """What goes into an Authorization header of the kind Basic."""

    user: str
    password: str


@dataclass(frozen=True)
class Names:
    """Names by their words, whatever stands between these; one word counts as written, several in any case."""

    known: set[str] = field(default_factory=set)
    longest: dict[str, int] = field(default_factory=dict)

    def add(self, names: Iterable[str]) -> None:
        """Register names; one of fewer than three letters would hide too much."""
        for name in names:
            words = WORD.findall(name)
            if sum(map(str.isalpha, name)) < 3 and not _of_han(name):
                continue
            key = _key(words)
            self.known.add(key)
            first = key.partition(" ")[0]
            self.longest[first] = max(self.longest.get(first, 0), len(words))

    def hidden_in(self, text: str) -> str:
        """The text without the names."""
        if not self.known:
            return text
        words = list(WORD.finditer(text))
        kept, at, end = [], 0, 0
        while at < len(words):
            length = self._at(words, at)
            if length:
                kept += [text[end:words[at].start()], HIDDEN]
                end = words[at + length - 1].end()
            at += length or 1
        return "".join([*kept, text[end:]])

    def _at(self, words: list[re.Match[str]], at: int) -> int:
        """Of how many words the longest name is that begins here."""
        first = words[at][0]
        most = max(self.longest.get(first, 0), self.longest.get(first.casefold(), 0))
        said = [word[0] for word in words[at:at + most]]
        return next((size for size in range(len(said), 0, -1) if _key(said[:size]) in self.known), 0)


@dataclass(frozen=True)
class Redactor:
    """Hides `secrets`, the passwords of `logins`, ids of `chats`, what looks like a token, an e-mail or a phone.

    Customers' names are hidden once they are registered; they are looked up by their first word.
    """

    secrets: tuple[str, ...] = ()
    logins: tuple[Login, ...] = ()
    chats: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)

    def __call__(self, text: str) -> str:
        """The text with *** in place of each."""
        text = self._plain(NUMBERED.sub(_meant, self._known.sub(HIDDEN, text)))
        return PERCENT.sub(self._decoded, text) if "%" in text else text

    def _plain(self, text: str) -> str:
        text = self._known.sub(HIDDEN, text)
        text = BOT_TOKEN.sub(HIDDEN, IN_ADDRESS.sub(HIDDEN, text))
        text = self._chats.sub(HIDDEN, EMAIL.sub(HIDDEN, text))
        return self.names.hidden_in(PHONE.sub(HIDDEN, text))

    def _decoded(self, found: re.Match[str]) -> str:
        """What was encoded for an address, as it stands, unless it says something that must be hidden."""
        meant = unquote_plus(found[0]) if "%" in found[0] else found[0]
        return found[0] if meant == found[0] or self._plain(meant) == meant else HIDDEN

    @cached_property
    def _known(self) -> re.Pattern[str]:
        whole = [each for each in self.secrets if each.strip()]
        values = {*whole, *(part for each in whole for part in _parts(each)),
                  *(form for login in self.logins for form in _basic(login))}
        forms = {form for value in values for form in _forms(value)}
        return _any_of(re.escape(form) if len(form) >= SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
                       for form in sorted(forms, key=len, reverse=True))

    @cached_property
    def _chats(self) -> re.Pattern[str]:
        """A chat by its id with and without the mark of a supergroup, or by its name."""
        bare = {re.sub(r"^-(?:100(?=\d{5}))?", "", chat) for chat in self.chats if chat.strip()}
        return _any_of(rf"(?<![\w.-])-?(?:100)?{chat}(?!\w|-\w|\.\d)" if chat.isdecimal()
                       else rf"(?<!\w){re.escape(chat)}(?!\w)" for chat in sorted(bare, key=len, reverse=True))


def _key(words: list[str]) -> str:
    return words[0] if len(words) == 1 else " ".join(words).casefold()


def _of_han(name: str) -> bool:
    return len(name) > 1 and all("\u4e00" <= letter <= "\u9fff" for letter in name)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or r"(?!)")


def _basic(login: Login) -> Iterator[str]:
    """A login as Basic sends it."""
    for encoding in ("utf-8", "latin-1"):
        written = f"{login.user}:{login.password}".encode(encoding, "replace")
        yield base64.b64encode(written).decode("ascii")


def _parts(address: str) -> Iterator[str]:
    """The parts of an address that are secrets themselves: libraries tell some of them without the others."""
    if "://" not in address:
        return
    try:
        found = urlsplit(address.strip())
    except ValueError:
        return
    # In the addresses of messengers the host is a token too.
    login, _, host = found.netloc.rpartition("@")
    place = "" if found.scheme in ("http", "https") else host
    values = "/".join(value for _, value in parse_qsl(found.query))
    for part in re.split(r"[:/]", f"{login}/{place}/{found.path}/{values}/{found.fragment}"):
        if len(part) >= LONG_ENOUGH and "." not in part:
            yield from (part, unquote_plus(part))


def _forms(value: str) -> Iterator[str]:
    """A value as it may stand in a line: as it is, stripped, encoded for an address, in quotes, in a page."""
    for raw in {value, value.strip()}:
        encoded = raw.encode("utf-8", "replace")
        percent = [quote(raw, errors="replace"), quote(raw, safe="", errors="replace"),
                   quote_plus(raw, errors="replace")]
        yield from (raw, *percent, *(re.sub("%..", lambda found: found[0].lower(), form) for form in percent))
        yield from (json.dumps(raw, ensure_ascii=numbered)[1:-1] for numbered in (False, True))
        yield from (repr(raw)[1:-1], repr(encoded)[2:-1], html.escape(raw), base64.b64encode(encoded).decode("ascii"))


def _meant(found: re.Match[str]) -> str:
    """The letters that a line tells by their numbers."""
    if found[0].startswith("&"):
        return html.unescape(found[0])
    if found[0].startswith("\\u"):
        return chr(int(found[0][2:], 16))
    return bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "replace")
