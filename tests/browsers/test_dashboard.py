"""dashboard.html as people use it, in both browsers, opened from a folder."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from rfm_service.domain.findings import Findings
from rfm_service.inbox import reading
from rfm_service.renderers.dashboard import Renderer
from rfm_service.texts.catalogue import Catalogue
from tests.browsers.axe import axe_faults
from tests.browsers.browser import Browser
from tests.renderers.findings import make_findings

pytestmark = pytest.mark.slow

OPENED = 'performance.getEntriesByName("rows").length > 0'
SHOWN = """[...document.querySelectorAll(".rows .row")].sort((one, other) => one.ariaRowIndex - other.ariaRowIndex)
    .map(row => row.%s.textContent)"""
ROWS, IDS = SHOWN % "firstChild", SHOWN % "lastChild"
CARD = 'document.querySelector("dialog")'
CARD_OPEN = f"{CARD}.open"
PASSWORD = "синий трактор 42"


@cache
def findings() -> Findings:
    return make_findings(400, hostile=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages: of everybody, with a password, without contacts."""
    made = tmp_path_factory.mktemp("dashboards")
    for name, renderer in (("open", Renderer()), ("locked", Renderer(dashboard_password=PASSWORD)),
                           ("bare", Renderer(dashboard_contacts=False))):
        (made / f"{name}.html").write_bytes(renderer.render(findings(), Catalogue("ru", "RUB"))["dashboard.html"])
    return made


@pytest.fixture
def visit(browser: Browser, folder: Path):
    def go(address: str = "", name: str = "open") -> Browser:
        browser.open("about:blank")
        browser.open(f"{(folder / name).as_uri()}.html#tab=customers&{address}")
        browser.until(OPENED)
        return browser

    return go


def customer(**wanted: object) -> dict[str, object]:
    rows = findings().snapshot
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return rows.iloc[0].to_dict()


def search(browser: Browser, text: str) -> int:
    return browser.evaluate(f"rfm.search({json.dumps(text)}).then(() => rfm.rows())")


