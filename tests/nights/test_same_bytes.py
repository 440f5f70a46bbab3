"""Nights with corrections, returns, joined customers and hostile names give the same files on every engine."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp

import pytest
from typer.testing import CliRunner

from rfm_service import wiring
from rfm_service.cli import app
from rfm_service.emulator.shop import ListShop, ShopLine
from tests.contracts.sockets import stand
from tests.ledger.books import HOSTILE
from tests.nights.company import Company, company, sale

FIRST = date(2026, 3, 28)
NIGHTS = [FIRST + timedelta(days=at) for at in (0, 1, 2, 5, 6)]
BUYERS = [*(f"Покупатель {number}" for number in range(130)), *HOSTILE[:2], "Свои", ""]
pytestmark = pytest.mark.slow
Told = list[dict[str, bytes]]


def lines_until(night: date) -> list[ShopLine]:
    """What 1C tells on a night: of the days since the first one some documents are otherwise than they were."""
    draw = random.Random(11)
    return [line for number in range(1_500) for line in _document(draw, number, night)]


def _document(draw: random.Random, number: int, night: date) -> Iterator[ShopLine]:
    day = NIGHTS[-1] - timedelta(days=min(int(draw.expovariate(1 / 90)), 380))
    buyer, returned, changed = draw.choice(BUYERS), draw.random() < 0.1, draw.random()
    amount = draw.choice((5, 700, 30_000, 99_999, 250_000))
    order = draw.choice(("", f"З-{number}", f"З-{number % 50}"))
    product = f"Товар {draw.randint(1, 30)}"
    if day > night or (changed < 0.01 and night > FIRST):
        return
    if changed > 0.95 and night >= NIGHTS[2]:
        amount *= 2
    yield sale(str(number), day, amount, buyer, order_id=order, product=product, returned=returned)


def story(firm: Company, shop: ListShop) -> Told:
    """The files for programs of all nights; between two of them customers are joined."""
    told = []
    for night in NIGHTS:
        shop.swap(lines_until(night))
        firm.good_night(night)
        files = firm.files(night.isoformat())
        told.append({name: files[name] for name in ("customers.csv", "moves.csv")})
        if night == NIGHTS[1]:
            joined = CliRunner().invoke(app, ["customers", "merge", "Покупатель 1", "Покупатель 2", "--settings",
                                              str(firm.settings)])
            assert joined.exit_code == 0, joined.output
    return told


def told_by(folder: Path, tables: str) -> Told:
    shop = ListShop(lines_until(FIRST))
    with company(folder, shop, start=FIRST - timedelta(days=400), overlap=400, publish=tables,
                 rfm='own_companies = ["Свои"]') as firm:
        return story(firm, shop)


@cache
def reference() -> Told:
    """As one process tells it that takes all customers at once."""
    return told_by(Path(mkdtemp()), "[engine]\nbuckets = 1")


def in_buckets(count: int) -> Callable[[Path], object]:
    @contextmanager
    def tables(folder: Path) -> Iterator[str]:
        yield f"[engine]\nbuckets = {count}"

    return tables


def on_engine(kind: str) -> Callable[[Path], object]:
    @contextmanager
    def tables(folder: Path) -> Iterator[str]:
        with stand("engines", kind)(folder) as engine:
            keys = {**engine.model_dump(exclude_defaults=True), "kind": kind, "lake": str(folder / "night"),
                    "buckets": 7}
            yield "[engine]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())

    return tables


WAYS = {"7 buckets": in_buckets(7), "64 buckets": in_buckets(64)}
CLUSTERS = {kind: on_engine(kind) for kind in wiring.kinds("engines") if kind != "memory"}


@pytest.mark.parametrize("way", [*WAYS, *CLUSTERS])
def test_every_way_gives_the_same_files(tmp_path: Path, way: str) -> None:
    wanted = reference()
    with ExitStack() as stack:
        found = told_by(tmp_path, stack.enter_context((WAYS | CLUSTERS)[way](tmp_path)))
    assert found == wanted


def test_the_story_has_what_it_is_told_for() -> None:
    causes = {row["cause"] for night in reference()
              for row in csv.DictReader(StringIO(night["moves.csv"].decode("utf-8")))}
    assert {"own_order", "ageing", "document_changed", "customers_merged"} <= causes
    assert reference()[0]["customers.csv"].count(b"\n") > 100
