from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rfm_service.publishers.folder import Publisher
from tests.contracts.stands.worlds import PublisherStand


@contextmanager
def stand(folder: Path) -> Iterator[PublisherStand]:
    place = folder / "share" / "reports"

    def seen(night: date | None) -> dict[str, bytes]:
        root = place / (night.isoformat() if night else "latest")
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def nights() -> set[date]:
        """Drafts that were left behind are no dates and fail here."""
        there = {path.name for path in place.iterdir()} if place.exists() else set()
        return {date.fromisoformat(name) for name in there - {"latest", "index.html"}}

    yield PublisherStand(Publisher(path=place), seen, nights, lambda: shutil.rmtree(place))
