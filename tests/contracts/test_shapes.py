"""Every plug has the shape of its port, and settings that do not change and hold no unknown key."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from rfm_service import wiring
from tests.contracts.sockets import ALL, PORTS, plug

MEMBERS = [(room, kind, name) for room, kind in ALL for name in vars(PORTS[room]) if not name.startswith("_")]


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and those of its fields."""
    yield model
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from models(field.annotation)


def test_the_class_is_named_as_the_port() -> None:
    named = {room: port.__name__ for room, port in PORTS.items()}
    assert wiring.CLASS_OF.items() <= named.items()


@pytest.mark.parametrize("room", PORTS)
def test_a_room_has_plugs(room: str) -> None:
    assert wiring.kinds(room)


@pytest.mark.parametrize(("room", "kind", "name"), MEMBERS)
def test_a_method_takes_what_the_port_says(room: str, kind: str, name: str) -> None:
    wanted, made = inspect.getattr_static(PORTS[room], name), plug(room, kind)
    if isinstance(wanted, property) and name in getattr(made, "model_fields", {}):
        return  # what a port may ask of a plug may be one of its settings
    found = inspect.getattr_static(made, name)
    assert isinstance(found, property) == isinstance(wanted, property)
    if not isinstance(wanted, property):
        theirs, ours = inspect.signature(wanted).parameters, inspect.signature(found).parameters
        assert {each.name: each.kind for each in ours.values()} == {each.name: each.kind for each in theirs.values()}
        assert list(ours) == list(theirs)


@pytest.mark.parametrize(("room", "kind"), ALL)
def test_settings_are_frozen_and_known(room: str, kind: str) -> None:
    found = plug(room, kind)
    if dataclasses.is_dataclass(found):
        assert found.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return
    for model in models(found):
        assert model.model_config.get("frozen"), model
        assert model.model_config.get("extra") == "forbid", model


@pytest.mark.parametrize(("room", "kind"), ALL)
def test_a_plug_says_what_it_is(room: str, kind: str) -> None:
    found = plug(room, kind)
    assert found.__module__ == f"rfm_service.{room}.{kind}"
    assert found.__doc__
