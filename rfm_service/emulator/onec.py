"""The local 1C: the custom HTTP protocol and standard OData over a shop, with faults on demand."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator.access import Access
from rfm_service.emulator.control import Control
from rfm_service.emulator.faults import ODATA, Fault, Rules
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.papers import ShopWithout
from rfm_service.emulator.sales_service import PARTNER_COLUMNS, SALE_COLUMNS, SALES_PATH, Asked, SalesService, asked
from rfm_service.emulator.scenarios import Night, Play, Scenario
from rfm_service.emulator.sessions import SessionRefused, Sessions
from rfm_service.emulator.shop import Shop
from rfm_service.emulator.spoiling import asked_as, rows_skipped, spoiled
from rfm_service.emulator.traffic import CONTROL

if TYPE_CHECKING:
    from rfm_service.emulator.odata.service import OdataService

__all__ = ["ODATA_PATH", "PARTNER_COLUMNS", "SALES_PATH", "SALE_COLUMNS", "Asked", "OnecServer"]

ODATA_PATH = "/erp" + ODATA + "standard.odata"

_KEPT_REQUESTS = 10_000
_NOWHERE = Answer(404, bodies.page("404", "Не найдено"), "text/html; charset=utf-8")


class Service(Protocol):
    """One protocol over a shop; of a fault it minds what is in the rows, the server minds the rest."""

    def answer(self, request: Request, fault: Fault) -> Answer:
        """Return the answer to a request that was let in."""


class OnecServer(LocalServer):
    """A 1C publication on 127.0.0.1; a context manager, or `serve_forever` for a process of its own.

    `faults` takes the rules of a test, `requests` keeps what was asked, `sessions` is the pool.
    """

    def __init__(self, shop: Shop, *, port: int = 0, token: str = "", user: str = "", password: str = "") -> None:
        """Serve the shop; requests must carry the token verbatim, or the user and password, where given."""
        super().__init__(self._answered, port)
        self.shop = shop
        self.faults: Rules[Fault] = Rules()
        self.requests: deque[Asked] = deque(maxlen=_KEPT_REQUESTS)
        self.sessions = Sessions()
        self._access = Access(token, user, password)
        self._play: Play | None = None

    @property
    def url(self) -> str:
        """The whole address to post to: what `source.url` of the settings takes."""
        return self.base_url + SALES_PATH

    @property
    def odata_url(self) -> str:
        """The root of standard OData, without a slash at the end."""
        return self.base_url + ODATA_PATH

    @cached_property
    def odata(self) -> OdataService:
        """The service of standard OData over the shop."""
        return _odata_service(self.shop)

    @property
    def control_url(self) -> str:
        """Where the control API begins, with a slash at the end."""
        return self.base_url + CONTROL

    def play(self, scenario: Scenario, first: date) -> Play:
        """Play a scenario whose first night is run on that day; `night` and the clock move it on."""
        self._play = Play(scenario, self.shop, self.faults, first)
        return self._play

    @property
    def clock(self) -> date | None:
        """The simulated today; None where the shop has none."""
        told = getattr(self.shop, "clock", None)
        return told if isinstance(told, date) else None

    def turn(self, day: date) -> Night | None:
        """Set the clock of the shop, and the faults of that night where a scenario is played."""
        if self._play is not None:
            return self._play.turn(day)
        if self.clock is not None:
            self.shop.clock = day  # type: ignore[attr-defined]
        return None

    def _answered(self, request: Request) -> Answer:
        if request.path.startswith(CONTROL):
            return Control(self).answer(request)
        question = asked(request)
        self.requests.append(question)
        fault = self.faults.take(lambda rule: _fits(rule, question, request)) or Fault()
        answer = Answer() if fault.speaks_for_itself else self._admitted(asked_as(request, fault), fault)
        return spoiled(answer, request, fault)

    def _admitted(self, request: Request, fault: Fault) -> Answer:
        refusal = self._access.refusal(request)
        if refusal is not None:
            return refusal
        try:
            with self.sessions.entered(request) as headers:
                service = self._service(request.path, fault)
                answer = service.answer(request, fault) if service else _NOWHERE
        except SessionRefused as refused:
            return refused.answer
        return replace(answer, headers=answer.headers | headers)

    def _service(self, path: str, fault: Fault) -> Service | None:
        shop = self.shop if fault.empty_day is None else ShopWithout(self.shop, fault.empty_day)
        if path == SALES_PATH:
            return SalesService(shop)
        if path == ODATA_PATH or path.startswith(ODATA_PATH + "/"):
            return self.odata if shop is self.shop else _odata_service(shop)
        return None


def _odata_service(shop: Shop) -> OdataService:
    # Loaded where it is spoken only.
    from rfm_service.emulator.odata.service import OdataService

    return OdataService(shop)


def _fits(rule: Fault, question: Asked, request: Request) -> bool:
    if (rule.same_page or rule.shift or rule.deep_skip_s) and not rows_skipped(request):
        return False
    return rule.algoritm in (None, question.algoritm) and (rule.path is None or rule.path in question.path)
