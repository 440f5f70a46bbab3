"""Ten million stored lines: loading and RFM beside DuckDB, the parts apart, peers on one frame, the night's steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from rfm_service.analysis import moves, scoring
from rfm_service.analysis.cleaning import clean
from rfm_service.analysis.intervals import order_intervals
from rfm_service.analysis.orders import order_codes, orders_of
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import active_blocks, purchases
from rfm_service.domain.values import Basis, Bucket, View, day_number
from rfm_service.engines.memory import Engine
from tests.benchmarks.filled import LAST_DAY, filled
from tests.benchmarks.timing import process, timed
from tests.rules import ruled

LINES = 10_150_000
BASIS = Basis(LAST_DAY, ruled())
ENGINE = Engine()
# The same definition: orders net, those with a sale line and a sum above zero count.
SQL = f"""
WITH orders AS (
    SELECT customer_no, order_no, sum(amount) AS amount, max(day) FILTER (WHERE returned = 0 AND amount > 0) AS last
    FROM w.lines WHERE until = 0 AND customer_no > 0 AND amount <> 0
        AND day BETWEEN {day_number(BASIS.window.first)} AND {day_number(LAST_DAY)}
    GROUP BY customer_no, order_no)
SELECT customer_no, {day_number(LAST_DAY) + 1} - max(last) FILTER (WHERE amount > 0) AS recency_days,
    count(*) FILTER (WHERE amount > 0 AND last IS NOT NULL) AS frequency, sum(amount) AS monetary
FROM orders GROUP BY customer_no ORDER BY customer_no"""


def load_and_rfm(folder: Path) -> Iterator[tuple[str, str]]:
    """Our loading with recency, frequency and monetary against DuckDB's, over one SQLite file."""
    import duckdb

    facts = filled(folder, LINES).facts

    def part(bucket: Bucket) -> pd.DataFrame:
        lines, _ = clean(facts.lines(bucket, View(BASIS.window), frozenset()), BASIS.rules)
        order, customers = order_codes(lines)
        columns = purchases(orders_of(lines, order, customers), customers.size, BASIS)
        return pd.DataFrame({"customer_no": customers.numbers, **columns})

    def ours() -> pd.DataFrame:
        with ThreadPoolExecutor(ENGINE.workers) as pool:
            return pd.concat(list(pool.map(part, facts.buckets(ENGINE.bucket_lines))))

    package = find_spec("duckdb_extension_sqlite_scanner")
    extension, = Path(package.submodule_search_locations[0]).rglob("*.duckdb_extension")
    duck = duckdb.connect(config={"threads": 2, "allow_unsigned_extensions": "true"})
    duck.execute(f"LOAD '{extension}'")
    duck.execute(f"ATTACH '{facts.warehouse.path}' AS w (TYPE sqlite, READ_ONLY)")
    seconds, found = timed(ours)
    theirs, expected = timed(lambda: duck.execute(SQL).df())
    same = _scored(found).equals(_scored(expected))
    yield "lines stored, customers", f"{facts_lines(folder):,}, {len(found):,}"
    yield "ours: load and R, F, M with order netting", f"{seconds:.2f} s"
    yield "DuckDB, SQL over the same file, 2 threads", f"{theirs:.2f} s (ours / DuckDB {seconds / theirs:.2f})"
    yield "the same figures for every customer", str(same)


def _scored(table: pd.DataFrame) -> pd.DataFrame:
    names = ["customer_no", "recency_days", "frequency", "monetary"]
    return table.loc[table["frequency"] > 0, names].astype("int64").sort_values("customer_no", ignore_index=True)


def facts_lines(folder: Path) -> int:
    return filled(folder, LINES).counts()["lines"]


