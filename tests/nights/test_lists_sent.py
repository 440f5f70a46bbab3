"""Nights whose sales managers have addresses: each gets his own workbook once, by a real mail server and a web hook."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.shop import ListShop, Partner
from tests.nights.company import Company, sale, shop_of
from tests.notifiers.mail import mail_server, opened

DAY = date(2026, 6, 10)
OLGA, PETR = "Светлова Ольга", "Ильин Пётр"
OLGAS, PETRS = [f"Ромашка {n}" for n in range(4)], [f"Лютик {n}" for n in range(3)]
MANAGERS = """
[[managers]]
name = "светлова ольга"
urls = ["mailto://rfm:canary-pass@127.0.0.1:{port}?from=rfm@firm.example&to=olga@firm.example"]
[[managers]]
name = "Ильин Пётр"
urls = "{hook}"
attach = false
"""


def shop() -> ListShop:
    """Customers who bought every ten days and have been silent for long: all of them are to be contacted."""
    made = shop_of(*(sale(f"{buyer}-{at}", DAY - timedelta(days=80 + 10 * at), 9_000, buyer=buyer)
                     for buyer in (*OLGAS, *PETRS) for at in range(6)))
    for buyer in (*OLGAS, *PETRS):
        made.add_partner(Partner(buyer, f"{buyer[-1]}@example.org", "опт", OLGA if buyer in OLGAS else PETR))
    return made


@contextmanager
def hook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    told: list[dict[str, str]] = []

    def taken(request: Request) -> Answer:
        told.append(json.loads(request.body))
        return Answer()

    with LocalServer(taken) as server:
        yield server.base_url.replace("http://", "json://rfm:canary-hook@"), told


@pytest.fixture
def addressed(firm) -> Company:
    return firm(shop(), renderers='["machine_tables", "lists"]')


def customers(content: bytes) -> set[str]:
    """The customers of either firm that a workbook names."""
    cells = {cell for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet.iter_rows(values_only=True)
             for cell in row}
    return cells & {*OLGAS, *PETRS}


def invoke(firm: Company, *words: str):
    return CliRunner().invoke(app, [*words, "--settings", str(firm.settings)])


def test_s2_19_each_gets_his_own_list_once_and_nobody_else_does(addressed: Company) -> None:
    with mail_server() as server, hook() as (url, told):
        addressed.publish = MANAGERS.format(port=server.server_address[1], hook=url)
        addressed.good_night(DAY)
        addressed.good_night(DAY)
        [mail] = server.mails
        [word] = told
        [carried] = opened(mail).iter_attachments()
        assert addressed.files(str(DAY))[f"managers/{carried.get_filename()}"] == carried.get_content()
        assert customers(carried.get_content()) == {*OLGAS}
        text = opened(mail).get_body(("plain",)).get_content()
        assert "4 customers to contact on June 11, 2026" in text.replace("\r\n", " ")
        assert (word["attachments"], "3 customers to contact" in word["message"]) == ([], True)
        folder = addressed.folder / "reports" / str(DAY)
        [path] = [name for name in addressed.files(str(DAY)) if "ilin" in name]
        assert f"The list: {path} in {folder}" in word["message"]
    everything = [*(sent.text for sent in addressed.chat.sent), addressed.log(), text, opened(mail)["subject"],
                  word["message"], word["title"]]
    hidden = (*OLGAS, *PETRS, OLGA, PETR, "canary", "olga@firm.example")
    assert [each for each in hidden if each in "\n".join(everything)] == []
    assert not [sent for sent in addressed.chat.sent if sent.files]


@pytest.mark.slow
def test_s2_19_a_dead_server_is_met_by_the_next_night_and_status_shows_what_waits(addressed: Company) -> None:
    with mail_server() as server, hook() as (url, told):
        port = server.server_address[1]
    addressed.publish = MANAGERS.format(port=port, hook=url)
    addressed.good_night(DAY)
    assert json.loads(invoke(addressed, "status", "--json").stdout)["messages_waiting"] == 2
    assert told == []
    with mail_server(port) as server:
        assert "Messages sent: 1, waiting: 1." in invoke(addressed, "deliver").stdout
        assert len(server.mails) == 1
        addressed.good_night(DAY + timedelta(days=1))
        addressed.good_night(DAY - timedelta(days=1))
        [_, mail] = server.mails
    [carried] = opened(mail).iter_attachments()
    assert customers(carried.get_content()) == {*OLGAS}
    addressed.publish = ""
    assert invoke(addressed, "deliver").exit_code == 0
    counted = json.loads(invoke(addressed, "status", "--json").stdout)
    assert (counted["messages_waiting"], counted["messages_refused"]) == (0, 0)


@pytest.mark.slow
def test_s2_19_killed_between_mail_and_mark_it_is_sent_once_more_and_says_so(addressed: Company) -> None:
    with mail_server() as server:
        port = server.server_address[1]
        addressed.publish = MANAGERS.format(port=port, hook="").rpartition("[[managers]]")[0]
        server.answers.clear()
        night = subprocess.Popen([sys.executable, "-m", "rfm_service", "run", "--settings", str(addressed.settings),
                                  "--as-of", str(DAY)], cwd=Path(__file__).parents[2])
        while not server.mails:
            assert night.poll() is None
            time.sleep(0.05)
        night.kill()
        night.wait()
        server.answers.set()
        for sent in (1, 0):
            assert f"Messages sent: {sent}, waiting: 0." in invoke(addressed, "deliver").stdout
        first, again = map(opened, server.mails)
    assert (first["subject"], "(possible repeat)" in again["subject"]) == (
        "rfm-service: 4 customers to contact on June 11, 2026", True)
    assert [customers(each.get_content()) for mail in (first, again) for each in mail.iter_attachments()] == [
        {*OLGAS}, {*OLGAS}]


def test_check_tries_each_address_and_knows_each_name(addressed: Company) -> None:
    with mail_server() as server, hook() as (url, told):
        addressed.publish = MANAGERS.format(port=server.server_address[1], hook=url).replace("Ильин", "Ильинн")
        before = invoke(addressed, "check").stdout
        assert "List of the day: managers.1.name: Ильинн Пётр, customers in 1C: 0." in before
        addressed.good_night(DAY)
        server.mails.clear()
        told.clear()
        lines = [line for line in invoke(addressed, "check").stdout.splitlines() if "List of the day" in line]
        assert (server.mails, told) == ([], [])
    assert lines == [
        "[ok] List of the day: managers.0.name: светлова ольга, customers in 1C: 4.",
        "[ok] List of the day: managers.0.urls.0: E-Mail can be reached.",
        "[!!] List of the day: managers.1.name: no customer has the sales manager Ильинн Пётр, so nobody is sent a "
        "list. The nearest name in 1C is Ильин Пётр.",
        "[ok] List of the day: managers.1.urls.0: JSON can be reached."]
    lines = [line for line in invoke(addressed, "check").stdout.splitlines() if "does not answer" in line]
    assert [line.partition(" (")[0] for line in lines] == [
        "[!!] List of the day: The server of E-Mail in managers.0.urls does not answer",
        "[!!] List of the day: The server of JSON in managers.1.urls does not answer"]
    assert "canary" not in "".join(lines)
