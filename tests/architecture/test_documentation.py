"""Every setting, command and column is documented."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from rfm_service import wiring
from rfm_service.cli import app
from rfm_service.renderers import machine_tables
from rfm_service.settings import known_keys
from tests.architecture.reading import PACKAGE, ROOT

TABLES = {"sources": "source", "engines": "engine", "publishers": "publish", "notifiers": "second_channel"}
ALL = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = {name: command for name, command in ALL.items() if not command.hidden}
GIVEN_BY_WIRING = {"source.currency", "publish.language"}


def text_of(*paths: Path) -> str:
    """The texts that are there, one after another."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())


SETTING_GUIDES = ("settings.md", "odata.md", "files.md")


def guides() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def keys() -> set[str]:
    """Every key that a settings file may hold, dotted."""
    found = set(known_keys())
    for room, table in TABLES.items():
        for kind in {*wiring.kinds(room)} - {wiring.FIRST_CHANNEL}:
            model = getattr(import_module(f"rfm_service.{room}.{kind}"), wiring.CLASS_OF[room])
            found |= set(known_keys(model, f"{table}."))
    return found - GIVEN_BY_WIRING


def keys_of_the_template() -> set[str]:
    """The keys that the template shows, those behind a comment too."""
    table, found = "", set()
    for line in text_of(PACKAGE / "template.toml").splitlines():
        if header := re.match(r"(?:# )?\[+([\w.]+)\]+", line):
            table = header[1] + "."
        elif key := re.match(r"(?:# )?(\w+) = ", line):
            found.add(table + key[1])
    return found


def test_every_setting_is_documented() -> None:
    guide = text_of(*(ROOT / "docs" / name for name in SETTING_GUIDES))
    missing = {key for key in keys() - keys_of_the_template() if not documented(key, guide)}
    assert not missing, f"neither in template.toml nor in {SETTING_GUIDES}: {', '.join(sorted(missing))}"


def documented(key: str, guide: str) -> bool:
    """Whether a guide names the key in full, or, of a map of fields, its last part as code."""
    table, _, last = key.rpartition(".")
    short = rf"|`\.?{re.escape(last)}`" if table in ("source.fields", "source.entities") else ""
    return re.search(rf"(?<![\w.]){re.escape(key)}\b{short}", guide) is not None


def test_the_template_shows_no_key_that_is_unknown() -> None:
    assert keys_of_the_template() <= keys()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"rfm-service {command}\b", text_of(*guides())), f"`rfm-service {command}` in README.md or docs/"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_says_what_it_is(command: str) -> None:
    guide = text_of(*guides())
    options = [each for each in COMMANDS[command].params if each.param_type_name == "option"]
    silent = [each.opts[0] for each in options if not each.help and each.opts[0] not in guide]
    assert not silent, f"neither --help nor the docs tell of {', '.join(silent)}"


@pytest.mark.parametrize("column", sorted({*machine_tables.CUSTOMERS, *machine_tables.MOVES}))
def test_every_column_is_documented(column: str) -> None:
    guide = text_of(ROOT / "docs" / "definitions.md", ROOT / "docs" / "report.md")
    assert f"`{column}`" in guide, f"`{column}` in docs/definitions.md or docs/report.md"
