"""Answers of 1C, made once and served as they are: a server that costs its clients nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from subprocess import PIPE, Popen

from rfm_service.domain.values import Period
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.onec import OnecServer
from rfm_service.syncing import LOAD_DAYS

LAST_DAY = date(2026, 10, 31)
DAYS = 365
YEAR = Period(LAST_DAY - timedelta(days=DAYS - 1), LAST_DAY + timedelta(days=1))
WINDOWS = YEAR.windows(LOAD_DAYS)
NOBODY = b'{"data":"[]"}'


def made(folder: Path, lines: int) -> Path:
    """The folder with the answers of a year of about so many lines, a file a window."""
    pages = folder / f"pages-{lines}"
    if not pages.exists():
        draft = folder / f"pages-{lines}.draft"
        draft.mkdir(exist_ok=True)
        with OnecServer(GeneratedShop(1, lines, DAYS, last_day=LAST_DAY)) as server:
            for window in WINDOWS:
                (draft / f"{window.first}.json").write_bytes(_asked(server.url, window))
        draft.rename(pages)
    return pages


def question(window: Period) -> bytes:
    """The body of the request for a window."""
    return json.dumps({"datefrom": f"{window.first}T00:00:00", "datebefore": f"{window.last}T23:59:59",
                       "algoritm": "clasterclients"}).encode()


@contextmanager
def served(pages: Path) -> Iterator[str]:
    """The address of a process of its own that serves the answers."""
    with Popen([sys.executable, "-m", "tests.benchmarks.pages", str(pages)], stdout=PIPE) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().decode().strip()
        finally:
            server.terminate()


def _asked(url: str, window: Period) -> bytes:
    import requests

    return requests.post(url, data=question(window), timeout=600).content


def _serve(pages: Path) -> None:
    bodies = {path.stem: path.read_bytes() for path in pages.iterdir()}

    def answered(request: Request) -> Answer:
        asked = json.loads(request.body)
        found = bodies.get(asked["datefrom"][:10]) if asked["algoritm"] == "clasterclients" else None
        return Answer(body=found or NOBODY)

    server = LocalServer(answered)
    print(server.base_url + "/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