def test_it_asks_for_nothing_and_runs_nothing(visit) -> None:
    browser = visit()
    for name, holders in (("alert(1)", 3), ("img src", 1), ("{{ 7", 1), ("=cmd", 1)):
        assert search(browser, name) == holders, name
        browser.click(".rows .row")
        browser.until(CARD_OPEN)
        browser.press("Escape")
        browser.until(f"!{CARD_OPEN}")
    for lang in ("en", "zh", "tr"):
        visit(f"lang={lang}&q=%3C%2Fscript%3E%3Cscript%3Ealert(1)&segment=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert (browser.requests(), browser.console()) == ([], [])


def test_words_are_found_where_people_look(visit) -> None:
    browser, rows = visit("cols=customer,customer_id"), findings().snapshot
    assert search(browser, "") == len(rows) == 400
    assert search(browser, "меридиан") == rows["customer"].str.contains("Меридиан").sum()
    assert search(browser, "ПЕТР ильин") == search(browser, "Пётр") == 0 + (rows["manager"] == "Пётр Ильин").sum()
    assert search(browser, "buyer77@") == 1
    assert search(browser, "77") < rows["email"].str.contains("77").sum()
    assert search(browser, "МЕPИДИАH") == search(browser, "меридиан")  # P and H of the Latin alphabet
    assert search(browser, "ISTANBUL") == search(browser, "ıstanbul") == 1
    assert search(browser, "нет такого слова") == 0
    orders = findings().orders
    one = orders[orders["order"].str.fullmatch("ТД00-[0-9]+")].iloc[100]
    assert search(browser, one["order"].lower()) == 1
    assert browser.evaluate(IDS) == [customer(customer_no=one["customer_no"])["customer_id"]]
    assert search(browser, one["documents"].split("\n")[0]) == search(browser, one["order"].replace("Т", "T")) == 1
    holders = orders[orders["order"].str.contains("0123") | orders["documents"].str.contains("0123")]
    assert search(browser, "0123") == holders["customer_no"].nunique()


def test_columns_sort_both_ways(visit) -> None:
    browser, rows = visit("cols=customer,customer_id"), findings().snapshot
    for column, descending in (("monetary", True), ("recency_days", False), ("frequency", True),
                               ("tenure_days", False)):
        browser.evaluate(f"rfm.sort({json.dumps(column)}, {json.dumps(descending)})")
        order = rows.sort_values([column, "monetary", "customer_id"], ascending=[not descending, False, True])
        assert browser.evaluate(IDS)[:20] == order["customer_id"].head(20).tolist(), column
    browser.evaluate('rfm.sort("customer", false)')
    visit("sort=customer")
    assert browser.evaluate('document.querySelector("[aria-sort=ascending]").textContent').startswith("Покупатель")
    assert browser.evaluate("""(names => names.every((name, at) =>
        !at || new Intl.Collator("ru", {numeric: true}).compare(names[at - 1], name) <= 0))""" + f"({ROWS})")


def test_filters_live_in_the_address(visit) -> None:
    browser, rows = visit("segment=loyal,at_risk&recency_days=30..200"), findings().snapshot
    kept = rows[rows["segment"].isin(["loyal", "at_risk"]) & rows["recency_days"].between(30, 200)]
    assert browser.evaluate("rfm.rows()") == len(kept)
    browser.click("[aria-controls=filters-panel]")
    browser.click("#filters-panel .boxes fieldset:nth-of-type(2) .check:first-child input")
    address = browser.evaluate("location.hash")
    assert "tier=whale" in address
    narrower = browser.evaluate("rfm.rows()")
    assert narrower == (kept["tier"] == "whale").sum()
    browser.evaluate("history.back()")
    browser.until(f"rfm.rows() === {len(kept)}")
    assert visit(address.removeprefix("#")).evaluate("rfm.rows()") == narrower
    moved = rows[(rows["segment"] != rows["previous_segment"]) & (rows["segment"] == "sleeping")]
    assert visit("to=sleeping").evaluate("rfm.rows()") == len(moved)
    assert visit("manager=~").evaluate("rfm.rows()") == (rows["manager"] == "").sum()
    assert visit("cols=customer,email").evaluate('document.querySelectorAll("[role=columnheader]").length') == 2


def test_what_is_filtered_becomes_a_file_for_excel(visit, browser: Browser, tmp_path: Path) -> None:
    browser.downloads(tmp_path)
    visit("segment=loyal,champions")
    browser.click("#save-table")
    content = browser.saved().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";")
    rows = findings().snapshot
    kept = rows[rows["segment"].isin(["loyal", "champions"])]
    assert sorted(line[-1] for line in lines) == sorted(kept["customer_id"])
    money = [round(float(line[head.index("Потратил, ₽")].replace(",", ".")) * 10_000) for line in lines]
    assert sum(money) == kept["monetary"].sum()
    assert all(line[head.index("Ожидается за 90 дней, ₽")].isdecimal() for line in lines)
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for line in lines for cell in line)
    assert visit("cols=customer,category").evaluate("rfm.rows()") == 400
    browser.click("#save-table")
    text = browser.saved().read_text(encoding="utf-8-sig")
    assert "'=cmd|'/C calc'!A0" in text
    assert "'=СЕТЬ()" in text


def test_a_card_says_who_and_why(visit) -> None:
    orders = findings().orders.groupby("customer_no").size()
    number = orders[orders > 9].index[0]
    who = customer(customer_no=number)
    browser = visit(f"customer={who['customer_id']}")
    browser.until(CARD_OPEN)
    text = browser.evaluate(f"{CARD}.textContent")
    assert browser.evaluate("document.querySelectorAll('.orders tbody tr').length") == orders[number]
    assert browser.evaluate("document.querySelectorAll('.rhythm circle').length") == orders[number]
    assert "Почему этот сегмент" in text
    assert browser.evaluate("document.querySelectorAll('.why li').length") > 0
    assert browser.evaluate("document.activeElement.id") == "card-name"
    browser.press("Escape")
    browser.until(f"!{CARD_OPEN}")
    browser.until("!location.hash.includes('customer=')")


