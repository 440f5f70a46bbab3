"""Do they come back: the retention triangle of cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rfm_service.analysis.cohorts import retention, returned
from rfm_service.drawing.shares import SHADES, shown_share
from rfm_service.drawing.style import INK, MUTED, RULE, framed, nothing
from rfm_service.drawing.totals import share_of
from rfm_service.drawing.trade import calendar
from rfm_service.ports import Texts
from rfm_service.texts.plain import wrapped

if TYPE_CHECKING:
    import pandas as pd

MOST_COHORTS = 18
LEAST_COLUMNS = 11
"""Fewer months leave room at the right, so that a young shop has cells of the usual size."""
LATER = (12, 6, 3, 2)
"""Months after the first purchase that the title may tell of: the latest that enough customers have reached."""
ENOUGH = 100
CAPTION_PLACES = 84
PER_DIGIT = 0.0135
"""Width of a digit of the number of new customers, as a share of all columns of months."""


def cohort_triangle(cohorts: pd.DataFrame, texts: Texts) -> Figure:
    """The newest of COHORTS, a row each: new customers, and how many per cent of them bought in each later month."""
    if cohorts.empty:
        return nothing(texts)
    shares = retention(cohorts)
    newest = sorted(set(shares["cohort"].tolist()))[-MOST_COHORTS:]
    shown = shares[shares["cohort"].isin(newest) & (shares["offset"] <= MOST_COHORTS)]
    columns = max(int(shown["offset"].max()), LEAST_COLUMNS)
    figure = framed(_title(cohorts, texts), 0.95 + 0.235 * len(newest))
    axes = figure.subplots()
    _cells(axes, shown, {cohort: row for row, cohort in enumerate(newest)}, texts)
    oldest = int(shares["cohort"].min())
    names = [texts.month(*calendar(cohort)) + ("*" if cohort == oldest else "") for cohort in newest]
    axes.set_yticks([row + 0.5 for row in range(len(newest))], names)
    axes.set_xticks([-0.35, *(at + 0.5 for at in range(columns))], ["", *(str(at + 1) for at in range(columns))])
    axes.text(-0.25, -0.18, texts("New"), ha="right", va="bottom", fontsize=8, color=MUTED)
    axes.set_xlim(-0.6 - PER_DIGIT * columns * max(len(texts.number(shown["size"].max())), 5), columns)
    axes.set_ylim(len(newest), 0)
    _bare(axes, texts)
    figure.supxlabel(_note(shown, oldest, texts), x=0.012, ha="left", fontsize=8, color=MUTED)
    return figure


def _cells(axes: Axes, shown: pd.DataFrame, rows: dict[int, int], texts: Texts) -> None:
    ended = shown[shown["complete"] & (shown["offset"] > 0)]
    most = ended["retention"].max() or 1.0 if len(ended) else 1.0
    for cohort, offset, size, share, complete in shown[
            ["cohort", "offset", "size", "retention", "complete"]].itertuples(index=False, name=None):
        row = rows[cohort]
        if offset == 0:
            axes.text(-0.25, row + 0.5, texts.number(size), ha="right", va="center", fontsize=7.5,
                      color=INK if complete else MUTED)
            continue
        strength = min(share / most, 1.0)
        axes.add_patch(Rectangle((offset - 1, row), 1, 1, linewidth=1.2, edgecolor="white",
                                 facecolor=SHADES(strength) if complete else RULE))
        colour = MUTED if not complete else "white" if strength > 0.75 else INK
        axes.text(offset - 0.5, row + 0.5, _per_cent(share, texts), ha="center", va="center", fontsize=7.5,
                  color=colour, in_layout=False)


def _per_cent(share: float, texts: Texts) -> str:
    return "<1" if 0 < share < 0.005 else texts.number(round(share * 100))


def _title(cohorts: pd.DataFrame, texts: Texts) -> str:
    """How many come back a month later, and the latest later month that enough customers have reached."""
    shares = {offset: share_of(came, customers) for offset, customers, came in
              returned(cohorts).itertuples(index=False, name=None) if customers >= ENOUGH or offset == 1}
    later = next((offset for offset in LATER if offset in shares), 0)
    if not shares:
        return texts("Who comes back, by month of the first purchase")
    if not later:
        return texts("A month after the first purchase {share} buy again", share=shown_share(texts, shares[1]))
    return texts.plural("A month after the first purchase {share} buy again, {count} month later {later}",
                        "A month after the first purchase {share} buy again, {count} months later {later}", later,
                        share=shown_share(texts, shares[1]), later=shown_share(texts, shares[later]))


def _note(shown: pd.DataFrame, oldest: int, texts: Texts) -> str:
    notes = [] if shown["complete"].all() else [texts("Grey: the month is not over yet.")]
    if (shown["cohort"] == oldest).any():
        notes.append(texts("* also holds customers from before the stored sales begin; not counted in the title"))
    return "\n".join(notes)


def _bare(axes: Axes, texts: Texts) -> None:
    caption = texts("Per cent of the new customers of a month that bought 1, 2, 3… months later")
    axes.set_title(wrapped(caption, CAPTION_PLACES), pad=20)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, pad=3)
    for spine in axes.spines.values():
        spine.set_visible(False)
