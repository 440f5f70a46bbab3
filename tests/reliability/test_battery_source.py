"""The battery, cases 1 to 14: how 1C fails, where it recovers within the night and where it does not."""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from rfm_service.emulator import faults
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from tests.nights.company import sale
from tests.onec.drips import dripping
from tests.reliability.verdicts import BUYER, NEXT, refused, right

pytestmark = pytest.mark.slow
SHORT = 0.01
"""Minutes of a fetch that shall not recover."""


def sold(firm):
    """1C has something new for the night."""
    firm.onec.shop.add(sale("new", NEXT, 40, buyer=BUYER))


@contextmanager
def unresolved(times):
    """The first so many names are not resolved: a hook of the interpreter says so; it stays, and does nothing later."""
    left = [times]

    def refuse(event, arguments):
        if event == "socket.getaddrinfo" and left[0]:
            left[0] -= 1
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    sys.addaudithook(refuse)
    try:
        yield left
    finally:
        left[0] = 0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return opened.getsockname()[1]


def test_case_01_connection_refused(firm, monkeypatch):
    firm, port = firm(), free_port()
    sold(firm)
    monkeypatch.setenv("RFM_SOURCE__URL", f"http://127.0.0.1:{port}/erp/hs/rfm/sales")
    firm.deadline = SHORT
    refused(firm, "127.0.0.1 does not answer")
    firm.deadline = 1
    with ExitStack() as stack:
        late = threading.Timer(0.5, lambda: stack.enter_context(
            OnecServer(firm.onec.shop, token="канал-1C", port=port)))
        late.start()
        right(firm)
        late.join()


def test_case_02_name_not_resolved(firm, monkeypatch):
    firm = firm()
    sold(firm)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("RFM_SOURCE__URL", "http://nosuch.invalid/erp/hs/rfm/sales")
        firm.deadline = SHORT
        refused(firm, "does not answer", "nosuch.invalid")
    firm.deadline = 1
    with unresolved(2) as left:
        right(firm)
        assert left == [0]


def test_case_03_accepts_and_never_answers(firm, monkeypatch):
    firm = firm()
    sold(firm)
    with dripping(b"", b"", 3600) as silent, monkeypatch.context() as elsewhere:
        elsewhere.setenv("RFM_SOURCE__URL", silent)
        firm.deadline, begun = SHORT, time.monotonic()
        refused(firm)
        assert time.monotonic() - begun < 10
    firm.deadline = 1
    monkeypatch.setenv("RFM_SOURCE__TIMEOUT_S", "0.2")
    firm.onec.faults.push(faults.slow(1))
    right(firm)


def test_case_04_one_byte_every_two_seconds(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.drip(2).again())
    firm.deadline, begun = 0.05, time.monotonic()
    refused(firm)
    assert time.monotonic() - begun < 10
    firm.onec.faults.clear()
    right(firm)


def test_case_05_500_twice_then_fine(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(Fault(500, times=2))
    right(firm)


def test_case_06_500_all_night(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(Fault(500, times=None))
    firm.deadline = SHORT
    refused(firm, "500")
    firm.onec.faults.clear()
    right(firm)


def test_case_07_401_at_once_with_a_hint(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.unauthorized().again())
    asked = len(firm.onec.requests)
    refused(firm, "1C refuses access (401)", "source.token")
    assert len(firm.onec.requests) == asked + 1


@pytest.mark.parametrize("status", [500, 403])
def test_case_08_no_free_licence(firm, status):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.licence(status).again())
    firm.deadline = SHORT
    asked = len(firm.onec.requests)
    refused(firm, "no free licence or session")
    assert len(firm.onec.requests) - asked <= 12
    firm.onec.faults.clear()
    firm.onec.faults.push(faults.licence(status).again(2))
    firm.deadline = 1
    right(firm)


@pytest.mark.parametrize("fault", [faults.too_many, faults.unavailable])
def test_case_10_retry_after_is_obeyed(firm, fault):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(fault(1).again(2))
    asked, begun = len(firm.onec.requests), time.monotonic()
    right(firm)
    assert time.monotonic() - begun >= 2
    assert len(firm.onec.requests) - asked <= 2 + 4
    firm.onec.faults.push(fault(3600).again())
    asked, begun = len(firm.onec.requests), time.monotonic()
    refused(firm)
    assert (len(firm.onec.requests) - asked, time.monotonic() - begun < 20) == (1, True)


def test_case_11_an_html_login_page(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.login_page().again())
    refused(firm, "web page")


def test_case_12_a_redirect_to_a_login_page(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.redirect("https://login.example/?back=1").again())
    asked = len(firm.onec.requests)
    refused(firm, "login.example")
    assert len(firm.onec.requests) == asked + 1


@pytest.mark.parametrize("fault", [faults.cut(60), faults.cut_unseen(60), faults.cut_chunks(60)])
def test_case_13_a_body_cut_in_the_middle(firm, fault):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(fault.again())
    firm.deadline = SHORT
    refused(firm, "cut short")
    firm.onec.faults.clear()
    firm.onec.faults.push(fault.again(2))
    firm.deadline = 1
    right(firm)


@pytest.mark.parametrize("fault", [Fault(body=b"[" + b" " * 2_000_000), faults.bomb(50)])
def test_case_14_over_the_byte_cap_is_halved_then_refused(firm, monkeypatch, fault):
    firm = firm()
    sold(firm)
    monkeypatch.setenv("RFM_SOURCE__LARGEST_MB", "1")
    firm.onec.faults.push(replace(fault, times=None, algoritm="clasterclients"))
    firm.onec.requests.clear()
    begun = time.monotonic()
    refused(firm, "1 MB")
    days = [(each.datefrom, each.datebefore) for each in firm.onec.requests if each.algoritm == "clasterclients"]
    assert len(set(days)) > 1
    assert time.monotonic() - begun < 20
    firm.onec.faults.clear()
    firm.onec.faults.push(replace(fault, times=1, algoritm="clasterclients"))
    right(firm)