def test_keys_are_enough(visit) -> None:
    browser = visit()
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "search"
    browser.type("альфа")
    browser.press("ArrowDown")
    assert browser.evaluate("document.activeElement.getAttribute('role')") == "grid"
    browser.press("ArrowDown")
    browser.press("ArrowDown")
    name = browser.evaluate("document.querySelector('.row.active').firstChild.textContent")
    browser.press("Enter")
    browser.until(CARD_OPEN)
    assert browser.evaluate("document.getElementById('card-name').textContent") == name == browser.evaluate(ROWS)[2]
    browser.press("Escape")
    browser.press("End")
    assert int(browser.evaluate("document.querySelector('.row.active').ariaRowIndex")) == browser.evaluate(
        "rfm.rows()") + 1
    assert "альфа" in browser.evaluate("decodeURIComponent(location.hash)")


LOAD = """(text => {
    const given = new DataTransfer(), input = document.getElementById("load-marks");
    given.items.add(new File([text], "marks.json"));
    input.files = given.files;
    input.dispatchEvent(new Event("change"));
})"""


def test_marks_of_a_damaged_file_do_no_harm_and_one_taken_away_stays_away(visit, browser: Browser) -> None:
    one, two, three, four = findings().snapshot["customer_id"].head(4)
    good = {"outcome": "called", "note": "", "next": "", "at": "2026-06-01T09:00:00.000Z"}
    told = {"format": 1, "kind": "marks", "user": "x", "marks": [
        {"customer_id": one, **good, "next": "2026-13-45"}, None, {"customer_id": two, "outcome": "called"},
        {"customer_id": three, **good, "outcome": {"a": 1}, "note": ["b"]}, 7, {"customer_id": four, **good}]}
    visit()
    browser.click("[aria-controls=marks-panel]")
    browser.evaluate(f"{LOAD}({json.dumps(json.dumps(told))})")
    browser.until("document.querySelector('.marks-note').textContent.startsWith('Отмечено 3')")
    visit(f"mark=called&customer={one}")
    browser.until(CARD_OPEN)
    assert browser.evaluate("rfm.rows()") == 2
    browser.click("input[name=outcome][value='']")
    browser.press("Escape")
    browser.click("[aria-controls=marks-panel]")
    browser.evaluate(f"{LOAD}({json.dumps(json.dumps(told))})")
    browser.until("document.querySelector('.marks-note').textContent.startsWith('Отмечено 2')")
    assert browser.evaluate("rfm.rows()") == 1
    assert browser.console() == []


def test_marks_stay_and_go_to_a_file(visit, browser: Browser, tmp_path: Path) -> None:
    browser.downloads(tmp_path)
    who = findings().snapshot.iloc[7]["customer_id"]
    visit(f"customer={who}")
    browser.until(CARD_OPEN)
    browser.click("input[name=outcome][value=refused]")
    browser.click("#mark-note")
    browser.type("просил весной")
    browser.press("Escape")
    visit("mark=refused")
    assert browser.evaluate("rfm.rows()") == 1
    assert "просил весной" in browser.evaluate("document.querySelector('.rows .row').textContent")
    browser.evaluate("window.showSaveFilePicker = undefined")
    browser.click("[aria-controls=marks-panel]")
    browser.click("#save-marks")
    assert browser.evaluate("document.activeElement.id") == "mark-user"
    browser.type("Ольга Светлова")
    browser.press("Tab")
    browser.click("#save-marks")
    saved = browser.saved()
    assert saved.name.startswith("marks-Ольга_Светлова-20")
    told = json.loads(saved.read_text(encoding="utf-8"))
    assert {key: told[key] for key in ("format", "kind", "user", "as_of")} == {
        "format": 1, "kind": "marks", "user": "Ольга Светлова", "as_of": "2026-11-20"}
    assert [(each["customer_id"], each["outcome"], each["note"], each["next"]) for each in told["marks"]] == [
        (who, "refused", "просил весной", "")]
    read = reading.read(reading.from_disk(saved), datetime.now(UTC))
    assert [(each.customer_id, each.outcome, each.note, each.author) for each in read.contacts.values()] == [
        (who, "refused", "просил весной", "Ольга Светлова")]
    browser.fresh()
    visit()
    assert browser.evaluate("rfm.rows()") == 400
    browser.click("[aria-controls=marks-panel]")
    browser.evaluate(f"""(() => {{
        const given = new DataTransfer(), input = document.getElementById("load-marks");
        given.items.add(new File([{json.dumps(json.dumps(told))}], "marks.json"));
        input.files = given.files;
        input.dispatchEvent(new Event("change"));
    }})()""")
    browser.until("document.querySelector('.marks-note').textContent.startsWith('Отмечен 1')")
    assert visit("mark=refused").evaluate("rfm.rows()") == 1


