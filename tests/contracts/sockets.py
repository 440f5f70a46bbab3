"""The rooms of plugs, their ports, and the stands on which the suites try a plug.

A plug that meets the world needs one file for its suite: `stands/<room>/<kind>.py`, with a function `stand` that says
what the suite of its room asks for. Engines and renderers need none.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rfm_service import ports, wiring

PORTS: dict[str, type] = {"sources": ports.Source, "engines": ports.Engine, "renderers": ports.Renderer,
                          "publishers": ports.Publisher, "notifiers": ports.Notifier}
ALL = [(room, kind) for room in PORTS for kind in wiring.kinds(room)]


def plug(room: str, kind: str) -> Any:
    """The class of a plug."""
    return getattr(import_module(f"rfm_service.{room}.{kind}"), wiring.CLASS_OF.get(room, PORTS[room].__name__))


def stand(room: str, kind: str) -> Any:
    """Where a plug of the kind is tried."""
    return import_module(f"tests.contracts.stands.{room}.{kind}").stand
