"""[second_channel]: faults by key, addresses that stay secret, who is told where there is no bot."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rfm_service import logs, wiring
from rfm_service.checkup import checkup
from rfm_service.domain.errors import SettingsError
from rfm_service.ports import SECOND_CHANNEL

URLS = ["mailtos://rfm:p%40ss-canary@mail.firm.example?to=admin@firm.example",
        "ntfys://hidden-topic-canary@ntfy.example/rfm-canary-topic"]


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    source = "" if "[source]" in text else '[source]\nurl = "http://127.0.0.1:1"\n'
    path.write_text(source + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "fault"), [
    ('kind = "aprise"', "second_channel.kind = 'aprise': there is no such kind; there are: apprise, log (did you mean "
                        "apprise?)"),
    ('kind = "telegram"', "there are: apprise, log"),
    ('kind = "apprise"', "second_channel.urls: this key is needed"),
    ('kind = "apprise"\nurl = "json://x"', "did you mean second_channel.urls?"),
    ('kind = "log"\nurls = ["json://x"]', "second_channel.urls = ***: unknown key"),
    ('kind = "log"\nafter = 0', "second_channel.after = 0"),
])
def test_faults_are_told_by_key(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as failure:
        wiring.load(written(tmp_path, f"[second_channel]\n{text}"))
    assert fault in str(failure.value)


@pytest.mark.parametrize("given", [str(URLS).replace("'", '"'), URLS[0]])
def test_addresses_of_the_environment_and_their_passwords_are_secrets(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("RFM_SECOND_CHANNEL__URLS", given)
    settings = wiring.load(written(tmp_path, '[second_channel]\nkind = "apprise"'))
    redacting = logs.Redacting(wiring.redactor(settings))
    line = f"{given} p%40ss-canary p@ss-canary"
    shown = redacting.format(logging.LogRecord("x", logging.INFO, "", 1, line, (), None))
    assert "canary" not in shown
    if given != URLS[0]:
        assert "canary" not in redacting.redact("POST https://ntfy.example/rfm-canary-topic hidden-topic-canary")


def test_one_address_may_stand_alone(tmp_path: Path) -> None:
    settings = wiring.load(written(tmp_path, f'[second_channel]\nkind = "apprise"\nurls = "{URLS[0]}"'))
    channel = wiring.second_channel(settings)
    assert channel.urls == (URLS[0],)


@pytest.mark.parametrize(("token", "chats", "told"), [
    ("1:x", "[7]", ("7",)), ("", "[7]", (SECOND_CHANNEL,)), ("1:x", "[]", (SECOND_CHANNEL,))])
def test_admins_without_a_bot_are_told_by_it(tmp_path: Path, token: str, chats: str, told: tuple[str, ...]) -> None:
    telegram = f'[telegram]\ntoken = "{token}"\nadmin_chats = {chats}\n'
    settings = wiring.load(written(tmp_path, telegram + '[second_channel]\nkind = "log"'))
    assert wiring.admin_chats(settings) == told
    alone = wiring.load(written(tmp_path, telegram))
    assert wiring.admin_chats(alone) == (("7",) if chats == "[7]" else ())


def test_check_tries_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[source]\nkind = "files"\npath = "sales"\n[second_channel]\nkind = "apprise"\nurls = ["json://127.0.0.1:1"]'
    (tmp_path / "sales").mkdir()
    settings = wiring.load(written(tmp_path, text))
    [tried] = [result for result in checkup(settings, settings.source.start) if result.what == "Second channel"]
    assert not tried.good
    assert "JSON in second_channel.urls does not answer" in tried.sentence(str.format)
