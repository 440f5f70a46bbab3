"""The house keeps its laws, and each law bites."""

from __future__ import annotations

import statistics

import pytest

from tests.architecture import laws
from tests.architecture.laws import LAWS_OF_THE_PACKAGE, LAWS_OF_THE_TESTS, Law
from tests.architecture.reading import PACKAGE, TESTS, Module, modules

OF_PACKAGE = modules(PACKAGE)
OF_TESTS = modules(TESTS)

BREACHES = {
    "short_modules": "x = 1\n" * 401,
    "short_functions": "def f():\n" + "    x = 1\n" * 51,
    "few_parameters": "class A:\n    def f(self, a, b, c, *d, e, f, **g): ...",
    "frozen_dataclasses": "from dataclasses import dataclass\n@dataclass(order=True)\nclass A: ...",
    "clocks_in_doors": "def f():\n    import datetime as dt\n    return dt.datetime.now",
    "environment_in_settings": "from os import getenv as g\ng('HOME')",
    "printing_in_the_door": "print('x')",
    "encodings": "path.open('w')",
    "plain_words": "class HTTPManager: ...",
    "sentences": '"""A module."""\ndef f():\n    """Short"""',
    "nothing_for_later": "x = 1  # TO" + "DO: later",
    "no_mocks": "from unittest.mock import patch",
}
ALSO_BREACHES = [
    ("clocks_in_doors", "from time import time\nx = time()"),
    ("clocks_in_doors", "import time\nx = time.time()"),
    ("encodings", "open('x')"),
    ("encodings", "path.read_text()"),
    ("encodings", "path.write_text(text)"),
    ("encodings", "import subprocess\nsubprocess.run(['x'], text=True)"),
    ("frozen_dataclasses", "import dataclasses\n@dataclasses.dataclass\nclass A: ..."),
    ("plain_words", "def f(raw_data): ..."),
    ("no_mocks", "def test(monkeypatch):\n    monkeypatch.setattr(module, 'fetch', fake)"),
    ("no_mocks", "def test(mocker): ..."),
]
INNOCENT = {
    "short_functions": 'def f():\n    """' + "x\n" * 60 + '    """',
    "few_parameters": "class A:\n    def f(self, a, b, c, d, e, f): ...",
    "frozen_dataclasses": "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A: ...",
    "clocks_in_doors": "import time\nfrom datetime import time as t\nx = time.monotonic(), t(2)",
    "encodings": "path.open('rb'); path.read_bytes(); path.read_text('utf-8'); ledger.open(); hours.open(now)",
    "plain_words": "class Partner:\n    manager: str\ndef update(metadata): ...\ndef _data(): ...",
    "no_mocks": "def test(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n    monkeypatch.setattr(book, 'ROWS', 9)",
}


def faults(law: Law, read: list[Module]) -> list[str]:
    return [f"{module.path}:{line}: {what}" for module in read for line, what in law(module)]


@pytest.mark.parametrize("law", LAWS_OF_THE_PACKAGE, ids=lambda law: law.__name__)
def test_the_package_keeps(law: Law) -> None:
    found = faults(law, OF_PACKAGE)
    assert not found, f"{law.__doc__}\n" + "\n".join(found)


@pytest.mark.parametrize("law", LAWS_OF_THE_TESTS, ids=lambda law: law.__name__)
def test_the_tests_keep(law: Law) -> None:
    found = faults(law, OF_TESTS)
    assert not found, f"{law.__doc__}\n" + "\n".join(found)


@pytest.mark.parametrize(("name", "text"), [*BREACHES.items(), *ALSO_BREACHES])
def test_a_law_bites(name: str, text: str) -> None:
    assert list(getattr(laws, name)(Module("rfm_service/sample.py", text)))


@pytest.mark.parametrize(("name", "text"), INNOCENT.items())
def test_a_law_leaves_the_innocent_alone(name: str, text: str) -> None:
    assert not list(getattr(laws, name)(Module("rfm_service/sample.py", text)))


def test_every_law_has_its_breach() -> None:
    assert {law.__name__ for law in (*LAWS_OF_THE_PACKAGE, *LAWS_OF_THE_TESTS)} == BREACHES.keys()


def test_functions_are_short_as_a_rule() -> None:
    lengths = sorted(lines for module in OF_PACKAGE for function in module.functions
                     if (lines := module.code_lines(function)))
    assert statistics.median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_the_list_of_thawed_dataclasses_is_no_longer_than_needed() -> None:
    there = {f"{module.dotted}.{each.name}" for module in OF_PACKAGE for each in module.classes}
    assert laws.THAWED.keys() <= there
