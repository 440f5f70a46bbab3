"""Prints the figures of docs/performance.md. Names of sections as arguments run only those.

The filled ledger of ten million lines is kept in BENCH_DIR (default: build/bench): the first run makes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.benchmarks import big, copies, dashboard, forecasting, listing, loading, million, reporting, scale, whole

SECTIONS = {"demo": whole.demo, "replay": whole.replay, "load": big.load_and_rfm, "parts": big.parts,
            "peers": big.peers, "million": million.million, "forecast": forecasting.forecasts, "list": listing.lists,
            "night": big.night, "sync": loading.sync, "memory": loading.memory, "quiet": loading.quiet,
            "report": reporting.report, "dashboard": dashboard.dashboard, "copies": copies.copies,
            "scale": scale.scale}


def main() -> None:
    folder = Path(os.environ.get("BENCH_DIR", "build/bench")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or SECTIONS:
        print(f"## {name}")
        for label, figure in SECTIONS[name](folder):
            print(f"{label:<72} {figure}", flush=True)


# A cluster of processes of this machine starts this module again in each of them.
if __name__ == "__main__":
    main()
