from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tests.contracts.stands.worlds import PublisherStand
from tests.publishers.samba import samba


@contextmanager
def stand(folder: Path) -> Iterator[PublisherStand]:
    """A real server; readers look at the folder that it shares."""
    with samba(folder) as server:
        place = server.share / "rfm" / "reports"

        def seen(night: date | None) -> dict[str, bytes]:
            root = place / (night.isoformat() if night else "latest")
            return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

        def nights() -> set[date]:
            there = {path.name for path in place.iterdir()} if place.exists() else set()
            return {date.fromisoformat(name) for name in there - {"latest", "index.html"}}

        yield PublisherStand(server.publisher("rfm/reports"), seen, nights, lambda: shutil.rmtree(place))
