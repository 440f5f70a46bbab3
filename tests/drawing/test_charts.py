from __future__ import annotations

import dataclasses
import re
import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from rfm_service.domain.findings import Findings
from rfm_service.drawing.charts import ALBUM, CHARTS, Chart
from rfm_service.drawing.gallery import drawing_of
from rfm_service.drawing.output import drawn, png, svg
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import HOSTILE_NAMES, make_findings
from tests.sampling import sampled

RU = Catalogue("ru", "RUB")
FEW = make_findings(20)
BIG = make_findings(4000, hostile=True)
every_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
some_charts = pytest.mark.parametrize("chart", sampled(CHARTS, 3), ids=lambda chart: chart.name)


def chart_of(name: str) -> Chart:
    return next(chart for chart in CHARTS if chart.name == name)


def words(chart: Chart, findings: Findings, texts: Catalogue = RU) -> list[str]:
    """What is written on a chart; the same one is drawn once for all tests."""
    root = ElementTree.fromstring(drawing_of(chart, findings, texts).svg)
    return ["".join(found.itertext()) for found in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(("language", "findings"), [
    *(("ru", make_findings(customers)) for customers in (0, 5)),
    *(pytest.param(language, BIG, marks=pytest.mark.slow) for language in ("zh", "ru", "en", "tr")),
    pytest.param("ru", make_findings(1), marks=pytest.mark.slow),
], ids=["none", "five", "zh", "ru", "en", "tr", "one"])
def test_every_size_is_drawn_in_every_language(language: str, findings: Findings) -> None:
    texts = RU if language == "ru" else Catalogue(language, "RUB")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for chart in CHARTS:
            assert drawing_of(chart, findings, texts).svg.startswith("<svg")


@some_charts
def test_hostile_names_become_a_picture(chart: Chart) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert png(chart.draw(make_findings(60, hostile=True), RU)).startswith(b"\x89PNG")


@some_charts
def test_the_same_findings_give_the_same_bytes(chart: Chart) -> None:
    assert drawn(chart.draw(FEW, RU), chart.name) == drawing_of(chart, FEW, RU)


def test_the_reader_s_matplotlib_settings_change_nothing() -> None:
    chart = chart_of("months")
    before = svg(chart.draw(BIG, RU))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert svg(chart.draw(BIG, RU)) == before
        assert matplotlib.rcParams["font.size"] == 30


@some_charts
def test_an_svg_is_one_element_without_addresses(chart: Chart) -> None:
    written = drawing_of(chart, BIG, RU).svg
    root = ElementTree.fromstring(written)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert "<style" not in written
    named = [name for name in HOSTILE_NAMES if name.startswith("http")]
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", written).replace(named[0], "")
    assert "://" not in text


def test_no_id_is_used_twice_on_a_page() -> None:
    page = "".join(drawing_of(chart, FEW, RU).svg for chart in CHARTS)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_title_says_the_message() -> None:
    title = chart_of("segments").draw(BIG, RU).get_suptitle()
    assert re.fullmatch(r"\w[\w ]*: [\d,]+\s% покупателей и [\d,]+\s% денег", title)


def test_what_is_known_of_persons_stands_only_on_charts_that_no_chat_gets() -> None:
    known = {*FEW.snapshot["customer"], *FEW.snapshot["email"], *FEW.snapshot["manager"], *FEW.snapshot["customer_id"]}
    naming = {chart.name for chart in CHARTS if any(
        word in line for line in words(chart, FEW) for word in known - {""})}
    assert naming == {"top-customers"}
    assert not naming.intersection(ALBUM)


@pytest.mark.parametrize("language", ["tr", *(pytest.param(each, marks=pytest.mark.slow) for each in ("ru", "en"))])
def test_the_font_that_comes_with_matplotlib_has_every_letter(language: str) -> None:
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    letters = set(font.getBestCmap())
    texts = RU if language == "ru" else Catalogue(language, {"en": "USD", "tr": "TRY"}[language])
    lacking = {letter for chart in CHARTS for line in words(chart, FEW, texts) for letter in line
               if letter != "\n" and ord(letter) not in letters}
    assert not lacking


def test_the_months_of_two_years_stay_apart_and_cut_ones_are_paler() -> None:
    figure = chart_of("months").draw(BIG, RU)
    bars = figure.axes[0].patches
    assert len(bars) == 13
    colours = [bar.get_facecolor() for bar in bars]
    assert colours[0] == colours[-1] != colours[1]
    assert len(set(colours[1:-1])) == 1


def test_the_heat_map_takes_any_categories() -> None:
    snapshot = BIG.snapshot.assign(segment=[f"cell_{number % 23}" for number in range(len(BIG.snapshot))],
                                   tier=[f"level_{number % 3}" for number in range(len(BIG.snapshot))])
    findings = dataclasses.replace(BIG, snapshot=snapshot)
    shown = words(chart_of("segments-by-tier"), findings, RU)
    assert "Cell 22" in shown
    assert RU.number(4000) in shown


def test_orders_beyond_the_limit_are_said_not_drawn() -> None:
    figure = chart_of("order-sums").draw(BIG, RU)
    axes = figure.axes[0]
    assert axes.get_xlim() == (0, 100_000)
    share = (BIG.trade.orders["amount"] <= 100_000 * 10_000).mean()
    assert RU.percent(float(share)) in axes.get_title(loc="left")
    assert len(axes.patches) == 25


def test_sums_of_another_size_get_a_limit_of_their_own() -> None:
    orders = BIG.trade.orders.assign(amount=BIG.trade.orders["amount"] // 1000)
    findings = dataclasses.replace(BIG, trade=dataclasses.replace(BIG.trade, orders=orders))
    limit = chart_of("order-sums").draw(findings, RU).axes[0].get_xlim()[1]
    assert 100 <= limit <= 300
