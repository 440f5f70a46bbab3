"""How every chart looks: sizes, colours, fonts, the frame around the axes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, findSystemFonts, fontManager, get_font
from matplotlib.patches import Rectangle

from rfm_service.ports import Texts
from rfm_service.texts.plain import shortened, wrapped

WIDTH = 6.4
TITLE_PLACES = 54
NAME_PLACES = 40
INK = "#22303c"
MUTED = "#66727e"
RULE = "#e3e7eb"
ACCENT = "#2b6ca3"
PALE = "#a9c5de"
TIER_COLOURS = ("#12436d", "#2b6ca3", "#5b93c2", "#94bbda", "#c9dced")
SEGMENT_COLOURS = {
    "champions": "#117733",
    "loyal": "#44aa99",
    "growing": "#332288",
    "promising": "#88ccee",
    "newcomers": "#ddcc77",
    "drifting": "#aa4499",
    "at_risk": "#cc6677",
    "sleeping": "#b4bac0",
    "lost": "#882255",
    "potential_loyalist": "#332288",
    "need_attention": "#aa4499",
    "about_to_sleep": "#999933",
    "cant_lose": "#cc3311",
    "hibernating": "#b4bac0",
    "recent": "#bbcc33",
    "others": "#66727e",
    "key_value": "#117733",
    "key_development": "#332288",
    "key_retention": "#cc6677",
    "key_winback": "#882255",
    "general_value": "#44aa99",
    "general_development": "#88ccee",
    "general_retention": "#ddcc77",
    "general_winback": "#b4bac0",
}
"""One colour a segment, wherever it is drawn; within a preset told apart with every common kind of colour
blindness."""

FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC",
         "WenQuanYi Micro Hei", "Noto Sans Arabic")
LOOK: dict[Any, Any] = {
    "font.size": 9.0, "text.color": INK, "text.parse_math": False, "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE, "axes.titlelocation": "left", "axes.titlesize": 9.0, "axes.titlecolor": MUTED,
    "axes.titlepad": 6.0, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.unicode_minus": False, "grid.color": RULE, "grid.linewidth": 0.8, "xtick.color": RULE,
    "ytick.color": RULE, "xtick.labelcolor": MUTED, "ytick.labelcolor": INK, "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.5, "legend.frameon": False, "legend.fontsize": 8.0, "figure.dpi": 160.0,
    "svg.fonttype": "none", "path.simplify": True,
}


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    # many Chinese fonts have no bold face, and matplotlib logs that for every text
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@lru_cache(maxsize=1)
def fonts() -> tuple[str, ...]:
    """The installed ones of FONTS; matplotlib lists fonts once for ever, and would not see one installed since."""
    listed = {font.fname for font in fontManager.ttflist}
    for path in sorted({*findSystemFonts()} - listed):
        with suppress(OSError, RuntimeError):
            fontManager.addfont(path)
    installed = set(fontManager.get_font_names())
    return tuple(font for font in FONTS if font in installed)


def drawable(letters: str) -> bool:
    """Whether each of the letters is in one of the fonts."""
    faces = [get_font(findfont(font)) for font in fonts()]
    return all(any(face.get_char_index(ord(letter)) for face in faces) for letter in letters)


@contextmanager
def house_style(salt: str = "rfm") -> Iterator[None]:
    """Matplotlib set up the same way on every machine; nothing of it is left behind."""
    with matplotlib.rc_context(), warnings.catch_warnings(), _quiet_fonts():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**LOOK, "font.family": [*fonts()], "svg.hashsalt": salt})
        # a name may hold a character that no font has: a box in its place is all that can be done
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def segment_colour(segment: str) -> str:
    """The colour of a segment; ids without one of their own are grey."""
    return SEGMENT_COLOURS.get(segment, MUTED)


def framed(title: str, height: float) -> Figure:
    """An empty figure under a title that says the message, `height` inches high without the title."""
    lines = wrapped(title, TITLE_PLACES)
    figure = Figure(figsize=(WIDTH, height + 0.25 + 0.2 * (lines.count("\n") + 1)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.04, hspace=0.04)  # type: ignore[union-attr, call-arg]
    figure.suptitle(lines, x=0.012, ha="left", fontsize=11.5, fontweight="bold")
    return figure


def nothing(texts: Texts) -> Figure:
    """A plain picture for a night without anything to draw."""
    figure = Figure(figsize=(WIDTH, 2.0))
    figure.text(0.5, 0.5, texts("Nothing to show yet"), ha="center", va="center", fontsize=12, color=MUTED)
    figure.add_artist(Rectangle((0.01, 0.03), 0.98, 0.94, fill=False, edgecolor=RULE))
    return figure


def horizontal_bars(axes: Axes, lengths: Sequence[float], colours: Sequence[str],
                    notes: Sequence[str]) -> None:
    """Bars from the top down, each with its note at the end; the scale starts at 0 and is not shown."""
    rows = range(len(lengths))
    axes.barh(rows, [max(length, 0.0) for length in lengths], color=list(colours), height=0.72)
    longest = max([*lengths, 0.0]) or 1.0
    for row, length, note in zip(rows, lengths, notes, strict=True):
        axes.text(max(length, 0.0) + longest * 0.02, row, note, va="center", fontsize=8.5)
    axes.set_xlim(0, longest * (1.14 + 0.035 * max(map(len, notes), default=0)))
    axes.set_ylim(len(lengths) - 0.4, -0.6)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names beside horizontal bars, cut where they are too long."""
    axes.set_yticks(range(len(names)), [shortened(name, NAME_PLACES) or "—" for name in names])
