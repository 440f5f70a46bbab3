from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.browsers.browser import Browser
    from tests.browsers.running import Running
    from tests.served import PostgresServer

# Machines differ in speed; where a red run holds others up, examples are the same every time.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


CASE = re.compile(r"test_(?:case|battery)_(\d\d)_")


def cases_of(name: str) -> set[int]:
    """The case of the fault battery that a test is named by (docs/reliability.md)."""
    return {int(found[1])} if (found := CASE.match(name)) else set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `-m battery` choose every case of the fault battery."""
    for item in items:
        if cases := cases_of(item.name):
            item.add_marker(pytest.mark.battery(*cases))


MEASURED = "measured"


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes what a proof measured, a sentence each: all of it stands at the end of the run."""
    return lambda sentence: record_property(MEASURED, sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what proofs measured."""
    told = [f"{report.nodeid}: {said}" for reports in terminalreporter.stats.values() for report in reports
            if getattr(report, "when", "") == "call" for name, said in report.user_properties if name == MEASURED]
    if told:
        terminalreporter.section(MEASURED)
        for line in sorted(told):
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests stay out of them."""
    for name in os.environ:
        if name.startswith("RFM_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of PostgreSQL for this session of tests; where it is not installed, they skip by the package's name."""
    from tests.served import server

    with server() as running:
        yield running


@pytest.fixture(scope="session")
def running_browsers() -> Iterator[Running]:
    """The browsers of this session of tests; all of them end with it."""
    from tests.browsers.running import Running

    with Running() as running:
        yield running


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.slow) for name in ("chromium", "firefox")])
def browser(request: pytest.FixtureRequest, running_browsers: Running) -> Browser:
    """A fresh page, in each browser in turn; one that is not installed is skipped by the name of its package."""
    return running_browsers.fresh(request.param)
