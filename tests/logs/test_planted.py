"""Canaries in every secret setting and every personal value: after nights of all kinds none of them is anywhere."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil
import pytest

import rfm_service
from rfm_service.emulator import faults, refusals
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Partner
from tests.nights.company import sale

pytestmark = pytest.mark.slow

DAY = date(2026, 6, 10)
TOKEN = "канарейка-1С/t0ken+%=&?"
PASSWORD = "Kanar/pa ss%2F\"word"
BOT = "765432109:AAcanary-bot-token-of-35-letters-x"
CHATS = ["-1001112223334", "998877665"]
SECOND = "mailtos://robot:Kanar7mailpass@mail.example.invalid?to=kanar.admin@example.invalid"
SECRETS = [TOKEN, PASSWORD, BOT, BOT.partition(":")[2], "Kanar7dashboard", "Kanar7mailpass", "kanar-7-ping",
           *CHATS, "1112223334", "kanar.admin@example.invalid"]
PEOPLE = [("Канарейкина Анна Петровна", "kanareykina@example.ru", "+7 912 345-67-89"),
          ("ООО \"Канарейка и К\"", "office@kanareyka.example", "8 (495) 123-45-67"),
          ("金丝雀商贸", "jsq@example.cn", "13800138000"), ("Kanaryalar Ltd. Şti.", "k@example.tr", "0532 123 45 67")]
MANAGER = "Канареев Пётр"
SETTINGS = """language = "ru"
[source]
url = "{url}"
{login}
start = 2026-06-01
timeout_s = 5
deadline_minutes = 0.02
[report]
dashboard_password = "Kanar7dashboard"
renderers = ["machine_tables", "lists"]
[telegram]
token = "{bot}"
admin_chats = ["{admin}"]
report_chats = ["{report}"]
api_url = "{api}"
timeout_s = 3
commands = false
[second_channel]
urls = ["{second}"]
[watch]
ping_url = "http://127.0.0.1:1/kanar-7-ping/x"
[logs]
level = "DEBUG"
"""
SAID = "; ".join(" ".join(each) for each in PEOPLE)
BROKEN_SOURCE = """
from pathlib import Path
from rfm_service.sources.onec_http import Source as Whole

SAID = Path(__file__).with_name("said.txt").read_text(encoding="utf-8")


class Source(Whole):
    def lines(self, periods, known):
        answer = super().lines(periods, known)
        try:
            {}[SAID]
        except KeyError as error:
            raise ValueError(SAID + " " + self.url + repr(self)) from error
"""
BROKEN_RENDERER = """
import warnings
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Renderer:
    def render(self, findings, texts):
        said = Path(__file__).with_name("said.txt").read_text(encoding="utf-8")
        warnings.warn(said)
        raise RuntimeError(said)