def test_a_password_is_asked_for(browser: Browser, folder: Path) -> None:
    browser.open((folder / "locked.html").as_uri() + "#tab=customers&segment=loyal")
    browser.until("Boolean(document.getElementById('password'))")
    browser.type("чужой")
    browser.press("Enter")
    browser.until("document.querySelector('[role=alert]').textContent === 'Пароль не подходит к этому отчёту.'")
    browser.type(PASSWORD)
    browser.press("Enter")
    browser.until(OPENED)
    assert browser.evaluate("rfm.rows()") == (findings().snapshot["segment"] == "loyal").sum()
    assert (browser.requests(), browser.console()) == ([], [])


def test_an_edition_without_contacts_shows_none(visit) -> None:
    browser = visit(f"customer={customer(manager='Пётр Ильин')['customer_id']}", "bare")
    browser.until(CARD_OPEN)
    assert "@example.org" not in browser.evaluate("document.documentElement.textContent")
    assert search(browser, "buyer77@") == 0


def test_the_language_changes_at_once(visit) -> None:
    browser = visit("segment=loyal")
    seen = {}
    for language in ("en", "zh", "tr", "ru"):
        browser.evaluate(f"""(() => {{ const chosen = document.getElementById("language");
            chosen.value = "{language}"; chosen.dispatchEvent(new Event("change")); }})()""")
        browser.painted()
        assert browser.evaluate("document.documentElement.lang") == language
        seen[language] = browser.evaluate("document.querySelector('[role=columnheader]').textContent + ' ' +"
                                          "document.getElementById('counted').textContent")
    assert len(set(seen.values())) == 4
    assert seen["ru"].startswith("Покупатель")
    assert "lang=ru" in browser.evaluate("location.hash")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("shown", ["table", "filters", "columns", "marks", "card"])
def test_nobody_is_left_out(visit, browser: Browser, shown: str, dark: bool) -> None:
    browser.theme(dark=dark)
    visit(f"segment=loyal&{'customer=' + quote(customer(segment='loyal')['customer_id']) if shown == 'card' else ''}")
    if shown not in ("table", "card"):
        browser.click(f"[aria-controls={shown}-panel]")
    assert axe_faults(browser) == []


def test_a_phone_shows_all_of_it(visit, browser: Browser) -> None:
    browser.resize(360, 740)
    visit(f"customer={customer(segment='loyal')['customer_id']}")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    assert browser.evaluate(f"{CARD}.scrollWidth <= {CARD}.clientWidth")


def test_paper_holds_what_is_filtered(visit) -> None:
    browser = visit("segment=loyal")
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate("document.querySelectorAll('#printed tbody tr').length") == browser.evaluate("rfm.rows()")
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert browser.evaluate("document.querySelectorAll('#printed').length") == 0
    assert browser.console() == []
