"""The control API of the local 1C: its clock, faults, figures, and what a reader should have found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl

from rfm_service.emulator import faults, json_rows
from rfm_service.emulator.faults import Fault, Rules
from rfm_service.emulator.http_server import Answer, Request
from rfm_service.emulator.living import LivingShop, Mutation
from rfm_service.emulator.sessions import Sessions
from rfm_service.emulator.shop import Shop
from rfm_service.emulator.traffic import CONTROL, Traffic
from rfm_service.emulator.truth import Sums, truth

_BYTES = ("body", "prefix")
_WHEN = ("times", "path", "algoritm", "after", "chance", "seed")


class Controlled(Protocol):
    """What the control API needs of the server."""

    shop: Shop
    faults: Rules[Fault]
    sessions: Sessions
    traffic: Traffic

    @property
    def clock(self) -> date | None:
        """The simulated today; None where the shop has none."""

    def turn(self, day: date) -> object:
        """Set the clock."""


class Control:
    """Answers below `/__emu/` in JSON: `clock`, `faults`, `stats`, `truth`, `ledger`."""

    def __init__(self, server: Controlled) -> None:
        """Control the server."""
        self._server = server

    def answer(self, request: Request) -> Answer:
        """Return what was asked, 400 with a sentence for what cannot be understood, 404 for another path."""
        named = (request.method, request.path.removeprefix(CONTROL).rstrip("/"))
        known: dict[tuple[str, str], Callable[[Request], object]] = {
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._turned,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._pushed,
            ("DELETE", "faults"): self._cleared,
            ("GET", "stats"): self._stats,
            ("GET", "truth"): self._truth,
            ("GET", "ledger"): self._ledger,
        }
        if named not in known:
            return _json({"error": "no such thing", "known": sorted(" ".join(each) for each in known)}, 404)
        try:
            return _json(known[named](request))
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as problem:
            return _json({"error": f"{type(problem).__name__}: {problem}"}, 400)

    def _clock(self, _: Request) -> object:
        return {"clock": self._server.clock}

    def _turned(self, request: Request) -> object:
        wanted = json.loads(request.body)
        clock = self._server.clock
        if clock is None:
            raise ValueError("the shop has no clock; start the emulator with a scenario")
        day = date.fromisoformat(wanted["set"]) if "set" in wanted else clock + timedelta(int(wanted["advance"]))
        self._server.turn(day)
        return self._clock(request)

    def _faults(self, _: Request) -> object:
        return {"waiting": len(self._server.faults)}

    def _pushed(self, request: Request) -> object:
        wanted = json.loads(request.body)
        self._server.faults.push(*map(fault_of, wanted if isinstance(wanted, list) else [wanted]))
        return self._faults(request)

    def _cleared(self, request: Request) -> object:
        self._server.faults.clear()
        return self._faults(request)

    def _stats(self, _: Request) -> object:
        return self._server.traffic.figures() | {"sessions_open": self._server.sessions.open}

    def _truth(self, request: Request) -> object:
        found = truth(self._server.shop, *_period(request))
        return {"clock": self._server.clock, "days": _sums(found.days), "customers": _sums(found.customers)}

    def _ledger(self, request: Request) -> object:
        shop = self._server.shop
        return [_told(each) for each in shop.ledger(*_period(request))] if isinstance(shop, LivingShop) else []


def fault_of(wanted: Mapping[str, Any]) -> Fault:
    """Return the fault that JSON describes: {"fault": name, "with": [arguments]} or the fields of Fault.

    Raises:
        ValueError: there is no fault of the name, or no such field.
    """
    given = dict(wanted)
    name, arguments = given.pop("fault", None), given.pop("with", [])
    if unknown := given.keys() - (_WHEN if name else {each.name for each in fields(Fault)}):
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    if name:
        if name not in faults.NAMED:
            raise ValueError(f"there is no fault {name}; known: {', '.join(faults.NAMED)}")
        return replace(faults.NAMED[name](*arguments), **given)
    for field in _BYTES:
        if isinstance(given.get(field), str):
            given[field] = given[field].encode()
    if "empty_day" in given:
        given["empty_day"] = date.fromisoformat(given["empty_day"])
    return Fault(**given)


def _period(request: Request) -> tuple[date, date]:
    given = dict(parse_qsl(request.query))
    if missing := {"from", "to"} - given.keys():
        raise ValueError(f"say {' and '.join(sorted(missing))}: days like 2026-11-20, both inclusive")
    return date.fromisoformat(given["from"]), date.fromisoformat(given["to"]) + timedelta(1)


def _sums(by: Mapping[Any, Sums]) -> dict[str, object]:
    return {str(name): found._asdict() | {"amount": json_rows.amount(found.amount)} for name, found in by.items()}


def _told(mutation: Mutation) -> dict[str, object]:
    return {name: value for name, value in mutation._asdict().items() if value is not None}


def _json(said: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(said, ensure_ascii=False, default=str).encode("utf-8", "replace"))
