"""A line in the size of a word: how a figure went, last year's course pale beneath it."""

from __future__ import annotations

from collections.abc import Sequence

from rfm_service.drawing.style import ACCENT, PALE

WIDTH, HEIGHT, MARGIN = 120, 26, 3
LAST_YEAR = 'class="then"'
"""What marks the line of last year."""
Spots = Sequence[tuple[float, int]]
"""Points of a line: the place in time 0..1, and the value."""


def sparkline(now: Spots, before: Spots) -> str:
    """The lines as an `<svg>` element of numbers alone; '' where there are not two points to join.

    Both lines share a scale from the least to the largest value: it shows the course, not the size.
    """
    if len(now) < 2:
        return ""
    values = [value for _, value in (*now, *before)]
    low, span = min(values), (max(values) - min(values)) or 1
    level = max(values) == min(values)

    def spot(place: float, value: int) -> str:
        height = 0.5 if level else (value - low) / span
        return f"{MARGIN + place * (WIDTH - 2 * MARGIN):.1f},{HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN):.1f}"

    lines = [_line(LAST_YEAR, PALE, [spot(*each) for each in before])] if len(before) > 1 else []
    lines.append(_line('class="now"', ACCENT, [spot(*each) for each in now]))
    x, y = spot(*now[-1]).split(",")
    return (f'<svg class="spark" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}">{"".join(lines)}<circle class="end" cx="{x}" cy="{y}" r="2.2" fill="{ACCENT}"/></svg>')


def _line(mark: str, colour: str, spots: Sequence[str]) -> str:
    return (f'<polyline {mark} points="{" ".join(spots)}" fill="none" stroke="{colour}" stroke-width="1.6" '
            'stroke-linejoin="round" stroke-linecap="round"/>')
