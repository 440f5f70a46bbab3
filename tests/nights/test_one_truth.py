"""Screens, workbook, lists, paper, files for programs and chats of one night say the same."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
from openpyxl import load_workbook

from rfm_service.domain.outreach import OFF_LISTS
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.texts.catalogue import Catalogue
from rfm_service.texts.labels import segment_labels
from rfm_service.texts.plain import plain as visible
from tests.dashboard.reading import opened
from tests.nights.company import ALL, company
from tests.programs import program

DAY = date(2026, 11, 20)
TEXTS = Catalogue("en", "RUB")
LABELS = segment_labels(TEXTS)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The files of an ordinary second night, and what report chats were told."""
    shop = GeneratedShop(5, 9_000, 400, last_day=DAY)
    with company(tmp_path_factory.mktemp("truth"), shop, start=DAY - timedelta(days=399), renderers=ALL) as firm:
        firm.good_night(DAY - timedelta(days=1))
        firm.good_night(DAY)
        yield firm.files("latest"), firm.told(2002)[-1], firm.table(DAY, "customers.csv"), firm.table(DAY, "moves.csv")


def scaled(amount):
    return int(Decimal(amount) * 10_000)


def segments(customers):
    """Segment -> customers, money in 1/10 000."""
    found = {}
    for row in customers:
        count, money = found.get(row["segment"], (0, 0))
        found[row["segment"]] = (count + 1, money + scaled(row["monetary"]))
    return found


def totals(customers):
    return (len(customers), sum(int(row["frequency"]) for row in customers),
            sum(scaled(row["monetary"]) for row in customers))


def sheets(content):
    book = load_workbook(BytesIO(content), data_only=True)
    return {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames}


def column(rows, heading):
    place = rows[0].index(heading)
    return [row[place] for row in rows[1:]]


def plain(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).replace("\u202f", " ").replace("\u00a0", " ")


def shown(told):
    return told.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_manifest(report):
    files, _, customers, moves = report
    told, (count, orders, revenue) = json.loads(files["manifest.json"]), totals(customers)
    assert told["rows"] == {"customers": count, "moves": len(moves)}
    assert (told["totals"]["orders"], scaled(told["totals"]["revenue"])) == (orders, revenue)
    assert len(moves) > 0


def test_the_workbook(report):
    files, _, customers, moves = report
    book, expected = sheets(files["RFM.xlsx"]), segments(customers)
    rows = book["Customers"]
    assert (len(rows) - 1, sum(column(rows, "Orders"))) == totals(customers)[:2]
    assert {key: scaled(f"{money:.4f}") for key, money in zip(
        column(rows, "Customer id"), column(rows, "Spent, ₽"), strict=True)} == {
        row["customer_id"]: scaled(row["monetary"]) for row in customers}
    told = {row[0]: row for row in book["Segments"][1:] if row[0]}
    heads = book["Segments"][0]
    counts, money = heads.index("Customers"), heads.index("Money, ₽")
    assert {LABELS[segment]: (count, amount) for segment, (count, amount) in expected.items()} == {
        name: (row[counts], scaled(f"{row[money]:.4f}")) for name, row in told.items()
        if name not in ("Total",) and row[counts]}
    assert Counter(column(book["Moves"], "Customer id")) == Counter(row["customer_id"] for row in moves)


def test_the_lists_hold_every_customer_who_may_be_contacted_once(report):
    files, _, customers, _ = report
    found = Counter()
    for name, content in files.items():
        if name.startswith("managers/"):
            rows = next(rows for rows in sheets(content).values() if rows and "Customer" in rows[0])
            found.update(key for key in column(rows, "Customer id") if key)
    assert found == Counter(row["customer_id"] for row in customers if row["state"] not in OFF_LISTS)
    assert {row["state"] for row in customers} & {*OFF_LISTS}


def test_the_dashboard(report):
    files, _, customers, moves = report
    facts, sections = opened(files["dashboard.html"])
    count, orders, revenue = totals(customers)
    assert (facts["customers"], facts["figures"]["orders"], facts["money"]) == (count, orders, revenue)
    rows = sections["customers"]
    for name in ("frequency", "recency_days", "segment", "tier", "manager", "customer"):
        assert dict(zip(rows["customer_id"], map(str, rows[name]), strict=True)) == {
            row["customer_id"]: visible(row[name]) for row in customers}, name
    assert dict(zip(rows["customer_id"], rows["monetary"], strict=True)) == {
        row["customer_id"]: scaled(row["monetary"]) for row in customers}
    assert set(zip(sections["moves"]["customer_id"], sections["moves"]["from_segment"], sections["moves"]["to_segment"],
                   strict=True)) == {(row["customer_id"], row["from_segment"], row["to_segment"]) for row in moves}
    of_orders = Counter()
    for row, amount, counts in zip(*(sections["orders"][name] for name in ("row", "amount", "counts")), strict=True):
        of_orders[row] += amount
        of_orders["counts"] += counts
    assert of_orders.pop("counts") == orders
    assert dict(of_orders) == dict(enumerate(rows["monetary"]))


def test_the_morning_page_on_screen_and_on_paper(report, tmp_path):
    files, _, customers, moves = report
    (tmp_path / "summary.pdf").write_bytes(files["summary.pdf"])
    paper = subprocess.run([program("pdftotext", "poppler-utils"), "-layout", str(tmp_path / "summary.pdf"), "-"],
                           check=True, capture_output=True, encoding="utf-8").stdout
    count, orders, revenue = totals(customers)
    for page in (plain(files["summary.html"].decode()), re.sub(r"\s+", " ", shown(paper))):
        for figure in (TEXTS.number(count), TEXTS.number(orders), TEXTS.compact(revenue),
                       TEXTS.amount(revenue // orders)):
            assert shown(figure) in page
        for segment, (members, money) in segments(customers).items():
            row = rf"{LABELS[segment]} {TEXTS.number(members)} [\d.]+ ?% {re.escape(shown(TEXTS.compact(money)))}"
            assert re.search(row, page), row
        assert f"{TEXTS.number(len(moves))} customers changed segment" in page


def test_the_caption(report):
    _, told, customers, moves = report
    count, orders, revenue = totals(customers)
    assert f"Customers: {TEXTS.number(count)}, orders: {TEXTS.number(orders)}" in told
    assert TEXTS.compact(revenue) in told
    assert f"Changed segment: {TEXTS.number(len(moves))}" in told
