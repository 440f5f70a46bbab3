"""[[managers]]: faults by key, addresses that stay secret, chats that tell nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rfm_service import logs, wiring
from rfm_service.domain.errors import SettingsError
from rfm_service.mailing import Addressee
from tests.settings.files import SOURCE, faults, load

MAIL = "mailtos://rfm:p%40ss-canary@mail.firm.example?to=olga@firm.example"
HOOK = "json://127.0.0.1:1/canary-topic"


def block(name: str, rest: str) -> str:
    return f'[[managers]]\nname = "{name}"\n{rest}\n'


@pytest.mark.parametrize(("text", "key", "problem"), [
    (block("Ольга", f'urls = "{HOOK}"') + block("  оЛЬга\u200b ", f'urls = "{MAIL}"'), "managers.1.name",
     "the same sales manager stands in managers.0"),
    (block("Ольга", f'urls = ["{HOOK}", "nosuch://x-canary"]'), "managers.0.urls.1", "no address that Apprise knows"),
    (block("Ольга", f'urls = "{HOOK}"') + block("Пётр", 'urls = "syslog://"'), "managers.1.urls.0",
     "carry no files; write attach = false"),
    (block("Ольга", ""), "managers.0.urls", "this key is needed"),
    (block("Ольга", "urls = []"), "managers.0.urls", "at least 1 item"),
    (block("Ольга", "urls = 7"), "managers.0.urls", "must be"),
    (block("Ольга", f'url = "{MAIL}"'), "managers.0.url", "unknown key"),
    (block("Ольга", f'urls = "{HOOK}"\nattach = "maybe"'), "managers.0.attach", "must be a valid boolean"),
    (block(" \u200b", f'urls = "{HOOK}"'), "managers.0.name", "must be the name of a sales manager"),
    ('managers = "Ольга"\n', "managers", "must be"),
])
def test_faults_are_told_by_key_and_show_no_address(tmp_path: Path, text: str, key: str, problem: str) -> None:
    found = faults(tmp_path, text + SOURCE if text.startswith("managers") else SOURCE + text)
    assert problem in found[key].problem
    assert "canary" not in "".join(map(str, found.values()))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = block("Ольга", 'urls = "nosuch://x"') + block("Ольга", f'urls = "{HOOK}"') + block("Пётр", "urls = []")
    with pytest.raises(SettingsError) as failure:
        load(tmp_path, SOURCE + "[rfm]\nwindow_days = -1\n" + text)
    assert {fault.key for fault in failure.value.faults} >= {"managers.0.urls.0", "managers.2.urls", "rfm.window_days"}


def test_an_address_that_carries_no_files_is_good_for_the_number_alone(tmp_path: Path) -> None:
    settings = load(tmp_path, SOURCE + block("Ольга", 'urls = "syslog://"\nattach = false'))
    assert wiring.addressees(settings) == [Addressee("Ольга", 1, attach=False)]


def test_addresses_come_from_the_environment_and_stay_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFM_MANAGERS__0__URLS", f'["{MAIL}", "{HOOK}"]')
    settings = load(tmp_path, SOURCE + block("Ольга", "") + block("Пётр", f'urls = "{HOOK}"'))
    olga, petr = wiring.addressees(settings)
    assert list(wiring.addresses(settings)) == [*olga.chats, *petr.chats] == list(wiring.channels(settings).managers)
    shown = logs.Redacting(wiring.redactor(settings)).format(logging.LogRecord(
        "x", logging.INFO, "", 1, f"{MAIL} {HOOK} p%40ss-canary p@ss-canary olga@firm.example", (), None))
    assert "canary" not in shown
    assert "olga@" not in shown


def test_an_address_is_no_part_of_what_tells_settings_apart(tmp_path: Path) -> None:
    hashes = {wiring.settings_hash(load(tmp_path, SOURCE + block("Ольга", f'urls = "{url}"'))) for url in (MAIL, HOOK)}
    assert len(hashes) == 1
