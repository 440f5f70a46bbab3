"""What the port of engines promises: over a real ledger it finds what the oracle finds, however customers are cut."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from rfm_service import wiring
from rfm_service.analysis import scoring
from rfm_service.domain.errors import EngineError
from rfm_service.domain.tables import PURCHASES, SUMMARY, TALLIES
from rfm_service.domain.values import MONEY_SCALE, Answer, Basis, Period, Rules, SaleLine, day_number, day_of
from rfm_service.engines.memory import Engine as Memory
from rfm_service.lake.cluster import ClusterEngine
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.ports import Engine
from tests.contracts.sockets import stand
from tests.oracle import Judged, bought, judge, plain
from tests.rules import ruled

AS_OF = date(2026, 3, 10)
OWN = "Свои и Ко"
NAMES = [*(f"Покупатель {number}" for number in range(40)), " Ёлка ", OWN, ""]
RULES = {
    "net": ruled(gift_below=10 * MONEY_SCALE, own_companies=frozenset({OWN})),
    "ignore": ruled(returns="ignore", own_companies=frozenset({OWN})),
    "short": ruled(window_days=30),
}
KINDS = [pytest.param(kind, marks=[] if kind == "memory" else pytest.mark.slow) for kind in wiring.kinds("engines")]
TABLES = ("months", "products", "orders", "customer_orders", "baskets", "habits", "activity")


@cache
def lines() -> list[SaleLine]:
    """Sales, returns, corrections and gifts in documents of one to four lines; orders of several documents."""
    draw = random.Random(7)
    return [line for number in range(900) for line in _document(draw, number)]


def _document(draw: random.Random, number: int) -> Iterator[SaleLine]:
    at = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12) - timedelta(days=int(abs(draw.gauss(0, 160))))
    returned, order_id = draw.random() < 0.12, draw.choice(("", "7", "8", f"З-{number}", f"З-{number}"))
    shared = {"number": str(number % 700), "returned": returned, "customer": draw.choice(NAMES),
              "contractor": draw.choice(("", "", "", "", OWN)), "organisation": draw.choice(("", "Фирма")),
              "order_id": order_id, "order_date": at.date() if order_id and draw.random() < 0.8 else None}
    for _ in range(draw.randint(1, 4)):
        size = draw.choice((0, 5, 10, 700, 30_000, 99_999, 250_000)) * MONEY_SCALE + draw.randint(0, 2)
        storno = not returned and draw.random() < 0.1
        yield SaleLine(at=at, amount=-size if returned or storno else size, product=f"Товар {draw.randint(1, 9)}",
                       quantity=draw.randint(1, 9) * 1000, **shared)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("ledger")
    opened = Ledger(Warehouse(folder / "warehouse.db"), folder / "backups")
    opened.open()
    whole = Period(min(line.at.date() for line in lines()), AS_OF + timedelta(days=1))
    opened.replace(Answer((whole,), lines()), "contract", whole)
    return opened


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Each kind of engine; the rest of a cluster is started once for all tests."""
    with stand("engines", request.param)(tmp_path_factory.mktemp(request.param)) as made:
        yield made


def told(summary: pd.DataFrame, ledger: Ledger) -> dict[str, Judged]:
    """SUMMARY in the words of the oracle, without what is scored later."""
    names = ledger.customers().set_index("customer_no")["customer"]
    return {plain(names[row["customer_no"]]): Judged(
        row["recency_days"], row["frequency"], row["monetary"],
        day_of(row["first_purchase"]) if row["frequency"] else None,
        day_of(row["last_purchase"]) if row["frequency"] else None,
        row["orders_returned"], row["order_interval_days"]) for row in summary.to_dict("records")}


def expected(rules: Rules) -> dict[str, Judged]:
    found = judge(lines(), AS_OF, rules).customers
    return {name: Judged(one.recency_days, one.frequency, one.monetary, one.first_purchase, one.last_purchase,
                         one.orders_returned, one.order_interval_days) for name, one in found.items()}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_it_finds_what_the_oracle_finds(ledger: Ledger, engine: Engine, rules: Rules) -> None:
    summary = engine.summarise(ledger.facts, Basis(AS_OF, rules))
    assert dict(summary.dtypes.astype(str)) == SUMMARY
    assert summary["customer_no"].is_monotonic_increasing
    assert told(summary, ledger) == expected(rules)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("days_ago", [0, 200])
def test_it_finds_every_order_ever_that_the_oracle_finds(ledger: Ledger, engine: Engine, rules: Rules,
                                                         days_ago: int) -> None:
    as_of = AS_OF - timedelta(days=days_ago)
    found = engine.purchases(ledger.facts, Basis(as_of, rules))
    names = ledger.customers().set_index("customer_no")["customer"].map(plain)
    assert dict(found.dtypes.astype(str)) == PURCHASES
    assert found.equals(found.sort_values(["customer_no", "day", "amount"]))
    assert sorted((names[row.customer_no], day_of(row.day), row.amount)
                  for row in found.itertuples()) == bought(lines(), as_of, rules)


