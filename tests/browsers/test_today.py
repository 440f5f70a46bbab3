"""The tab of the day as people use it, in both browsers, opened from a folder."""

from __future__ import annotations

import csv
import dataclasses
import json
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from rfm_service.analysis.outreach.actions import actions
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.dashboard.page import page
from rfm_service.domain.findings import Findings
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.plain import plain
from tests.browsers.axe import axe_faults
from tests.browsers.browser import Browser
from tests.dashboard.goods import goods, with_goods
from tests.renderers.findings import make_findings

pytestmark = pytest.mark.slow

OPENED = 'performance.getEntriesByName("rows").length > 0'
PANEL = "#panel-today"
NAMES = f"""[...document.querySelectorAll("{PANEL} .rows .row")].sort((one, other) =>
    one.ariaRowIndex - other.ariaRowIndex).map(row => row.querySelector(".listed-name").textContent)"""
COUNTED = "document.getElementById('today-counted').textContent"
DONE = "document.getElementById('today-done').textContent"
CARD = 'document.querySelector("dialog")'
LAID = ", ".join((f"{PANEL} .tools > *", f"{PANEL} .quick > *", f"{PANEL} .found > *", f"{PANEL} .grid", ".alert-card"))
OVERLAPS = """(selector => [...document.querySelectorAll(selector)].map(each => each.getBoundingClientRect())
    .filter(box => box.width).flatMap((one, at, all) => all.slice(at + 1).filter(other =>
        one.left < other.right - 1 && other.left < one.right - 1
        && one.top < other.bottom - 1 && other.top < one.bottom - 1)).length)"""
SPACES = "\u00a0\u202f"
STORED = "Object.entries(localStorage).filter(([key]) => key.startsWith('rfm:rfm'))"


