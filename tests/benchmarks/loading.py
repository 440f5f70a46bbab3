"""HTTP to the ledger: against plain inserts of the same answers, against dlt, and a quiet night over OData."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import requests

from rfm_service.domain.values import Period
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.sources.onec_http import Fields, Source
from rfm_service.sources.onec_odata import Source as OdataSource
from rfm_service.syncing import LOAD_DAYS, Question, Sync, fetch, seldom_collected
from tests.benchmarks import pages
from tests.benchmarks.timing import process

LINES, FEW, QUIET_LINES, HORIZON_DAYS = 1_000_000, 50_000, 895_000, 400
SYNC = Sync(pages.LAST_DAY, "bench", pages.YEAR.first)


def load(url: str, path: Path) -> int:
    """Read a year window by window into a ledger; the number of lines read."""
    source, ledger, lines = Source(url=url), Ledger(Warehouse(path), path.parent), 0
    ledger.open()
    with ledger.warehouse.kept_open(), seldom_collected():
        for window in pages.WINDOWS:
            lines += _load_one(window, source, ledger)
    return lines


def _load_one(window: Period, source: Source, ledger: Ledger) -> int:
    answer = fetch(SYNC, Question(window, (window,)), source, ledger)
    ledger.replace(answer, "bench", window)
    return len(answer.lines)


def sync(folder: Path) -> Iterator[tuple[str, str]]:
    """The ratios of one run: plain inserts, ours, ours again, dlt; each in a process of its own."""
    with pages.served(pages.made(folder, LINES)) as url:
        plain, lines = _alone("plain", url, _fresh(folder / "plain.db"))
        first, _ = _alone("load", url, _fresh(folder / "ours.db"))
        again, read = _alone("load", url, folder / "ours.db")
    yield f"{lines} lines: json.loads and executemany into a flat table", f"{plain:.1f} s"
    yield "the same answers into the ledger", f"{first:.1f} s: {first / plain:.2f} times (limit 2.5)"
    yield f"read again unchanged ({read} lines taken apart)", (
        f"{again:.1f} s: {first / again:.1f} times faster (limit 2)")
    with pages.served(pages.made(folder, FEW)) as url:
        ours, lines = _alone("load", url, _fresh(folder / "ours.db"))
        theirs, _ = _alone("dlt", url, folder / "dlt")
    yield f"{lines} lines by dlt, merged into SQLite by document", (
        f"{theirs:.1f} s, ours {ours:.1f} s: {theirs / ours:.1f} times faster (limit 2.5)")


def memory(folder: Path) -> Iterator[tuple[str, str]]:
    """The peak memory of a process that only loads."""
    with pages.served(pages.made(folder, LINES)) as url:
        target = _fresh(folder / "many.db")
        seconds, peak = process([sys.executable, "-m", "tests.benchmarks.loading", "load", url, str(target)])
    yield f"first load of {LINES} lines", f"{seconds:.1f} s, {peak:.0f} MiB (limit 250 MiB)"


def quiet(folder: Path) -> Iterator[tuple[str, str]]:
    """What a night over OData transfers where little changed: 400 days of 180,000 documents."""
    shop = GeneratedShop(1, QUIET_LINES, HORIZON_DAYS, last_day=pages.LAST_DAY)
    with OnecServer(shop) as server:
        source, ledger = OdataSource(url=server.odata_url), Ledger(Warehouse(_fresh(folder / "quiet.db")), folder)
        ledger.open()
        whole = Period(pages.LAST_DAY - timedelta(days=HORIZON_DAYS - 1), pages.LAST_DAY + timedelta(days=1))
        for window in whole.windows(LOAD_DAYS):
            with seldom_collected():
                ledger.replace(source.lines([window], ledger), "bench", window)
        ledger.save_partners(source.customers(pages.LAST_DAY, ledger))
        overlap = Period(pages.LAST_DAY - timedelta(days=SYNC.overlap_days), whole.end)
        before, begun = server.traffic.figures(), time.perf_counter()
        again = OdataSource(url=server.odata_url)
        night = again.lines([whole], ledger)
        changed = again.customers(pages.LAST_DAY, ledger)
        told = again.totals(overlap)
        seconds, after = time.perf_counter() - begun, server.traffic.figures()
    assert told == [each._replace(lines=None) for each in ledger.totals(overlap)]
    sent = (after["bytes"] - before["bytes"]) / 1_000_000
    yield f"{len(night.unchanged)} documents, {len(night.lines)} lines and {len(changed)} partners read", (
        f"{sent:.1f} MB in {after['requests'] - before['requests']} requests, {seconds:.0f} s (limit 30 MB)")


def _alone(what: str, url: str, path: Path) -> tuple[float, int]:
    """The seconds and the lines of a reading in a process that has done nothing before."""
    told = subprocess.run([sys.executable, "-m", "tests.benchmarks.loading", what, url, str(path)], check=True,
                          stdout=subprocess.PIPE).stdout.split()
    return float(told[-2]), int(told[-1])


def _fresh(path: Path) -> Path:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return path


def _answers(url: str) -> Iterator[list[dict[str, object]]]:
    with requests.Session() as session:
        for window in pages.WINDOWS:
            yield json.loads(json.loads(session.post(url, data=pages.question(window), timeout=600).content)["data"])


def _plain(url: str, path: Path) -> int:
    lines = 0
    with closing(sqlite3.connect(_fresh(path))) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        for rows in _answers(url):
            if not lines:
                connection.execute(f"CREATE TABLE sales ({', '.join(map(json.dumps, rows[0]))})")
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO sales VALUES ({marks})", [tuple(row.values()) for row in rows])
            connection.commit()
            lines += len(rows)
    return lines


def _dlt(url: str, folder: Path) -> int:
    import dlt

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    # Its names are Latin only: ours would fall together.
    names = {column: field for field, column in Fields().model_dump().items()}

    @dlt.resource(name="sales", write_disposition={"disposition": "merge", "strategy": "delete-insert"},
                  merge_key=["sale_id", "date"])
    def sales() -> Iterator[list[dict[str, object]]]:
        for rows in _answers(url):
            yield [{names[column]: cell for column, cell in row.items()} for row in rows]

    destination = dlt.destinations.sqlalchemy(credentials=f"sqlite:///{folder / 'dlt.db'}")
    pipeline = dlt.pipeline("bench", pipelines_dir=str(folder / "state"), destination=destination, dataset_name="main")
    pipeline.run(sales())
    with closing(sqlite3.connect(folder / "dlt.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sales%'")]
        return sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)


def main(what: str, url: str, path: Path) -> None:
    """Read once, and print the seconds and the lines."""
    reading: Callable[[str, Path], int] = {"plain": _plain, "load": load, "dlt": _dlt}[what]
    begun = time.perf_counter()
    lines = reading(url, path)
    print(time.perf_counter() - begun, lines)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
