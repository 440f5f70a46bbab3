"""The list of the day over nights: what is noted down takes a customer off it, and who is held back is never on it."""

from __future__ import annotations

import os
from datetime import date, timedelta

from rfm_service.domain.values import customer_id, day_number
from rfm_service.emulator.shop import ListShop, Partner
from rfm_service.ledger.offers import offers
from tests.inbox.filling import fill, ids, mark, marks
from tests.nights.company import Company, Row, sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
LISTS = '["machine_tables", "lists"]'
BUYERS = [f"Покупатель {at}" for at in range(24)]


def shop() -> ListShop:
    """Everybody bought weekly for two months and stopped a month ago."""
    lines = [sale(f"{at}-{week}", DAY - timedelta(days=30 + 7 * week), 100 + at, buyer)
             for at, buyer in enumerate(BUYERS) for week in range(8)]
    made = shop_of(*lines, sale("n", NEXT, 50, "Новый"))
    for buyer in BUYERS:
        made.add_partner(Partner(buyer, manager="Ольга", do_not_contact=buyer == BUYERS[3]))
    return made


def states(rows: dict[str, Row]) -> dict[str, str]:
    return {name: row["state"] for name, row in rows.items()}


def workbook(firm: Company, day: date) -> bytes:
    (content,) = (content for name, content in firm.files(day.isoformat()).items() if "olga" in name)
    return content


def test_s3_25_what_is_noted_down_takes_customers_off_the_next_list(firm) -> None:
    one = firm(shop(), renderers=LISTS, publish="[outreach]\ncapacity = 0")
    before = states(one.good_night(DAY))
    assert before == {buyer: "do_not_contact" if buyer == BUYERS[3] else "listed" for buyer in BUYERS}
    listed = ids(workbook(one, DAY))
    assert customer_id(BUYERS[3]) not in listed
    filled = fill(workbook(one, DAY), {2 + listed.index(customer_id(BUYERS[0])): {"outcome": "Refused"},
                                       2 + listed.index(customer_id(BUYERS[1])): {"outcome": "Called"}})
    told = {"olga.xlsx": filled, "marks.json": marks(mark(customer_id(BUYERS[2]), at="2026-06-11T09:00:00Z"))}
    for name, content in told.items():
        path = one.folder / "reports" / "inbox" / name
        path.write_bytes(content)
        os.utime(path, (1_780_000_000, 1_780_000_000))
    after = states(one.good_night(NEXT))
    assert [after[buyer] for buyer in BUYERS[:5]] == ["refused", "waits", "waits", "do_not_contact", "listed"]
    assert customer_id(BUYERS[0]) not in ids(workbook(one, NEXT))
    assert states(one.good_night(NEXT + timedelta(days=7)))[BUYERS[1]] == "listed"


def test_s3_12_a_sales_manager_has_no_more_than_a_day_takes(firm) -> None:
    one = firm(shop(), publish="[outreach]\ncapacity = 5")
    rows = one.good_night(DAY)
    listed = {name for name, state in states(rows).items() if state == "listed"}
    assert len(listed) == 5
    least = min(float(rows[name]["priority"]) for name in listed)
    assert all(float(row["priority"]) <= least for row in rows.values() if row["state"] == "full")


def test_who_is_held_back_is_never_on_a_list_and_stays_held_back_for_the_campaign(firm) -> None:
    one = firm(shop(), renderers=LISTS, publish="[outreach]\ncapacity = 0\n[holdout]\npercent = 30")
    first = states(one.good_night(DAY))
    held = {name for name, state in first.items() if state == "held"}
    assert 0 < len(held) < len(BUYERS) / 2
    assert not set(map(customer_id, held)) & set(ids(workbook(one, DAY)))
    one.publish = one.publish.replace("30", "50")
    second = states(one.good_night(NEXT))
    # Who was on a list before stays on it, whatever the share is now: the groups are those of the first night.
    assert {name for name, state in second.items() if state == "held" and name in first} == held
    again = one.files(NEXT.isoformat())
    one.good_night(NEXT)
    assert {name: content for name, content in one.files(NEXT.isoformat()).items() if name != "manifest.json"} == {
        name: content for name, content in again.items() if name != "manifest.json"}
    kept = offers(one.ledger.warehouse, NEXT)
    assert kept["held"].sum() == len(held)
    assert (kept["day"] == day_number(DAY)).sum() == len(first) - 1


def test_a_list_is_the_same_all_day_but_for_who_refused(firm) -> None:
    """Marks that come in at noon, and a second run: nobody else comes onto the list, and what was offered stays."""
    one = firm(shop(), publish="[outreach]\ncapacity = 5")
    before = states(one.good_night(DAY))
    listed = [name for name, state in before.items() if state == "listed"]
    for at, (name, outcome) in enumerate(zip(listed, ("called", "refused"), strict=False)):
        path = one.folder / "reports" / "inbox" / f"marks-{at}.json"
        path.write_bytes(marks(mark(customer_id(name), outcome, at="2026-06-11T09:00:00Z")))
        os.utime(path, (1_780_000_000, 1_780_000_000))
    after = states(one.good_night(DAY))
    assert after[listed[1]] == "refused"
    assert {name for name, state in after.items() if state == "listed"} >= set(listed) - {listed[1]}
