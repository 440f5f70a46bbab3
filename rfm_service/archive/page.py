"""index.html: the list of the published nights, one file that opens by a double click and needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, StrictUndefined, Template

from rfm_service.archive.nights import Night
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import Catalogue

INDEX = "index.html"
MARK = b'<meta name="generator" content="rfm_service">'
"""How our own page is told from another index.html."""


@dataclass(frozen=True)
class Link:
    """A file of a report: what it is called, and where it lies from the page."""

    caption: str
    target: str


@dataclass(frozen=True)
class Row:
    """A night, every value as it is shown; `remark` is empty for a night without a fault."""

    day: str
    remark: str
    customers: str
    orders: str
    revenue: str
    moves: str
    links: Sequence[Link]


@dataclass(frozen=True)
class Month:
    """The nights of a month, newest first."""

    caption: str
    rows: Sequence[Row]


def page(nights: Iterable[Night], latest: Night | None, language: str) -> bytes:
    """The page of an archive; `latest` is what the folder latest/ holds."""
    texts = Catalogue(language, "RUB")
    ordered = sorted(nights, key=lambda night: night.as_of, reverse=True)
    months = [Month(texts.month(year, month), [_row(night, language) for night in found])
              for (year, month), found in groupby(ordered, lambda night: (night.as_of.year, night.as_of.month))]
    html = _template().render(language=language, newest=_newest(latest, texts), months=months, words=_words(texts))
    return html.encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    source = files(__package__).joinpath("index.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True).from_string(source)


def _words(texts: Texts) -> Mapping[str, str]:
    return {"title": texts("Reports by day"), "day": texts("Day"), "customers": texts("Customers"),
            "orders": texts("Orders"), "revenue": texts("Revenue"), "moves": texts("Changed segment"),
            "open": texts("Open")}


def _newest(latest: Night | None, texts: Texts) -> Link | None:
    if latest is None:
        return None
    links = _links(latest, "latest", texts)
    return Link(texts("The newest report: {day}", day=texts.day(latest.as_of)), links[0].target if links else "latest/")


def _row(night: Night, language: str) -> Row:
    # A night keeps the currency that it was made in.
    texts = Catalogue(language, night.totals.currency)
    return Row(texts.day(night.as_of), _remark(night, texts), texts.number(night.rows.customers),
               texts.number(night.totals.orders), texts.compact(int(night.totals.revenue * MONEY_SCALE)),
               texts.number(night.rows.moves), _links(night, night.as_of.isoformat(), texts))


def _remark(night: Night, texts: Texts) -> str:
    return "" if night.complete else texts("The day was not complete in 1C.")


def _links(night: Night, folder: str, texts: Texts) -> list[Link]:
    captions = {"summary.html": texts("Summary"), "dashboard.html": texts("Customers and segments"),
                "RFM.xlsx": texts("Tables in Excel")}
    return [Link(caption, f"{folder}/{name}") for name, caption in captions.items() if name in night.files]
