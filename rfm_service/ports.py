"""All sockets on one page: what the night asks of the outside, and what plugs must answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from rfm_service.domain.errors import PublishError
from rfm_service.domain.stored import Heaviest, LeftOut, Mark
from rfm_service.domain.values import (
    Answer,
    Basis,
    Bucket,
    DayTotal,
    Message,
    Partner,
    Period,
    Remark,
    Report,
    View,
)

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.domain.findings import Findings, Trade


class Known(Protocol):
    """What the ledger already holds of some periods, for a source that can skip what it knows."""

    def has_sales(self, period: Period, /) -> bool:
        """Whether a live sale line is stored in the period."""
        ...

    def hashes(self, period: Period, /) -> Mapping[date, bytes]:
        """The hash that came with each day of the period when it was last read whole."""
        ...

    def versions(self, period: Period, /) -> Mapping[str, str]:
        """Reference -> DataVersion of the live documents dated in the period."""
        ...

    def partners(self) -> Mapping[str, str]:
        """Reference -> DataVersion of the customers that were told with one."""
        ...


Reach = Literal["window", "horizon", "everything"]
SECOND_CHANNEL = "second_channel"
"""The chat of messages that have no other way than the second channel."""


@runtime_checkable
class Source(Protocol):
    """Where sale lines come from."""

    @property
    def reach(self) -> Reach:
        """How far back a night asks: the overlap and a part of the horizon in turn, the whole horizon, or all days."""
        ...

    def lines(self, periods: Sequence[Period], known: Known) -> Answer:
        """What there is in the periods, read whole but for what is as `known`. Raises SourceError."""
        ...

    def customers(self, through: date, known: Known) -> list[Partner]:
        """What the source knows of the customers up to a day, but for what is as `known`. Raises SourceError."""
        ...

    def totals(self, period: Period) -> list[DayTotal] | None:
        """Control totals of the days with sales; None where the source offers none. Raises SourceError."""
        ...

    def explain(self, day: date) -> list[Remark]:
        """In plain words what the source offers and lacks, with the sales of a day tried. Raises SourceError."""
        ...


class Facts(Protocol):
    """The reading side of the ledger that engines are given."""

    def stored(self) -> int:
        """The number of lines stored, versions that are no longer true among them."""
        ...

    def buckets(self, lines_each: int) -> list[Bucket]:
        """The customers cut into ranges of about `lines_each` stored lines; at least one."""
        ...

    def lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        """LINES of a bucket's customers (own companies left out), in no order."""
        ...

    def trade_lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        """TRADE_LINES of a bucket's customers (own companies left out), in no order."""
        ...

    def versions(self, customers: Collection[int], period: Period, own: frozenset[str]) -> pd.DataFrame:
        """VERSIONED_LINES of some customers: every version ever stored of their lines in the period."""
        ...

    def left_out(self, view: View, own: frozenset[str]) -> Mapping[str, int]:
        """Stored lines of the view that no bucket holds: `own_companies`, `no_customer`."""
        ...

    def newest(self) -> Mark:
        """The state that all of this is true of."""
        ...

    def follows(self, mark: Mark) -> bool:
        """Whether this state came of that one by ingests alone."""
        ...

    def changed_days(self, since: int) -> list[Period]:
        """The days whose lines ingests after `since` brought or ended (0: all days), neighbours as one period."""
        ...

    def stored_lines(self, period: Period) -> pd.DataFrame:
        """STORED_LINES of the period, in no order."""
        ...

    def day_tallies(self) -> pd.DataFrame:
        """DAY_TALLIES of all days."""
        ...

    def leaving_out(self, own: frozenset[str]) -> LeftOut:
        """By which numbers the lines of own companies are known."""
        ...

    def heaviest(self, own: frozenset[str]) -> Heaviest:
        """The customer with the most lines that are true now, own companies left out."""
        ...


@runtime_checkable
class Engine(Protocol):
    """What turns facts into one row a customer. Every method raises EngineError where the engine can fail."""

    def summarise(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """SUMMARY of all customers with a line in the window."""
        ...

    def tallies(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """TALLIES of the scored customers."""
        ...

    def briefs(self, facts: Facts, bases: Sequence[Basis]) -> list[pd.DataFrame]:
        """BRIEF of all customers for each of some bases that differ in as_of alone."""
        ...

    def trade(self, facts: Facts, basis: Basis, push_days: int) -> Trade:
        """What was sold in the window, of which the last `push_days` are told apart."""
        ...

    def purchases(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """PURCHASES of all customers, up to basis.as_of."""
        ...

    def reached(self) -> Remark:
        """What answers where it computes, for `check`."""
        ...


class Texts(Protocol):
    """Words, numbers, money and dates in the user's language."""

    language: str

    def __call__(self, text: str, **values: object) -> str:
        """The text of the catalogue with its `{places}` filled."""
        ...

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """The plural form for `count`; `{count}` is filled with the formatted number."""
        ...

    def number(self, value: int | float | Decimal, digits: int = 0) -> str:
        """A number with the language's separators."""
        ...

    def percent(self, share: float, digits: int = 0) -> str:
        """A share 0..1 as a percentage."""
        ...

    def amount(self, value: int, digits: int = 0) -> str:
        """An amount in 1/10 000 as money of the configured currency."""
        ...

    def compact(self, value: int) -> str:
        """An amount in 1/10 000 as short money: 12.3 M."""
        ...

    def day(self, day: date) -> str:
        """A date, written out for people."""
        ...

    def month(self, year: int, month: int) -> str:
        """A short month with its year: Nov 2026."""
        ...


@runtime_checkable
class Renderer(Protocol):
    """What makes report files of findings."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """Files by their path below the night's folder. Raises RenderError."""
        ...


@runtime_checkable
class Publisher(Protocol):
    """What puts a report where people read it."""

    @property
    def place(self) -> str:
        """Where it publishes, for people and as the name under which the ledger remembers it."""
        ...

    @property
    def keep_nights(self) -> int:
        """How many of the newest nights stay there."""
        ...

    @property
    def timeout_minutes(self) -> float:
        """How long the place may take before it counts as failed."""
        ...

    def publish(self, report: Report, *, first: bool) -> PublishError | None:
        """Publish whole or not at all; only the `first` publish may create the place. Raises PublishError.

        Where the night is whole and only what shows the newest one could not follow, it tells why.
        """
        ...

    def check(self, *, first: bool) -> None:
        """Try the place without changing what is published. Raises PublishError."""
        ...

    def newest(self, names: Sequence[str], most: int) -> Report | None:
        """The newest night there with those of its files that have such a name and at most so many bytes.

        None where there is no night. Raises PublishError.
        """
        ...

    def nights(self) -> list[date]:
        """The nights that are there, oldest first. Raises PublishError."""
        ...

    def read(self, night: date | None, names: Sequence[str], most: int) -> Report | None:
        """A night there (None: the newest one, as readers find it) with those of its files, as `newest`.

        None where it is not there. Raises PublishError.
        """
        ...

    def remove(self, night: date) -> bool:
        """Remove a night for good; whether it is gone. Raises PublishError."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """What carries a message to a chat."""

    def send(self, message: Message) -> str:
        """Deliver once; the receipt by which the message can be amended. Raises NotifyError."""
        ...

    def amend(self, receipt: str, message: Message) -> None:
        """Put another text in place of a message delivered before, where the channel can. Raises NotifyError."""
        ...

    def check(self) -> str:
        """Who we are at the other end. Raises NotifyError."""
        ...

    def reach(self, chat: str) -> None:
        """Try a chat without a word in it, where the channel has chats. Raises NotifyError."""
        ...
