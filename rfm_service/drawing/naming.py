"""What a segment is called on a page, and its colour."""

from __future__ import annotations

from dataclasses import dataclass

from rfm_service.drawing.style import segment_colour
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels
from rfm_service.texts.plain import shortened

PLACES = 32
"""Own rules may name segments at length."""


@dataclass(frozen=True)
class Named:
    """A segment by its name and colour."""

    name: str
    colour: str


def named(segment: str, texts: Texts) -> Named:
    """A segment as it is shown; '' is absence."""
    return Named(shortened(label(segment_labels(texts), segment), PLACES), segment_colour(segment))
