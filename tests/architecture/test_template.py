"""The settings.toml at the root is the template, and the template says what the models say."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from rfm_service import settings as tables
from rfm_service import template, wiring
from rfm_service.settings import Settings
from tests.architecture.reading import ROOT

PLUGS = {"sources": "source", "engines": "engine", "publishers": "publish"}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template as `init` writes it, no RFM_* set."""
    for name in [name for name in os.environ if name.startswith(tables.PREFIX)]:
        monkeypatch.delenv(name)
    template.write(tmp_path / "settings.toml")
    return tmp_path / "settings.toml"


def model_of(room: str, kind: str) -> type[BaseModel]:
    model: type[BaseModel] = getattr(import_module(f"rfm_service.{room}.{kind}"), wiring.CLASS_OF[room])
    return model


def differing(said: object, default: object, place: str = "") -> list[str]:
    if isinstance(said, dict) and isinstance(default, dict):
        return [fault for key in said for fault in differing(said[key], default.get(key), f"{place}.{key}".strip("."))]
    return [] if said == default else [f"{place}: the template says {said!r}, the default is {default!r}"]


def test_the_file_at_the_root_is_the_template() -> None:
    assert (ROOT / "settings.toml").read_bytes() == (ROOT / "rfm_service" / "template.toml").read_bytes()


def test_the_template_says_the_defaults(written: Path) -> None:
    said = wiring.load(written).model_dump()
    default = Settings(home=written.parent).model_dump()
    places = said.pop("publish"), default.pop("publish")
    assert places == (({"kind": "folder", "path": "reports"},), ())
    own = {"source": {"url", *_own_keys("sources", "onec_http")}, "engine": _own_keys("engines", "memory")}
    for table, keys in own.items():
        for key in keys & said[table].keys():
            del said[table][key]
    assert not differing(said, default)


@pytest.mark.parametrize(("room", "kind"), [("sources", "onec_http"), ("engines", "memory"), ("publishers", "folder")])
def test_the_plugs_of_the_template_say_their_defaults(written: Path, room: str, kind: str) -> None:
    """The keys behind `#` too: they show the default, or an example where an empty one would say nothing."""
    _uncomment(written)
    found = tables.read(written)[PLUGS[room]]
    table: dict[str, Any] = found[0] if isinstance(found, list) else found
    examples = {"path", "parts", "url"}
    faults = []
    for name, field in model_of(room, kind).model_fields.items():
        key = field.alias or name
        if key in table and key not in examples and not isinstance(table[key], dict):
            default = field.default if field.default is not PydanticUndefined else None
            faults += differing(tuple(table[key]) if isinstance(table[key], list) else table[key], default, key)
    assert not faults


def test_the_keys_behind_a_comment_are_keys(written: Path) -> None:
    _uncomment(written)
    wiring.load(written)


def _uncomment(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^# (?=\[+\w+(\.\w+)*\]+|\w+ = )", "", text)
    assert shown != text
    path.write_text(shown, encoding="utf-8")


def _own_keys(room: str, kind: str) -> set[str]:
    return {field.alias or name for name, field in model_of(room, kind).model_fields.items()}
