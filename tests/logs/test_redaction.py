"""Redaction: every form of what must not be told is hidden, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import time
import tomllib
import tracemalloc
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service import wiring
from rfm_service.redaction import Login, Names, Redactor
from rfm_service.settings import validate

SECRET = "ключ 1С/+=&%\"'\\x"
PING = "https://hc.example.com/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
MAIL = "mailtos://robot:Gq7%2Fpass@mail.example.ru?to=admin@example.ru"
CHAT = "tgram://987654321:AAcanary_canary_canary_1/5556667778"
HIDES = Redactor((SECRET, f" {SECRET}x\n", PING, MAIL, CHAT, "abc"), (Login("ночь", "пароль1"),),
                 ("-1001234567890", "55512", "@our_channel"))
FORMS = {
    "raw": SECRET, "stripped": f"{SECRET}x", "path": quote(SECRET), "query": quote_plus(SECRET),
    "all": quote(SECRET, safe=""), "small": quote(SECRET).lower().replace("1%d1", "1%d1"), "repr": repr(SECRET)[1:-1],
    "bytes": repr(SECRET.encode())[2:-1], "json": json.dumps(SECRET)[1:-1], "page": html.escape(SECRET),
    "json as it is": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "base64": base64.b64encode(SECRET.encode()).decode(), "basic": base64.b64encode("ночь:пароль1".encode()).decode(),
    "ping": f"{PING}/fail", "path of the ping": "/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0/start",
    "password of mail": "Gq7/pass", "the same encoded": "Gq7%2Fpass", "token": "AAcanary_canary_canary_1",
    "chat of the second bot": "5556667778", "a bot": "123456789:AA-other_bot_token_of_35_letters_x",
    "a bot in an address": "/bot123456789%3AAA-other_bot_token_of_35_letters_x/getMe",
    "short": "abc", "login in an address": "http://someone:hidden@server/x",
    "chat": "-1001234567890", "bare chat": "1234567890", "group": "-1234567890", "short chat": "55512",
    "channel": "@our_channel", "mail": "petrova.anna+1@mail.example.ru", "mail in an address": "anna%40mail.example.ru"}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("around", ["{}", "x={}&y", '"{}"', "['{}', 5]", "{}: said so", "\n{}\n", "({})"])
def test_every_form_is_hidden(name: str, around: str) -> None:
    form = FORMS[name]
    told = HIDES(around.replace("{}", form))
    kept = {"ping": PING, "a bot in an address": "AA-other", "path of the ping": "0b1c2d3e",
            "login in an address": "hidden"}.get(name, form)
    assert kept not in told
    assert "***" in told


@pytest.mark.parametrize("text", [
    "The night of 2026-11-20 went well in 12.3 s", "2026-11-20-20261120T020000-ab12cd", "abcdef", "read 1234567 lines",
    "55512.75", "155512", "155512-7", "2026-55512-1", "python@3", "https://server:8080/path?x=1", "100 % of 5",
    "C:\\rfm\\nights", "sha256 0b1c2d3e4f5061728394", "at 02:15:00,123", "+03:00", "the 5 %25 share"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert HIDES(text) == text


DIGIT = st.sampled_from("0123456789")


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.lists(DIGIT, min_size=count, max_size=count).map("".join)


RUSSIAN = st.builds(lambda first, code, *rest: (first, code, *rest), st.sampled_from(["+7", "8", "7"]),
                    st.sampled_from(["912", "495", "812", "343", "900"]), _digits(3), _digits(2), _digits(2))
TURKISH = st.builds(lambda first, code, *rest: (first, code, *rest), st.sampled_from(["+90", "0", "90"]),
                    st.sampled_from(["532", "505", "555"]), _digits(3), _digits(2), _digits(2))
WRITTEN = ["{}{}{}{}{}", "{} {} {} {} {}", "{} ({}) {}-{}-{}", "{}-{}-{}-{}-{}", "{}({}){}{}{}", "{} {} {}-{}-{}"]
CHINESE = st.builds(lambda form, code, *rest: form.format(code, *rest),
                    st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}", "+86 {} {} {}", "+86{}{}{}", "86{}{}{}"]),
                    st.sampled_from(["138", "139", "150", "186", "199"]), _digits(4), _digits(4))
FOREIGN = st.builds(lambda code, rest, gap: f"+{code}{gap}{rest[:3]}{gap}{rest[3:]}",
                    st.sampled_from(["49", "44", "998", "375", "77"]), _digits(10), st.sampled_from(["", " ", "-"]))
PHONES = st.one_of(
    st.builds(lambda parts, form: form.format(*parts), st.one_of(RUSSIAN, TURKISH), st.sampled_from(WRITTEN)),
    CHINESE, FOREIGN)


@given(PHONES, st.sampled_from(["{}", "phone={};", '"{}"', "tel:{}", "{}, {}", "['{}']", "[{}]", "<{}>", "%2B7 {}"]))
def test_every_phone_is_hidden(phone: str, around: str) -> None:
    told = Redactor()(around.replace("{}", phone))
    assert phone not in told
    assert "***" in told


@given(PHONES)
def test_a_phone_in_an_address_is_hidden(phone: str) -> None:
    assert "***" in Redactor()(f"http://server/?phone={quote(phone)}&x=1")


DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31))
RUNS = st.builds(lambda day, at, mark: f"{day}-{at:%Y%m%dT%H%M%S}-{mark:06x}", DAYS, MOMENTS, st.integers(0, 2**24 - 1))
SUMS = st.builds(lambda units, form: form(units), st.integers(-10**14, 10**14), st.sampled_from([
    lambda units: f"{units / 100:.2f}", lambda units: f"{units:,}.00".replace(",", " "),
    lambda units: f"{units:,}".replace(",", "\u202f"), lambda units: f"{units:,}", lambda units: f"{units:,},50",
    lambda units: f"{units % 10**10}", lambda units: f"{units / 7:.6g}"]))
NUMBERS = st.builds(lambda prefix, number, width: f"{prefix}{number:0{width}}",
                    st.sampled_from(["ТД00-", "0000-", "УТ-", "МСК", "№", "#", "Р-2026-", "000", "00-"]),
                    st.integers(0, 999_999), st.integers(6, 8))
PLAIN = st.one_of(DAYS.map(str), DAYS.map(lambda day: f"{day:%d.%m.%Y}"), MOMENTS.map(str),
                  MOMENTS.map(lambda at: at.isoformat(timespec="seconds") + "+03:00"), RUNS, SUMS, NUMBERS,
                  st.timedeltas(timedelta(0), timedelta(3)).map(str), st.uuids().map(str),
                  st.ip_addresses().map(str))


@given(st.lists(PLAIN, min_size=1, max_size=3), st.sampled_from([" ", ", ", "; ", " of ", "\n"]))
def test_dates_sums_numbers_and_runs_stay(values: list[str], between: str) -> None:
    line = between.join(values)
    assert Redactor()(line) == line


NAMES = ["ООО \"Ромашка\"", "Иванов Иван Иванович", "王小明", "Гортензия", "Çiçek Ltd. Şti.", "O'Brien & Sons", "ИП Ли"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [str, repr, json.dumps, quote, quote_plus, lambda name: repr(name.encode()),
                                  lambda name: f"\\n{name}", lambda name: f"['{name}'", html.escape])
def test_a_name_is_hidden_however_it_is_written(name: str, form: type[str]) -> None:
    redactor = Redactor()
    redactor.names.add(NAMES)
    told = redactor(f"the row of {form(name)}, 5 of 7")
    words = [word for word in ("Ромашка", "Иван", "王", "小明", "Гортензия", "iek", "Brien", "Ли") if word in name]
    assert not any(word in told for word in words), told
    assert "***" in told
    assert told.startswith("the row of ")
    assert told.endswith(", 5 of 7")


def test_names_leave_other_words_alone() -> None:
    names = Names()
    names.add(["Анна", "ИП", "5", "", "  ", "Иван Петров", "Иван Петров и сын", "№ 12 345"])
    assert names.hidden_in("ИП 5 анна Аннабель Иван Сидоров Петров № 12 345") == (
        "ИП 5 анна Аннабель Иван Сидоров Петров № 12 345")
    assert names.hidden_in("Анна и ИВАН ПЕТРОВ И СЫН, иван петров") == "*** и ***, ***"


@pytest.mark.slow
def test_a_hundred_thousand_names_cost_little() -> None:
    names = [f"Фамилия{at} Имя{at % 500} Отчество{at % 77}" for at in range(100_000)]
    redactor = Redactor()
    tracemalloc.start()
    redactor.names.add(names)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    line = "2026-11-20 02:00:00,123 INFO run rfm_service.night: Фамилия7 Имя7 Отчество7 bought for 12 345.67 of the day"
    begun = time.perf_counter()
    for _ in range(200):
        assert "Отчество" not in redactor(line)
    assert (time.perf_counter() - begun) / 200 < 0.005
    assert held < 60_000_000


@pytest.mark.parametrize("text", ["x" * 300_000, "1" * 300_000, "%41" * 100_000, "x@" * 100_000, "8 " * 100_000,
                                  "\\u0440" * 50_000, "a.b." * 100_000, "1:" * 100_000])
def test_a_line_of_any_length_is_redacted_in_time(text: str) -> None:
    redactor = Redactor((SECRET,), (), ("123",))
    redactor.names.add(NAMES)
    begun = time.perf_counter()
    redactor(text)
    assert time.perf_counter() - begun < 10


ALL_SECRET = """
[source]
url = "http://robot:In-Address@127.0.0.1:1/"
token = "Source-Token"
user = "robot"
password = "Source-Password"
[report]
dashboard_password = "Dashboard-Password"
[telegram]
token = "1234567:Telegram-Token"
admin_chats = [-1009998887776]
report_chats = ["@firm_channel"]
[watch]
ping_url = "https://hc.example.com/Ping-Address"
[second_channel]
urls = ["mailtos://robot:Mail-Password@example.com", "tgram://Second-Token/12345678"]
"""


def test_every_secret_of_the_settings_is_known(tmp_path: Path) -> None:
    settings, found = validate(tomllib.loads(ALL_SECRET), tmp_path)
    assert settings is not None, found
    redactor = wiring.redactor(settings)
    for secret in ("In-Address", "Source-Token", "Source-Password", "Dashboard-Password", "1234567:Telegram-Token",
                   "/Ping-Address/start", "Mail-Password", "Second-Token", "9998887776", "@firm_channel",
                   base64.b64encode(b"robot:Source-Password").decode(),
                   base64.b64encode(b"robot:In-Address").decode()):
        assert secret.strip("/").removesuffix("/start") not in redactor(f"in a line: {secret};")
    assert redactor("the robot of 127.0.0.1") == "the robot of 127.0.0.1"
