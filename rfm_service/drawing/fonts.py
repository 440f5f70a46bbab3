"""Which fonts charts are written in: the first that has a letter draws it."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

from matplotlib.font_manager import findSystemFonts, fontManager

LATIN = "DejaVu Sans"
"""Comes with matplotlib, and holds every letter of Russian, English and Turkish."""
CHINESE = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC",
           "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK JP")
FONTS = (LATIN, *CHINESE, "Noto Sans Arabic")


@lru_cache(maxsize=1)
def installed() -> tuple[str, ...]:
    """Those of FONTS that are there, in their order."""
    # matplotlib keeps its list of fonts for good: what was installed since would stay unknown to it
    for path in sorted({*findSystemFonts()}.difference(font.fname for font in fontManager.ttflist)):
        with suppress(RuntimeError, OSError):
            fontManager.addfont(path)
    names = set(fontManager.get_font_names())
    return tuple(font for font in FONTS if font in names)


def chinese() -> bool:
    """Whether Chinese letters can be drawn."""
    return not set(CHINESE).isdisjoint(installed())
