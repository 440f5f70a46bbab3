"""Most proofs of the ledger are the same on a file of SQLite and on a server of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import served

ON_FILES = {"test_backup", "test_held_back", "test_migrations", "test_warehouse", "test_served", "test_dialect"}
"""What is proved of files, or of a server, alone."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    on_files = module in ON_FILES or "of_files" in {mark.name for mark in metafunc.definition.iter_markers()}
    if not on_files:
        metafunc.parametrize("kind", [served.KINDS[0], pytest.param(served.KINDS[1], marks=pytest.mark.slow)],
                             indirect=True)


@pytest.fixture(autouse=True)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the ledgers of a test are kept in."""
    yield from served.kept_in(request)