"""


def written(value: str) -> set[str]:
    """A canary in every form in which it may stand somewhere."""
    raw = value.encode()
    forms = {value, quote(value), quote(value, safe=""), quote_plus(value), repr(value)[1:-1], repr(raw)[2:-1],
             value.encode("unicode_escape").decode(), base64.b64encode(raw).decode()}
    return forms | {form.lower() for form in forms} | {form.upper() for form in forms}


CANARIES = {*SECRETS, base64.b64encode(f"kanar:{PASSWORD}".encode()).decode(), MANAGER,
            *(part for person in PEOPLE for part in person),
            "канарейкина", "kanareykina", "канарейка и к", "金丝雀", "kanaryalar", "345-67-89", "123-45-67"}
FORMS = {form for each in CANARIES for form in written(each)}


@dataclass
class Yard:
    """A firm whose nights run in processes of their own; what they say anywhere is gathered."""

    folder: Path
    onec: OnecServer
    chat: BotApi
    package: Path = Path(rfm_service.__file__).parents[1]
    login: str = f"token = '{TOKEN}'"
    url: str = ""
    said: list[str] = field(default_factory=list)
    nights: int = 0

    def night(self, **environment: str) -> int:
        """The exit code of the next night; its output and the command lines that were seen are kept."""
        settings = self.folder / "settings.toml"
        settings.write_text(SETTINGS.format(
            url=self.url or self.onec.url, login=self.login, bot=BOT, admin=CHATS[0], report=CHATS[1],
            api=self.chat.api_url, second=SECOND), encoding="utf-8")
        self.nights += 1
        command = [sys.executable, "-m", "rfm_service", "run", "--settings", str(settings), "--as-of",
                   str(DAY + timedelta(days=self.nights))]
        own = {**os.environ, "PYTHONPATH": str(self.package), "RFM_SOURCE__GAP_S": "0.05", "PYTHONUTF8": "1",
               **environment}
        child = subprocess.Popen(command, env=own, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        watch = threading.Thread(target=self.watch, args=(child,))
        watch.start()
        output = child.communicate(timeout=120)[0]
        watch.join()
        self.said.append(output.decode("utf-8", "replace"))
        return child.returncode

    def watch(self, child: subprocess.Popen[bytes]) -> None:
        """Note the command lines of a process and its children until it ends."""
        while child.poll() is None:
            try:
                top = psutil.Process(child.pid)
                self.said += [" ".join(each.cmdline()) for each in (top, *top.children(recursive=True))]
            except psutil.Error:
                return
            threading.Event().wait(0.2)

    def everything(self) -> str:
        """All that was written where canaries must not be."""
        files = [*(self.folder / "logs").iterdir(), *(self.folder / "reports").rglob("manifest.json")]
        return "\n".join([*self.said, *(sent.text for sent in self.chat.sent),
                          *(path.read_text(encoding="utf-8") for path in files)])


def shop() -> ListShop:
    found = ListShop([sale(str(at), DAY - timedelta(days=at), 1000 + at, buyer=PEOPLE[at % 4][0]) for at in range(8)])
    for name, email, phone in PEOPLE:
        found.add_partner(Partner(name, email, "опт", MANAGER, phone))
    return found


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with OnecServer(shop()) as onec, BotApi() as chat:
        yield Yard(tmp_path, onec, chat)


def clean(yard: Yard) -> None:
    """Raises where a canary is in sight."""
    everything = yard.everything()
    assert len(everything) > 10_000
    folded = everything.casefold()
    found = {form: everything[max(0, at - 200):at + 100] for form in FORMS
             if (at := everything.find(form)) >= 0 or (at := folded.find(form.casefold())) >= 0}
    assert not found, found


FAULTS = [
    faults.said_in_json(SAID), faults.licence(), faults.no_page(), faults.renamed("Сумма", SAID), faults.login_page(),
    faults.reset(), faults.Fault(status=500, body=SAID.encode()), faults.cut(-7), faults.unauthorized(),
    faults.redirect(f"http://kanar:{quote(PASSWORD, safe='')}@127.0.0.1:1/{quote(TOKEN, safe='')}?x={quote(SAID)}"),
    faults.in_base64(SAID), faults.decimal_comma(), faults.empty()]
REFUSALS = [refusals.bad_request(f"{SAID} {CHATS[0]} {BOT}"), refusals.BLOCKED, refusals.RESET_BEFORE,
            refusals.UNAUTHORIZED, refusals.RESET_AFTER, refusals.BAD_GATEWAY, refusals.too_many(1)]
EVERY = 1 if os.environ.get("TEST_SOAK") else 3


def test_nights_of_every_kind_tell_no_canary(yard: Yard, measured: Callable[[str], None]) -> None:
    assert yard.night() == 0, yard.said[-1]
    for fault in FAULTS[::EVERY]:
        yard.onec.faults.push(fault.again())
        yard.night()
        yard.onec.faults.clear()
    for refusal in REFUSALS[::EVERY]:
        yard.chat.refusals.push(refusal.always())
        yard.night()
        yard.chat.refusals.clear()
    yard.login = f"user = 'kanar'\npassword = '{PASSWORD}'"
    yard.night()
    yard.onec.faults.push(faults.unauthorized().again())
    yard.night()
    yard.onec.faults.clear()
    yard.url = "http://127.0.0.1:1/x"
    yard.night()
    yard.url = f"http://kanar:{quote(PASSWORD, safe='')}@127.0.0.1:1/x"
    yard.night()
    yard.url = ""
    (yard.folder / "data" / "warehouse.db").write_bytes(SAID.encode() * 100)
    yard.night()
    clean(yard)
    measured(f"{len(yard.said)} nights, nothing of what was planted found")
    assert "Петровна" in (yard.folder / "reports" / "latest" / "customers.csv").read_text(encoding="utf-8")


def test_a_fault_of_a_plug_tells_no_canary_even_before_names_are_known(yard: Yard) -> None:
    yard.package = yard.folder / "package"
    own = yard.package / "rfm_service"
    shutil.copytree(Path(rfm_service.__file__).parent, own, ignore=shutil.ignore_patterns("__pycache__"))
    for room, plug in (("sources", BROKEN_SOURCE), ("renderers", BROKEN_RENDERER)):
        (own / room / "broken.py").write_text(plug, encoding="utf-8")
        (own / room / "said.txt").write_text(SAID, encoding="utf-8")
    assert yard.night(RFM_SOURCE__KIND="broken") == 1
    assert yard.night(RFM_REPORT__RENDERERS='["broken"]') == 1
    assert yard.night() == 0, yard.said[-1]
    assert yard.night(RFM_SOURCE__KIND="broken") == 1
    log = (yard.folder / "logs" / "service.log").read_text(encoding="utf-8")
    assert log.count("Traceback") >= 4
    assert log.count("RuntimeError: ") == 1
    clean(yard)