@cache
def findings() -> Findings:
    return make_findings(400, hostile=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages: with goods to look at, without contacts, by the old rule, with calm goods and nobody."""
    made, texts = tmp_path_factory.mktemp("today"), Catalogue("ru", "RUB")
    (made / "open.html").write_bytes(page(with_goods(findings(), goods()), texts))
    (made / "bare.html").write_bytes(page(findings(), texts, contacts=False))
    seed = dataclasses.replace(findings(), worklist=dataclasses.replace(findings().worklist, mode="seed"))
    (made / "seed.html").write_bytes(page(seed, texts))
    (made / "none.html").write_bytes(page(make_findings(0), texts))
    return made


@pytest.fixture
def visit(browser: Browser, folder: Path):
    def go(address: str = "", name: str = "open") -> Browser:
        browser.open("about:blank")
        browser.open(f"{(folder / name).as_uri()}.html#{address}")
        browser.until(OPENED)
        return browser

    return go


def plainly(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, SPACES), " "))


def printed(browser: Browser) -> list[list[str]]:
    """The cells of the whole list, as paper has them."""
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    rows = browser.evaluate("""[...document.querySelectorAll('#printed tbody tr')].map(row =>
        [...row.cells].map(cell => cell.textContent))""")
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    return rows


def names(rows: list[dict[str, object]] | object) -> list[str]:
    return [plain(str(name)) or "без имени" for name in rows]  # type: ignore[attr-defined]


def test_s3_24_the_list_is_opened_first_in_its_order_and_old_links_open_customers(visit) -> None:
    browser, today = visit(), findings().today
    assert browser.evaluate("document.getElementById('tab-today').ariaSelected") == "true"
    assert browser.evaluate(NAMES)[:8] == names(today["customer"].head(8))
    assert browser.evaluate(COUNTED).startswith(f"{len(today)} ")
    assert (browser.requests(), browser.console()) == ([], [])
    for address in ("segment=loyal", "q=%D0%B0%D0%BB%D1%8C%D1%84%D0%B0", "sort=customer", "recency_days=30..200"):
        visit(address)
        assert browser.evaluate("document.getElementById('tab-customers').ariaSelected") == "true", address
    assert visit("day_tier=high").evaluate("document.getElementById('tab-today').ariaSelected") == "true"


def test_s3_19_reasons_and_actions_are_those_of_python_in_every_language(visit) -> None:
    rows, table = findings().today, findings().worklist.rules.actions
    for language in LANGUAGES:
        texts = Catalogue(language, "RUB")
        browser = visit(f"lang={language}&day_cols=customer,reason,action")
        told = [[plainly(cell) for cell in row[1:]] for row in printed(browser)]
        want = zip(reasons(rows, texts), actions(rows, table, texts), strict=True)
        assert told == [[plainly(why), plain(what)] for why, what in want], language
        assert "[object" not in browser.evaluate(f"document.querySelector('{PANEL}').textContent")
    assert (browser.requests(), browser.console()) == ([], [])


def test_s3_24_filters_and_sort_live_in_the_address(visit) -> None:
    browser, today = visit(), findings().today
    band = today[today["priority"].between(50, 80, inclusive="left")]
    browser.click(f"{PANEL} .quick button[value='2']")
    browser.until(f"{COUNTED}.startsWith('{len(band)} ')")
    assert "day_band=2" in browser.evaluate("location.hash")
    browser.click("[aria-controls=today-filters-panel]")
    browser.click("#today-filters-panel input[data-filter=day_manager][value='Пётр Ильин']")
    kept = band[band["manager"] == "Пётр Ильин"]
    assert 0 < len(kept) < len(band)
    browser.until(f"{COUNTED}.startsWith('{len(kept)} ')")
    assert sorted(row[0] for row in printed(browser)) == sorted(names(kept["customer"]))
    browser.evaluate("history.back()")
    browser.until(f"{COUNTED}.startsWith('{len(band)} ')")
    for key, column in (("day_tier", "value_tier"), ("day_tag", "risk_tag"), ("day_channel", "channel"),
                        ("day_growth", "growth")):
        value = today[column].value_counts().index[-1]
        visit(f"{key}={value or '~'}")
        assert browser.evaluate(COUNTED).startswith(f"{(today[column] == value).sum()} "), key
    visit("day_sort=customer&day_cols=customer,mark")
    assert sorted(row[0] for row in printed(browser)) == sorted(names(today["customer"]))
    assert browser.evaluate("""(names => names.every((name, at) => !at || name === "без имени" ||
        new Intl.Collator("ru", {numeric: true}).compare(names[at - 1], name) <= 0))""" + f"({NAMES})")
    visit("day_cols=customer,margin,clv,personal_cycle")
    for column, heading in (("margin", 2), ("clv", 3), ("personal_cycle", 4)):
        browser.click(f"{PANEL} [role=columnheader]:nth-child({heading}) button")
        assert f"day_sort=-{column}" in browser.evaluate("location.hash")
        shown = [row[0] for row in printed(browser)]
        held = today.assign(none=today[column] == 0 if column == "personal_cycle" else False,
                            whole=(today[column] / 10_000).round() if column == "margin" else today[column])
        order = held.sort_values(["none", "whole"], ascending=[True, False], kind="stable")
        assert shown == names(order["customer"]), column
    assert browser.console() == []


def test_s3_25_a_tick_is_a_call_that_stays(visit, browser: Browser, tmp_path: Path) -> None:
    browser.downloads(tmp_path)
    visit()
    count = len(findings().today)
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE} === 'сделано 1 из {count}'")
    assert not browser.evaluate(f"{CARD}.open")
    browser.press("ArrowDown")
    browser.press(" ")
    browser.until(f"{DONE} === 'сделано 2 из {count}'")
    visit()
    assert browser.evaluate(DONE) == f"сделано 2 из {count}"
    assert browser.evaluate(f"document.querySelectorAll('{PANEL} .row.done').length") == 2
    assert visit("day_mark=none").evaluate(COUNTED).startswith(f"{count - 2} ")
    visit()
    browser.click(f"{PANEL} .row.done .tick input")
    browser.until(f"{DONE} === 'сделано 1 из {count}'")
    browser.click("[aria-controls=today-marks-panel]")
    browser.evaluate("window.showSaveFilePicker = undefined")
    browser.click("#today-mark-user")
    browser.type("Ольга")
    browser.press("Tab")
    browser.click("#today-save-marks")
    told = json.loads(browser.saved().read_text(encoding="utf-8"))["marks"]
    ids = findings().today["customer_id"].tolist()
    assert {each["customer_id"]: each["outcome"] for each in told} == {ids[0]: "", ids[1]: "called"}
    assert abs(datetime.fromisoformat(told[1]["at"]).timestamp() - time.time()) < 300


def test_an_older_mark_is_no_contact_of_this_list_and_comes_back_with_the_tick(visit) -> None:
    browser, who = visit(), findings().today.iloc[0]["customer_id"]
    then = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    old = {who: {"outcome": "wrote", "note": "весной", "next": "", "at": then}}
    browser.evaluate(f"localStorage.setItem('rfm:rfm:', {json.dumps(json.dumps(old))})")
    visit()
    assert browser.evaluate(DONE).startswith("сделано 0 ")
    assert "Написали" in browser.evaluate(f"document.querySelector('{PANEL} .rows .row small').textContent")
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE}.startsWith('сделано 1 ')")
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE}.startsWith('сделано 0 ')")
    stored = json.loads(browser.evaluate("localStorage.getItem('rfm:rfm:')"))
    assert stored == old


def older(visit, ago: int, **values: str) -> tuple[Browser, str]:
    """The list opened with a mark of some days ago on its first customer, and who that is."""
    browser, who = visit(), str(findings().today.iloc[0]["customer_id"])
    then = (datetime.now(UTC) - timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    old = {who: {"outcome": "wrote", "note": "весной", "next": "", "at": then, **values}}
    browser.evaluate(f"localStorage.setItem('rfm:rfm:', {json.dumps(json.dumps(old))})")
    return visit(), who


def kept(browser: Browser, who: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(browser.evaluate("localStorage.getItem('rfm:rfm:')"))[who]
    return found


@pytest.mark.parametrize(("ahead", "note_days", "stays"), [(-1, 3, False), (0, 3, True), (9, 0, True)])
def test_a_tick_and_an_outcome_leave_out_what_an_older_mark_planned_for_days_past(
        visit, ahead: int, note_days: int, stays: bool) -> None:
    day = visit().evaluate(f"new Date(Date.now() + {ahead} * 864e5).toLocaleDateString('sv')")
    outcome = "wrote" if note_days else ""
    browser, who = older(visit, note_days, outcome=outcome, next=day)
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE}.startsWith('сделано 1 ')")
    told = kept(browser, who)
    assert (told["outcome"], told["next"], told["note"]) == (
        "called", day if stays else "", "" if note_days else "весной")
    browser, who = older(visit, note_days, outcome=outcome, next=day)
    browser.click(f"{PANEL} .rows .row .reason")
    browser.until(f"{CARD}.open")
    browser.click("dialog input[name=outcome][value=refused]")
    assert kept(browser, who) | {"at": ""} == told | {"outcome": "refused", "at": ""}
    assert browser.evaluate("['note', 'next'].map(name => document.getElementById(`mark-${name}`).value)") == [
        told["note"], told["next"]]


@pytest.mark.parametrize("other_tab", [False, True])
def test_a_tick_that_a_file_may_have_told_is_taken_back_by_a_mark_of_today(
        visit, tmp_path: Path, other_tab: bool) -> None:
    browser, who = older(visit, 3)
    browser.downloads(tmp_path)
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE}.startsWith('сделано 1 ')")
    if other_tab:
        browser.evaluate("dispatchEvent(new StorageEvent('storage', {key: 'rfm:saved'}))")
    else:
        browser.evaluate("window.showSaveFilePicker = undefined")
        browser.click("[aria-controls=today-marks-panel]")
        browser.click("#today-mark-user")
        browser.type("Ольга")
        browser.press("Tab")
        browser.click("#today-save-marks")
        assert json.loads(browser.saved().read_text(encoding="utf-8"))["marks"][0]["outcome"] == "called"
        assert browser.evaluate("localStorage.getItem('rfm:saved')")
    browser.click(f"{PANEL} .tick input")
    browser.until(f"{DONE}.startsWith('сделано 0 ')")
    key = "rfm:rfm:" if other_tab else "rfm:rfm:%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0"
    told = json.loads(browser.evaluate(f"localStorage.getItem('{key}')"))[who]
    assert (told["outcome"], told["note"], told["next"]) == ("", "", "")
    assert abs(datetime.fromisoformat(told["at"]).timestamp() - time.time()) < 300


def test_a_card_says_what_to_do_and_what_it_brings_or_why_not(visit, browser: Browser) -> None:
    today, texts = findings().today, Catalogue("ru", "RUB")
    visit()
    browser.click(f"{PANEL} .rows .row .reason")
    browser.until(f"{CARD}.open")
    text = plainly(browser.evaluate(f"{CARD}.textContent"))
    what = plain(actions(today, findings().worklist.rules.actions, texts).iloc[0])
    assert plainly(reasons(today, texts).iloc[0]) in text
    assert what in text
    assert plainly(texts.amount(round(today.iloc[0]["expected"] / 10_000) * 10_000)) in text
    assert browser.evaluate("document.querySelectorAll('.gain dt').length") == 7
    browser.click(".copy")
    browser.until("document.querySelector('.copy + [role=status]').textContent === 'Скопировано.'")
    browser.click("#mark-note")
    browser.press("Control+v")
    browser.until(f"document.getElementById('mark-note').value === {json.dumps(what)}")
    browser.press("Escape")
    browser.until("!location.hash.includes('customer=')")
    shown = {}
    for state, rows in findings().snapshot[findings().snapshot["state"] != "listed"].groupby("state"):
        visit(f"customer={rows.iloc[0]['customer_id']}")
        browser.until(f"{CARD}.open")
        shown[state] = browser.evaluate("document.querySelector('.off-list').textContent")
    assert len({*shown.values()}) == len(shown) >= 6
    assert "не раньше" in shown["waits"]
    visit(f"customer={today.iloc[0]['customer_id']}", "seed")
    browser.until(f"{CARD}.open")
    assert browser.evaluate("document.querySelectorAll('.gain dt').length") == 6
    assert browser.console() == []


def test_s3_24_contacts_become_a_file_for_excel(visit, browser: Browser, tmp_path: Path) -> None:
    browser.downloads(tmp_path)
    visit("day_tag=long_silent&day_cols=customer,favourite,uplift,return_rate,reason")
    browser.click("#save-contacts")
    saved = browser.saved()
    content = saved.read_bytes()
    assert saved.name == "contacts-2026-11-21.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";")
    kept = findings().today[findings().today["risk_tag"] == "long_silent"]
    assert [line[-1] for line in lines] == kept["customer_id"].tolist()
    assert [line[head.index("Телефон")] for line in lines] == [f"'{each}" if each else "" for each in kept["phone"]]
    assert [line[head.index("Почта")] for line in lines] == kept["email"].tolist()
    weights = [float(line[head.index("Вес молчания")].replace(",", ".")) for line in lines]
    assert weights == pytest.approx(kept["uplift"].tolist(), abs=0.006)
    assert not any(cell.startswith(("=", "+", "@", "-", "\t", "\r")) for line in lines for cell in line)
    assert any(cell.startswith("'") and "cmd" in cell for line in lines for cell in line)


def test_s3_24_any_order_of_the_base_is_found_from_the_list(visit) -> None:
    orders, listed = findings().orders, set(findings().today["customer_no"])
    returned = orders[orders["returned"] & ~orders["customer_no"].isin(listed)
                      & orders["documents"].str.fullmatch("РТ-[0-9]+")].iloc[0]
    browser = visit()
    browser.press("/")
    browser.type(returned["documents"])
    browser.until("!document.getElementById('today-others').hidden")
    assert browser.evaluate(COUNTED).startswith("0 ")
    assert " 1 " in browser.evaluate("document.getElementById('today-others').textContent")
    browser.click("#today-others")
    browser.until("document.getElementById('tab-customers').ariaSelected === 'true'")
    assert browser.evaluate("rfm.rows()") == 1
    here = orders[orders["customer_no"].isin(listed) & orders["order"].str.fullmatch("ТД00-[0-9]+")].iloc[5]
    own = findings().today.set_index("customer_no").loc[here["customer_no"]]
    visit(f"day_q={here['order'].lower()}")
    assert browser.evaluate(NAMES) == names([own["customer"]])
    goods_sought = findings().today["favourite"].str.contains("Перчатки").sum()
    visit("day_q=%D0%BF%D0%B5%D1%80%D1%87%D0%B0%D1%82%D0%BA%D0%B8")
    assert 0 < goods_sought == int(browser.evaluate(COUNTED).split()[0])


def test_an_edition_without_contacts_holds_no_phone(visit, browser: Browser, tmp_path: Path) -> None:
    browser.downloads(tmp_path)
    visit("", "bare")
    assert "+7 912 000-00-1" not in browser.evaluate("document.documentElement.textContent")
    browser.click("#save-contacts")
    text = browser.saved().read_text(encoding="utf-8-sig")
    assert "Телефон" not in text
    assert "+7 912 000-00-1" not in text
    assert "@example.org" not in text


def test_the_three_cards_of_goods_unfold_and_rest(visit) -> None:
    browser = visit()
    rows = "document.querySelectorAll('.alert-push .goods li').length"
    assert browser.evaluate(rows) == 4
    assert browser.evaluate("document.querySelector('.alert-push .alert-count').textContent") == "9"
    browser.click(".alert-push .button")
    assert browser.evaluate(rows) == 9
    assert "маржа −5" in plainly(browser.evaluate("document.querySelector('.alert-margin').textContent"))
    assert "вернули 41" in browser.evaluate("document.querySelector('.alert-returns').textContent")
    assert "себестоимость" in browser.evaluate("document.querySelector('.alert-margin').textContent")
    visit("", "none")
    assert browser.evaluate("document.querySelectorAll('.calm').length") == 3
    assert "Сегодня связываться ни с кем не нужно." in browser.evaluate("document.body.textContent")
    assert browser.console() == []


def test_the_language_changes_at_once(visit) -> None:
    browser, seen = visit("day_tier=high"), set()
    for language in ("en", "zh", "tr", "ru"):
        browser.evaluate(f"""(() => {{ const chosen = document.getElementById("language");
            chosen.value = "{language}"; chosen.dispatchEvent(new Event("change")); }})()""")
        browser.painted()
        seen.add(browser.evaluate(f"document.querySelector('{PANEL} .reason').textContent + {COUNTED}"))
    assert len(seen) == 4
    assert "day_tier=high" in browser.evaluate("location.hash")


def test_paper_holds_the_list(visit) -> None:
    assert len(printed(visit())) == len(findings().today)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nobody_is_left_out(visit, browser: Browser, dark: bool) -> None:
    browser.theme(dark=dark)
    visit()
    browser.click(f"{PANEL} .tick input")
    browser.click("[aria-controls=today-filters-panel]")
    assert axe_faults(browser) == []
    visit(f"customer={findings().today.iloc[0]['customer_id']}")
    assert axe_faults(browser) == []


def test_it_fits_an_office_screen_a_large_one_and_a_phone(visit, browser: Browser) -> None:
    for width, height in ((1366, 768), (1920, 1080), (390, 844)):
        browser.resize(width, height)
        visit()
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.evaluate(f"""(() => {{ const grid = document.querySelector('{PANEL} .grid');
            return grid.scrollWidth <= grid.clientWidth + 1; }})()"""), width
        overlaps = browser.evaluate(f"{OVERLAPS}({json.dumps(LAID)})")
        assert overlaps == 0, width
    assert browser.evaluate(f"document.querySelectorAll('{PANEL} .cell.card a[href^=\"tel:\"]').length") > 0
    browser.click(f"{PANEL} .cell.card .tick input")
    browser.until(f"{DONE}.startsWith('сделано 1 ')")
