"""The tabs beside the customers as people use them, in both browsers, opened from a folder."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from rfm_service.dashboard.sections import told
from rfm_service.dashboard.words import catalogues
from rfm_service.domain.findings import Findings
from rfm_service.renderers.dashboard import Renderer
from rfm_service.texts.catalogue import Catalogue
from rfm_service.texts.labels import label, segment_labels
from tests.browsers.axe import axe_faults
from tests.browsers.browser import Browser
from tests.renderers.findings import make_findings

pytestmark = pytest.mark.slow

TABS = ("overview", "moves", "cohorts", "products", "counted")
SHOWN = "document.querySelector('main > section:not([hidden])')"
SHOWN_ROWS = "rfm.rows()"
MOVES_SHOWN = "document.querySelectorAll('.moves-table tbody tr').length"
CELLS = "document.querySelectorAll('td.moved-up button, td.moved-down button')"


@cache
def findings() -> Findings:
    """A night whose moves end where the customers are; two customers left the list."""
    found = make_findings(1_500, hostile=True)
    moves = found.moves.assign(to_segment=found.snapshot.set_index("customer_no").loc[
        found.moves["customer_no"], "segment"].to_numpy())
    gone = moves.head(2).assign(customer_no=[9_001, 9_002], customer_id=["0" * 16, "1" * 16], to_segment="",
                                from_segment="lost")
    return dataclasses.replace(found, moves=pd.concat([moves, gone], ignore_index=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tabs")
    for name, night in (("many", findings()), ("few", make_findings(5)), ("none", make_findings(0))):
        (made / f"{name}.html").write_bytes(Renderer().render(night, Catalogue("ru", "RUB"))["dashboard.html"])
    return made


@pytest.fixture
def visit(browser: Browser, folder: Path):
    def go(tab: str, more: str = "", name: str = "many") -> Browser:
        browser.open("about:blank")
        browser.open(f"{(folder / name).as_uri()}.html#tab={tab}{more}")
        browser.until(f"{SHOWN}?.childElementCount")
        browser.painted()
        return browser

    return go


def state(browser: Browser) -> str:
    return browser.evaluate("location.hash")


def test_every_tab_of_every_night_asks_for_nothing_and_fails_nowhere(visit, browser: Browser) -> None:
    for name in ("many", "few", "none"):
        for tab in TABS:
            for language in ("ru", "en", "zh", "tr"):
                visit(tab, f"&lang={language}", name)
                text = browser.evaluate(f"{SHOWN}.textContent")
                assert text.strip()
                assert "[object" not in text
                assert "undefined" not in text
                assert "NaN" not in text
                assert (browser.requests(), browser.console()) == ([], []), (name, tab, language)


def test_a_cell_of_the_map_opens_its_customers(visit, browser: Browser) -> None:
    drawn = told(findings(), catalogues("RUB")[:1])["map"]
    for row in range(len(drawn["orders"])):
        for column in range(len(drawn["days"])):
            if not drawn["customers"][row][column]:
                continue
            visit("overview")
            place = f"table.map tbody tr:nth-child({len(drawn['orders']) - row}) td:nth-of-type({column + 1}) button"
            browser.click(place)
            browser.until("location.hash.includes('tab=customers')")
            assert browser.evaluate(SHOWN_ROWS) == drawn["customers"][row][column]
            if row != column:
                break
    assert "recency_days=" in state(browser)


def test_a_segment_opens_its_customers(visit, browser: Browser) -> None:
    visit("overview")
    browser.click(".segment-table tbody tr:nth-child(2) th button")
    browser.until("location.hash.includes('segment=loyal')")
    loyal = findings().snapshot[findings().snapshot["segment"] == "loyal"]
    assert browser.evaluate(SHOWN_ROWS) == len(loyal)
    text = browser.evaluate("document.getElementById('counted').textContent.replace(/[^0-9]+/g, ' ')")
    assert text.strip().endswith(f"{int(loyal['monetary'].sum() / 10_000 + 0.5):,}".replace(",", " "))
    browser.evaluate("history.back()")
    browser.until("document.getElementById('tab-overview').ariaSelected === 'true'")


def test_the_silent_of_class_a_are_a_click_away(visit, browser: Browser) -> None:
    rows = findings().snapshot
    silent = (rows["abc"] == "A") & (rows["recency_days"] > rows["churn_threshold"])
    visit("overview")
    browser.click("#silent")
    browser.until("location.hash.includes('tab=customers')")
    assert browser.evaluate(SHOWN_ROWS) == silent.sum() == findings().worth.unseen.silent > 0
    assert "silent=1" in state(browser)


def test_a_cell_of_the_matrix_opens_those_who_moved(visit, browser: Browser) -> None:
    labels = segment_labels(Catalogue("ru", "RUB"))
    ways = {f"{label(labels, before)} → {label(labels, after)}": (after, count) for (before, after), count in
            findings().moves.groupby(["from_segment", "to_segment"]).size().items()}
    visit("overview")
    told = browser.evaluate(f"[...{CELLS}].map(button => button.title.split(',')[0])")
    assert sorted(told) == sorted(ways)
    for place, way in enumerate(told):
        visit("overview")
        browser.evaluate(f"{CELLS}[{place}].click()")
        after, count = ways[way]
        assert f"tab={'customers' if after else 'moves'}" in state(browser)
        assert browser.evaluate(SHOWN_ROWS if after else MOVES_SHOWN) == count, way


def test_moves_are_chosen_by_cause_and_direction(visit, browser: Browser) -> None:
    moves = findings().moves
    visit("moves", "&cause=ageing")
    assert browser.evaluate(MOVES_SHOWN) == (
        moves["cause"] == "ageing").sum()
    visit("moves")
    browser.evaluate("""(() => { const chosen = document.querySelector('.choosers select');
        chosen.value = 'worse'; chosen.dispatchEvent(new Event('change')); })()""")
    assert "way=worse" in state(browser)
    worse = browser.evaluate(MOVES_SHOWN)
    visit("moves", "&way=better")
    assert worse + browser.evaluate(MOVES_SHOWN) == len(moves)
    browser.click(".moves-table tbody tr th a")
    browser.until("document.querySelector('dialog').open")
    browser.press("Escape")
    browser.until("!location.hash.includes('customer=')")
    assert "tab=moves" in state(browser)


def test_cohorts_have_their_customers_and_money(visit, browser: Browser) -> None:
    cohorts = findings().worth.cohorts
    visit("cohorts", "&all=1")
    rows = """[...document.querySelectorAll('table.cohorts tbody tr')].map(row =>
        [row.cells[1].textContent.replace(/[^0-9]/g, ''), row.querySelectorAll('[data-told]').length])"""
    first = cohorts[cohorts["offset"] == 0]
    assert [int(size) for size, _ in browser.evaluate(rows)] == first["customers"].tolist()
    assert sum(count for _, count in browser.evaluate(rows)) == (cohorts["offset"] > 0).sum()
    browser.evaluate("document.querySelector('#panel-cohorts .wide-piece').focus()")
    browser.press("ArrowRight")
    assert "2" in browser.evaluate("document.querySelector('.spot').textContent")
    assert browser.evaluate("document.querySelectorAll('.pointed').length") == 1
    browser.click("#panel-cohorts .switched button:last-child")
    assert "by=money" in state(browser)
    assert "₽" in browser.evaluate("document.querySelector('table.cohorts tbody td').textContent")


def test_products_are_found_and_sorted(visit, browser: Browser) -> None:
    products = findings().products
    visit("products")
    counted = "document.getElementById('products-counted').textContent"
    assert browser.evaluate(f"{counted}.startsWith('900 ')")
    browser.click("#product-search")
    browser.type("валик")
    found = products["product"].str.contains("Валик").sum()
    browser.until(f"{counted}.startsWith('{found} ')")
    browser.click("#panel-products [role=columnheader]:nth-child(5) button")
    shown = browser.evaluate("""[...document.querySelectorAll('#panel-products .rows .row')].sort(
        (one, other) => one.ariaRowIndex - other.ariaRowIndex).map(
        row => Number(row.children[4].textContent.replace(/[^0-9]/g, '')))""")
    held = products[products["product"].str.contains("Валик")]["orders"].sort_values(ascending=False)
    assert shown[:10] == held.head(10).tolist()


def test_the_rules_stand_with_the_numbers_of_a_customer(visit, browser: Browser) -> None:
    who = findings().snapshot[findings().snapshot["segment"] == "loyal"].iloc[0]
    visit("counted", f"&customer={who['customer_id']}")
    browser.until("document.querySelector('dialog').open")
    browser.press("Escape")
    browser.until("!document.querySelector('dialog').open")
    assert browser.evaluate("document.querySelectorAll('.own-numbers li').length") > 0
    assert browser.evaluate("document.querySelectorAll('.counted-parts > section').length") == 9


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_nobody_is_left_out(visit, browser: Browser, tab: str, dark: bool) -> None:
    browser.theme(dark=dark)
    visit(tab)
    browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert axe_faults(browser) == []


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_shows_all_of_it(visit, browser: Browser, tab: str) -> None:
    browser.resize(360, 740)
    visit(tab)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    assert browser.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
