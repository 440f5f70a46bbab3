"""Where the ledger lies: the same load, figures and copy in a file of SQLite and in a database of PostgreSQL."""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from rfm_service.domain.values import Basis, Period
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.engines.memory import Engine
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.opening import opened
from rfm_service.sources.onec_http import Source
from rfm_service.syncing import Question, Sync, fetch, seldom_collected
from tests.rules import ruled
from tests.served import server

LAST, DAYS, WINDOW, LINES = date(2026, 6, 10), 365, 31, 200_000


def measured(url: str, lines: int, folder: Path) -> str:
    """What a ledger takes: to be filled, to be told the same again, to be summarised, to be copied."""
    ledger = Ledger(opened(folder / "warehouse.db", url), folder)
    ledger.open()
    stored, again, read = _loaded(ledger, lines)
    summarised = min(_summarised(ledger) for _ in range(3))
    begun = time.perf_counter()
    ledger.warehouse.copy(folder / "copy.db")
    copied = time.perf_counter() - begun
    return (f"{url.partition(':')[0] or 'sqlite'}: {read} lines stored in {stored:.1f} s, read again unchanged "
            f"{again:.1f} s, summarised in {summarised:.2f} s, copied in {copied:.1f} s")


def _loaded(ledger: Ledger, lines: int) -> tuple[float, float, int]:
    """The seconds of storing a year, and of storing it once more; the lines read. What 1C takes is not counted."""
    whole, stored, again, read = Period(LAST - timedelta(days=DAYS - 1), LAST + timedelta(days=1)), 0.0, 0.0, 0
    with OnecServer(GeneratedShop(1, lines, DAYS, last_day=LAST)) as server:
        source, sync = Source(url=server.url), Sync(LAST, "bench", whole.first)
        with ledger.warehouse.kept_open(), seldom_collected():
            for window in whole.windows(WINDOW):
                answer = fetch(sync, Question(window, (window,)), source, ledger)
                moments = [time.perf_counter()]
                for _ in range(2):
                    ledger.replace(answer, "bench", window)
                    moments.append(time.perf_counter())
                stored, again = stored + moments[1] - moments[0], again + moments[2] - moments[1]
                read += len(answer.lines)
    return stored, again, read


def _summarised(ledger: Ledger) -> float:
    begun = time.perf_counter()
    Engine().summarise(ledger.facts, Basis(LAST, ruled()))
    return time.perf_counter() - begun


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made, server(more=()) as there:
        for at, url in enumerate(("", there.url)):
            folder = Path(made) / str(at)
            folder.mkdir()
            print(measured(url, LINES, folder))
