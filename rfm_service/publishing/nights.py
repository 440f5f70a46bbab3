"""The nights of a shelf, known by their manifests; what is not surely a night of ours is none."""

from __future__ import annotations

from datetime import date

from rfm_service.archive.nights import LARGEST_MANIFEST, Night, day_of, told
from rfm_service.domain.values import MANIFEST
from rfm_service.publishing.shelf import Kind, Shelf


def told_in(shelf: Shelf, folder: str) -> Night | None:
    """The night whose report a folder holds; None where its manifest is not there, damaged or foreign."""
    path = f"{folder}/{MANIFEST}"
    try:
        above, found = shelf.look(folder), shelf.look(path)
        if above is None or above.kind is not Kind.FOLDER or found is None or found.kind is not Kind.FILE:
            return None
        return told(shelf.read(path, LARGEST_MANIFEST)) if found.size <= LARGEST_MANIFEST else None
    except OSError:
        return None


def nights_in(shelf: Shelf) -> dict[date, Night]:
    """The published nights of a shelf: their folders are named as the day that their manifest tells."""
    days = (day_of(entry.name) for entry in shelf.entries() if entry.kind is Kind.FOLDER)
    found = {day: told_in(shelf, day.isoformat()) for day in days if day is not None}
    return {day: night for day, night in sorted(found.items()) if night is not None and night.as_of == day}