@pytest.mark.parametrize("count", [1, 7, pytest.param(40, marks=pytest.mark.slow)])
def test_in_however_many_buckets_it_finds_what_the_reference_finds(ledger: Ledger, engine: Any, count: int) -> None:
    basis, whole = Basis(AS_OF, RULES["net"]), Memory(buckets=1)
    cut: Engine = engine.model_copy(update={"buckets": count})
    same(cut, whole, ledger, basis)
    assert cut.trade(ledger.facts, basis, 45).gifts == judge(lines(), AS_OF, RULES["net"]).gifts
    for part, all_of_it in zip(cut.briefs(ledger.facts, [basis, replace(basis, as_of=AS_OF - timedelta(days=9))]),
                               whole.briefs(ledger.facts, [basis, replace(basis, as_of=AS_OF - timedelta(days=9))]),
                               strict=True):
        by = list(part.columns)
        pd.testing.assert_frame_equal(part.sort_values(by, ignore_index=True),
                                      all_of_it.sort_values(by, ignore_index=True))


def test_a_month_s_cuts_come_from_values_and_how_many_have_each(ledger: Ledger, engine: Engine) -> None:
    basis = Basis(AS_OF, RULES["net"])
    counted = engine.tallies(ledger.facts, basis)
    assert dict(counted.dtypes.astype(str)) == TALLIES
    assert scoring.cuts_of(counted) == scoring.quintile_cuts(engine.summarise(ledger.facts, basis))


def test_a_corrected_day_is_read_as_it_is_now_and_as_it_was_known_then(ledger: Ledger, engine: Engine) -> None:
    before, basis = ledger.newest_ingest(), Basis(AS_OF, RULES["net"])
    then = engine.summarise(ledger.facts, basis)
    day = Period(AS_OF - timedelta(days=3), AS_OF - timedelta(days=2))
    stood = [line for line in lines() if line.at.date() in day]
    ledger.replace(Answer((day,), [stood[0]._replace(amount=stood[0].amount + MONEY_SCALE), *stood[2:]]), "mend", day)
    try:
        same(engine, Memory(), ledger, basis)
        pd.testing.assert_frame_equal(engine.summarise(ledger.facts, replace(basis, known=before)), then)
        assert not engine.summarise(ledger.facts, basis).equals(then)
    finally:
        ledger.replace(Answer((day,), stood), "again", day)
    pd.testing.assert_frame_equal(engine.summarise(ledger.facts, basis), then)


def test_no_sales_are_an_empty_summary(ledger: Ledger, engine: Engine) -> None:
    summary = engine.summarise(ledger.facts, Basis(date(2020, 1, 1), ruled()))
    assert len(summary) == 0
    assert dict(summary.dtypes.astype(str)) == SUMMARY
    assert engine.trade(ledger.facts, Basis(date(2020, 1, 1), ruled()), 45).gifts == 0


def same(engine: Engine, other: Engine, ledger: Ledger, basis: Basis) -> None:
    pd.testing.assert_frame_equal(engine.summarise(ledger.facts, basis), other.summarise(ledger.facts, basis))
    pd.testing.assert_frame_equal(engine.purchases(ledger.facts, basis), other.purchases(ledger.facts, basis))
    sold, wanted = engine.trade(ledger.facts, basis, 45), other.trade(ledger.facts, basis, 45)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(sold, name), getattr(wanted, name))
    assert sold.gifts == wanted.gifts


def flipped(written: bytes, column: str) -> bytes:
    """A file of which a bit of a column is another."""
    chunks = pq.ParquetFile(BytesIO(written)).metadata.row_group(0)
    chunk = next(found for found in map(chunks.column, range(chunks.num_columns)) if found.path_in_schema == column)
    begun = chunk.dictionary_page_offset or chunk.data_page_offset
    last = begun + chunk.total_compressed_size - 1
    return written[:last] + bytes([written[last] ^ 1]) + written[last + 1:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit of a sum": lambda written: flipped(written, "amount"),
    "a bit of a customer": lambda written: flipped(written, "customer_no"),
    "cut short": lambda written: written[:len(written) // 2],
    "something else": lambda written: b"PAR1" + bytes(1000)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_as_it_was_written_gives_no_figures(engine: Engine, ledger: Ledger, damage: str) -> None:
    if not isinstance(engine, ClusterEngine):
        pytest.skip("it reads no files")
    basis = Basis(AS_OF, RULES["net"])
    engine.summarise(ledger.facts, basis)
    file = Path(engine.files.days()[day_number(AS_OF) - 20])
    written = file.read_bytes()
    file.write_bytes(DAMAGES[damage](written))
    try:
        with pytest.raises(EngineError, match="lake sync --whole") as told:
            engine.summarise(ledger.facts, basis)
    finally:
        file.write_bytes(written)
    assert told.value.permanent
    assert len(engine.summarise(ledger.facts, basis))


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_is_gone_or_empty_is_made_anew(engine: Engine, ledger: Ledger, gone: bool) -> None:
    if not isinstance(engine, ClusterEngine):
        pytest.skip("it reads no files")
    basis = Basis(AS_OF, RULES["net"])
    expected = engine.summarise(ledger.facts, basis)
    file = Path(engine.files.days()[day_number(AS_OF) - 20])
    written = file.read_bytes()
    file.write_bytes(b"")
    if gone:
        file.unlink()
    pd.testing.assert_frame_equal(engine.summarise(ledger.facts, basis), expected)
    assert file.read_bytes() == written