def parts(folder: Path) -> Iterator[tuple[str, str]]:
    """The parts of summarise, score and compare on frames in memory."""
    facts = filled(folder, LINES).facts
    lines = facts.lines(Bucket(1, 1 << 31), View(BASIS.window), frozenset())
    cleaned, (kept, _) = timed(lambda: clean(lines, BASIS.rules))
    coded, (order, customers) = timed(lambda: order_codes(kept))
    netted, orders = timed(lambda: orders_of(kept, order, customers))
    bought, _ = timed(lambda: purchases(orders, customers.size, BASIS))
    gaps, _ = timed(lambda: order_intervals(orders.customer[orders.counts], orders.first_sale[orders.counts],
                                            customers.size))
    blocks, _ = timed(lambda: active_blocks(kept, customers, BASIS.window))
    summary = ENGINE.summarise(facts, BASIS)
    cut, cuts = timed(lambda: scoring.quintile_cuts(summary))
    scored, snapshot = timed(lambda: score(summary, cuts, BASIS.rules))
    eve = Basis(LAST_DAY - timedelta(days=1), BASIS.rules)
    before = score(ENGINE.summarise(facts, eve), cuts, BASIS.rules)
    walk = moves.Walk(eve.as_of, 1 << 40, BASIS, cuts, cuts)
    customers_moved = moves.moved(before, snapshot)
    read, versions = timed(lambda: facts.versions(customers_moved.tolist(), walk.period, frozenset()))
    compared, found = timed(lambda: moves.compare(before, snapshot, versions, walk))
    yield f"clean {len(lines):,} lines", f"{cleaned:.2f} s"
    yield "codes, netting, R F M", f"{coded:.2f} + {netted:.2f} + {bought:.2f} s"
    yield "order intervals; two-month blocks", f"{gaps:.2f} s; {blocks:.2f} s"
    yield "cuts; scores, segments and tiers", f"{cut:.2f} s; {scored:.2f} s"
    yield f"causes of {len(found):,} moves: read versions; walk", f"{read:.2f} s; {compared:.2f} s"


def peers(folder: Path) -> Iterator[tuple[str, str]]:
    """One frame of one million lines, summarised by us and by the peers."""
    from lifetimes.utils import summary_data_from_transaction_data
    from pymc_marketing.clv.utils import rfm_summary

    from rfm_service.analysis.summary import summarise

    facts = filled(folder, 1_000_000).facts
    lines = facts.lines(Bucket(1, 1 << 31), View(BASIS.window), frozenset())
    dates = pd.to_datetime(lines["day"], unit="D")
    plain = pd.DataFrame({"c": lines["customer_no"], "d": dates, "m": lines["amount"] / 10_000})
    seconds, _ = timed(lambda: summarise(lines, BASIS))
    old, _ = timed(lambda: summary_data_from_transaction_data(plain, "c", "d", "m", observation_period_end=LAST_DAY))
    new, _ = timed(lambda: rfm_summary(plain, "c", "d", "m", observation_period_end=LAST_DAY))
    yield f"ours, everything, {len(lines):,} lines in memory", f"{seconds:.2f} s"
    yield "lifetimes summary_data_from_transaction_data", f"{old:.2f} s ({old / seconds:.1f} x)"
    yield "pymc-marketing rfm_summary", f"{new:.2f} s ({new / seconds:.1f} x)"


NIGHT = """
import sys
from datetime import timedelta
from pathlib import Path
from rfm_service import night
from rfm_service.journal import Journal
from rfm_service.syncing import Sync
from datetime import UTC, datetime
from tests.benchmarks.big import BASIS, ENGINE, LINES
from tests.benchmarks.filled import LAST_DAY, filled
from dataclasses import replace

folder, back = Path(sys.argv[1]), int(sys.argv[2])
as_of = LAST_DAY - timedelta(days=back)
plan = night.Plan("bench", BASIS.rules, Sync(as_of, "bench", as_of), "RUB", "")
journal = Journal(folder / "runs.jsonl", "bench", as_of, lambda: datetime.now(UTC))
tools = night.Tools(filled(folder, LINES), journal, None, ENGINE, (), (), None, None, None, None)
night.summarise_to_keep(plan, tools)
print(journal.seconds, journal.counts)
"""


def night(folder: Path) -> Iterator[tuple[str, str]]:
    """summarise, score, compare and keep of an ordinary night, in a process of its own, after the night before."""
    process([sys.executable, "-c", NIGHT, str(folder), "1"])
    seconds, peak = process([sys.executable, "-c", NIGHT, str(folder), "0"])
    yield "summarise to keep, the whole process", f"{seconds:.1f} s, {peak:.0f} MiB (limits 25 s, 1536 MiB)"
