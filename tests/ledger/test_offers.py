"""Offers in the ledger: who was once due stays so, and what becomes of them where customers are joined."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from rfm_service.domain.tables import OFFERS
from rfm_service.domain.values import day_number
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.offers import keep, offers
from tests.ledger.books import DAY, ledger_in, line, query, tell

LATER = DAY + timedelta(days=1)


def ledger_of(folder: Path) -> Ledger:
    ledger = ledger_in(folder)
    tell(ledger, [line(each, customer=each, customer_key=each) for each in "abc"])
    return ledger


def offer(ledger: Ledger, day: date, *due: tuple[str, str, bool]) -> None:
    """Keep what a night offers: campaign, customer, whether held back."""
    numbers = dict(query(ledger, "SELECT told, customer_no FROM customers"))
    rows = [(campaign, numbers[told], day_number(day), "loyal", back) for campaign, told, back in due]
    with ledger.warehouse.rows() as connection:
        keep(connection, pd.DataFrame(rows, columns=list(OFFERS)).astype(OFFERS))


def kept(ledger: Ledger, through: date = LATER) -> list[tuple[str, str, int, bool]]:
    """Campaign, customer, days after DAY, whether held back."""
    frame = offers(ledger.warehouse, through)
    pd.testing.assert_frame_equal(frame, frame.astype(OFFERS))
    pd.testing.assert_frame_equal(frame, frame.sort_values(["campaign", "customer_no"], ignore_index=True))
    names = dict(query(ledger, "SELECT customer_no, told FROM customers"))
    return [(row.campaign, names[row.customer_no], row.day - day_number(DAY), row.held) for row in frame.itertuples()]


def test_a_second_run_of_a_night_keeps_who_was_due_in_the_first(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    offer(ledger, DAY, ("q", "a", False), ("q", "b", True))
    offer(ledger, DAY, ("q", "b", False), ("q", "c", False))
    assert kept(ledger) == [("q", "a", 0, False), ("q", "b", 0, True), ("q", "c", 0, False)]
    assert kept(ledger, DAY - timedelta(days=1)) == []


def test_offers_follow_their_customer_and_the_first_one_stands(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    offer(ledger, DAY, ("early", "b", True), ("tie", "a", False), ("tie", "b", True), ("other", "b", False))
    offer(ledger, LATER, ("early", "a", False), ("early", "c", False))
    apart = kept(ledger)
    ledger.merge("a", "b", "word")
    assert kept(ledger) == [("early", "a", 0, True), ("early", "c", 1, False), ("other", "a", 0, False),
                            ("tie", "a", 0, True)]
    ledger.unmerge("a", "b", "word")
    assert kept(ledger) == apart
    assert len(apart) == 6
