"""[ledger]: a file or a database; what of its address is secret; a server that is not there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rfm_service import wiring
from rfm_service.cli import app
from tests.settings.files import SOURCE, faults, load

FILES = '[source]\nkind = "files"\npath = "none"\n'
DOWN = "postgresql+psycopg://rfm:canary%40pw@127.0.0.1:1/firm?schema=shop"


@pytest.mark.parametrize(("url", "fault"), [
    ("mysql://x/y", "must be a file like"), ("postgresql://db", "must be a file like"),
    ("postgresql://db/a/b", "must be a file like"), ("postgresql+asyncpg://db/a", "must be a file like"),
    ('postgresql://u:canary@db/a?schema=x%22;drop', "the schema must be"),
    ("postgresql://db/a?schema=Shop", "the schema must be"), ("postgresql://db/a?schema=", ""),
    ("postgresql://u@db/a?schema=shop_2&sslmode=require", ""), ("sqlite:///x?schema=Shop", ""),
])
def test_addresses(tmp_path: Path, url: str, fault: str) -> None:
    found = faults(tmp_path, f"{SOURCE}[ledger]\nurl = '{url}'\n")
    assert list(found) == (["ledger.url"] if fault else [])
    assert all(fault in str(each) and "canary" not in str(each) for each in found.values())


def test_what_belongs_to_a_ledger_in_a_database_lies_in_data(tmp_path: Path) -> None:
    settings = load(tmp_path, f"{SOURCE}[ledger]\nurl = '{DOWN}'\n", b"RFM_LEDGER__PASSWORD=other-canary\n")
    assert not settings.ledger.in_file
    assert settings.warehouse == tmp_path / "data" / "postgresql"
    assert wiring.backups(settings).folder == tmp_path / "data" / "backups"
    assert wiring.warehouse(settings).place == "127.0.0.1:1/firm (shop)"
    assert {"other-canary", "canary@pw", "canary%40pw"} <= set(wiring.secrets(settings))


def test_a_password_is_no_part_of_the_hash_and_a_file_has_the_hash_that_it_had(tmp_path: Path) -> None:
    plain = wiring.settings_hash(load(tmp_path, SOURCE))
    assert wiring.settings_hash(load(tmp_path, SOURCE, b"RFM_LEDGER__PASSWORD=x\n")) == plain


@pytest.mark.parametrize("command", ["run", "status", "backup", "check", "customers show x"])
def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path, command: str) -> None:
    pytest.importorskip("psycopg")
    (tmp_path / "none").mkdir()
    load(tmp_path, f"language = 'en'\n{FILES}[ledger]\nurl = '{DOWN}'\n[report]\nrenderers = []\n")
    done = CliRunner().invoke(app, [*command.split(), "--settings", str(tmp_path / "settings.toml")])
    assert done.exit_code == 1, done.output
    assert "127.0.0.1:1/firm (shop) does not answer: Connection refused" in " ".join(done.output.split())
    written = done.output + "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.log*"))
    assert not re.search(r"canary|Traceback", written)


def test_without_the_extra_it_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").mkdir()
    load(tmp_path, f"language = 'en'\n{FILES}[ledger]\nurl = '{DOWN}'\n")
    for name in [each for each in sys.modules if each.split(".")[0] in ("psycopg", "adbc_driver_postgresql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = CliRunner().invoke(app, ["check", "--settings", str(tmp_path / "settings.toml")])
    assert 'python -m pip install "rfm-service[postgres]"' in " ".join(done.output.split())
    assert "Traceback" not in done.output
