"""The cohort triangle and the Pareto curve: every language and size, what is grey, what the titles say."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from rfm_service.analysis.cohorts import cohorts
from rfm_service.analysis.pareto import pareto
from rfm_service.domain.tables import PURCHASES
from rfm_service.domain.values import MONEY_SCALE, day_number
from rfm_service.drawing.cohorts import MOST_COHORTS, cohort_triangle
from rfm_service.drawing.output import png, svg
from rfm_service.drawing.pareto import pareto_curve
from rfm_service.drawing.style import RULE, house_style
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.sampling import sampled

RU = Catalogue("ru", "RUB")
AS_OF = date(2026, 11, 20)
CURRENCIES = {"ru": "RUB", "en": "USD", "zh": "CNY", "tr": "TRY"}


def sold(customers: int, days: int) -> pd.DataFrame:
    """COHORTS of customers that came over `days` days and bought up to thrice."""
    rng = np.random.default_rng(5)
    first = rng.integers(0, days, customers)
    day = np.concatenate((first, *(first + rng.integers(0, days, customers) for _ in range(2))))
    frame = pd.DataFrame({"customer_no": np.tile(np.arange(customers), 3), "day": day_number(AS_OF) + 1 - days + day,
                          "amount": rng.integers(1, 10**9, 3 * customers)})
    return cohorts(frame[day < days].astype(PURCHASES), AS_OF)


def paid(*money: int, share: Fraction = Fraction(80, 100)) -> Callable[[Catalogue], Figure]:
    """The Pareto curve of customers that spent `money` units."""
    found = pareto(pd.DataFrame({"monetary": np.array(money, dtype=np.int64) * MONEY_SCALE}), share)
    return lambda texts: pareto_curve(found, texts)


def triangle(customers: int, days: int, times: int = 1) -> Callable[[Catalogue], Figure]:
    found = sold(customers, days)
    found["customers"] *= times
    return lambda texts: cohort_triangle(found, texts)


DRAWINGS = {
    "no cohorts": triangle(0, 100), "a day": triangle(5, 1), "a quarter": triangle(300, 90),
    "a year": triangle(900, 400), "three years": triangle(9000, 1000), "nobody": paid(), "nothing": paid(0, -5),
    "one": paid(7), "alike": paid(*[3] * 50), "millions": triangle(900, 700, times=40_000),
    "many": paid(*(10**7 // rank for rank in range(1, 3000))),
}


def drawn(name: str, texts: Catalogue = RU) -> Figure:
    with house_style():
        return DRAWINGS[name](texts)


def words(figure: Figure) -> list[str]:
    svg(figure)
    return [found.get_text() for found in figure.findobj(Text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_size_is_drawn_in_every_language(language: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in DRAWINGS if language == "ru" else ("no cohorts", "three years", "many"):
            assert svg(drawn(name, Catalogue(language, CURRENCIES[language])), name).startswith("<svg")


@pytest.mark.parametrize("name", ["a quarter", "many"])
def test_the_same_figures_give_the_same_bytes(name: str) -> None:
    assert png(drawn(name)) == png(drawn(name))


@pytest.mark.parametrize("language", ["ru", "en", "tr"])
def test_the_font_that_comes_with_matplotlib_has_every_letter(language: str) -> None:
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    letters = set(font.getBestCmap())
    texts = Catalogue(language, CURRENCIES[language])
    lacking = {letter for name in ("a year", "many") for line in words(drawn(name, texts)) for letter in line
               if letter != "\n" and ord(letter) not in letters}
    assert not lacking


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sampled(["millions", "three years", "many", "one"], 4))
def test_no_two_texts_overlap(name: str, language: str) -> None:
    figure = drawn(name, Catalogue(language, CURRENCIES[language]))
    with house_style():
        FigureCanvasAgg(figure).draw()
        boxes = {found: found.get_window_extent() for found in figure.findobj(Text)
                 if found.get_visible() and found.get_text().strip()}
    crossing = [(one.get_text(), other.get_text()) for one, other in combinations(boxes, 2)
                if boxes[one].overlaps(boxes[other])]
    assert not crossing
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes.values())


def test_the_newest_cohorts_are_shown_and_unfinished_months_are_grey() -> None:
    axes = drawn("three years").axes[0]
    assert len(axes.get_yticklabels()) == MOST_COHORTS
    assert axes.get_yticklabels()[-1].get_text() == RU.month(2026, 11)
    grey = [patch for patch in axes.patches if patch.get_facecolor() == to_rgba(RULE)]
    assert all(isinstance(patch, Rectangle) for patch in grey)
    assert len(grey) == MOST_COHORTS - 1
    assert not [label for label in axes.get_yticklabels() if "*" in label.get_text()]


def test_the_oldest_cohort_is_marked_and_left_out_of_the_title() -> None:
    figure = drawn("a quarter")
    assert [label.get_text().endswith("*") for label in figure.axes[0].get_yticklabels()] == [True, False, False, False]
    assert any("до начала загруженных продаж" in text for text in words(figure))


def test_the_titles_say_the_message() -> None:
    title = drawn("three years").get_suptitle()
    assert re.fullmatch(r"Через месяц после первой покупки снова покупают \d+\s%,\sчерез 12 месяцев — \d+\s%", title)
    assert drawn("many").get_suptitle().replace("\xa0", " ") == "18 % покупателей приносят 80 % денег"
    assert drawn("a day").get_suptitle() == "Кто возвращается: по месяцу первой покупки"
