"""Past nights from stored facts: filled, compared, and what other settings would make of the newest one."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from tests.nights.company import sale, shop_of

DAY = date(2026, 6, 10)
OLD = date(2026, 1, 15)


def command(firm, *arguments):
    return CliRunner().invoke(app, [arguments[0], "--settings", str(firm.settings), *arguments[1:]])


def replay(firm, first, last, *more):
    result = command(firm, "replay", "--from", first.isoformat(), "--to", last.isoformat(), *more)
    assert result.exit_code == 0, result.output
    return result.output


def many(customers, until=DAY, seed=3):
    """A shop in which customers buy now and then from the start of the year."""
    draw, lines = random.Random(seed), []
    for who in range(customers):
        at = date(2026, 1, 1) + timedelta(days=draw.randint(0, 120))
        while at <= until:
            lines.append(sale(f"{who}-{at:%m%d}", at, draw.randint(50, 90_000), buyer=f"Покупатель {who:03}"))
            at += timedelta(days=draw.randint(3, 60))
    return lines


def kept(firm, day):
    found = firm.ledger.kept(day)
    return found.snapshot, firm.ledger.moves(day), found.cuts


@pytest.mark.slow
def test_replay_fills_missing_nights_as_they_would_have_been(firm):
    """Nights that ran one by one, and the same nights replayed in another company's ledger, are the same."""
    lines, nights = many(130), [DAY - timedelta(days=back) for back in (3, 2, 1, 0)]
    one, other = firm(shop_of(*lines)), firm(shop_of(*lines))
    for day in nights:
        one.good_night(day)
    other.good_night(nights[-1])
    told = replay(other, nights[0], nights[-1])
    assert told.count("was missing") == 3
    assert "is kept" in told.splitlines()[-1]
    for day in nights[:-1]:
        for ran, filled in zip(kept(one, day)[:2], kept(other, day)[:2], strict=True):
            assert ran.drop(columns="document_no", errors="ignore").equals(
                filled.drop(columns="document_no", errors="ignore"))
        assert kept(one, day)[2] == kept(other, day)[2]


def test_replay_fetches_nothing_sends_nothing_and_publishes_nothing(firm):
    firm = firm(shop_of(*many(20)))
    firm.good_night(DAY)
    asked, sent, published = len(firm.onec.requests), len(firm.chat.sent), firm.files("latest")
    replay(firm, DAY - timedelta(days=9), DAY)
    assert (len(firm.onec.requests), len(firm.chat.sent), firm.files("latest")) == (asked, sent, published)
    assert {path.name for path in (firm.folder / "reports").iterdir() if path.is_dir()} == {
        "inbox", "latest", str(DAY)}
    assert {line["run"] for line in firm.diary()} == {firm.diary()[0]["run"]}


def test_replay_can_publish_the_nights_that_never_were(firm):
    firm = firm(shop_of(*many(20)))
    firm.good_night(DAY)
    latest, before = firm.files("latest"), DAY - timedelta(days=2)
    assert str(before) in replay(firm, before, DAY, "--report")
    assert len(firm.customers(before)) == len(kept(firm, before)[0])
    assert firm.files("latest") == latest
    assert "Report" not in replay(firm, before, DAY, "--report")


def test_a_kept_night_comes_out_the_same_as_known_then_whatever_came_late(firm):
    shop = shop_of(*many(130))
    firm = firm(shop)
    firm.good_night(DAY)
    before = kept(firm, DAY)[0]
    shop.swap([*(line for line in shop.lines(date(2026, 1, 1), DAY + timedelta(days=1)) if line.sale_id != "7-0601"),
               sale("late-1", DAY - timedelta(days=5), 40_000, buyer="Покупатель 001"),
               sale("late-2", DAY - timedelta(days=4), 40_000, buyer="Покупатель 001")])
    firm.good_night(DAY + timedelta(days=1))
    told = replay(firm, DAY, DAY)
    assert "As known then it comes out the same." in told
    assert "late-1, came late: ₽0.00 → ₽40,000.00" in told
    assert "late-2, came late" in told
    assert kept(firm, DAY)[0].equals(before)


def test_the_differences_between_then_and_now_are_those_of_the_listed_documents(firm):
    """With the listed documents undone by hand, as known now equals as known then."""
    shop = shop_of(*many(130))
    firm = firm(shop)
    firm.good_night(DAY)
    old = list(shop.lines(date(2026, 1, 1), DAY + timedelta(days=1)))
    gone, corrected = old[-1], old[-2]
    late = sale("late", DAY, 40_000, buyer="Покупатель 001")
    shop.swap([*old[:-2], corrected._replace(amount=corrected.amount + 7), late])
    firm.good_night(DAY + timedelta(days=1))
    listed = [line.split() for line in replay(firm, DAY, DAY).splitlines() if line.startswith("  ")]
    assert {(line[1].rstrip(","), line[2].rstrip(":")) for line in listed} == {
        (gone.sale_id, "vanished"), (corrected.sale_id, "corrected"), ("late", "came")}
    shop.swap(old)
    firm.good_night(DAY + timedelta(days=2))
    told = replay(firm, DAY, DAY)
    assert "customers in another segment: 0; documents that came late, were corrected or vanished since: 0." in told


def test_replay_says_when_the_settings_are_others_now(firm):
    firm = firm(shop_of(*many(20)))
    firm.good_night(DAY)
    firm.rfm = "window_days = 30"
    assert "The settings are others now: the night can be neither checked nor" in replay(firm, DAY, DAY)


def test_no_report_is_made_of_a_night_of_other_settings(firm):
    """Its figures would be of the old window, its months and rules of the new one."""
    firm = firm(shop_of(*many(20)))
    firm.good_night(DAY)
    with firm.ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("DELETE FROM publications")
    assert "Report: " in replay(firm, DAY, DAY, "--report")
    with firm.ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("DELETE FROM publications")
    before, firm.rfm = firm.files(str(DAY)), "window_days = 30"
    assert "Report: " not in replay(firm, DAY, DAY, "--report")
    assert firm.files(str(DAY)) == before


def test_nights_that_cannot_be_replayed(firm):
    firm = firm(shop_of(*many(5)))
    empty = command(firm, "replay", "--from", "2026-06-01", "--to", "2026-06-02")
    assert (empty.exit_code, "No sales are stored yet" in empty.stderr) == (2, True)
    firm.good_night(DAY)
    for first, last, word in (("2025-12-31", "2026-06-01", "--from"), ("2026-06-01", "2026-06-11", "--to"),
                              ("2026-06-02", "2026-06-01", "after")):
        result = command(firm, "replay", "--from", first, "--to", last)
        assert (result.exit_code, word in result.stderr) == (2, True)


@pytest.mark.slow
def test_preview_shows_who_would_sit_where_and_changes_nothing(firm):
    firm = firm(shop_of(*many(130)))
    firm.good_night(DAY)
    before = (firm.folder / "data" / "warehouse.db").read_bytes(), kept(firm, DAY)[0]
    told = command(firm, "preview", "--preset", "rf10").output
    sizes = kept(firm, DAY)[0]["segment"].value_counts()
    assert f"Newcomers: customers {sizes['newcomers']} → " in told
    assert "Champions: customers 0 → " in told
    rows = [line for line in told.splitlines() if "customers" in line and "→" in line]
    assert sum(int(line.split("customers ")[1].split(" → ")[1].split(",")[0]) for line in rows) == sizes.sum()
    assert kept(firm, DAY)[0].equals(before[1])
    firm.rfm = 'preset = "rf10"'
    firm.good_night(DAY + timedelta(days=1))
    assert {row["cause"] for row in firm.moves(DAY + timedelta(days=1)).values()} >= {"settings_changed"}


@pytest.mark.slow
def test_a_preview_is_what_a_run_under_those_settings_makes(firm):
    firm = firm(shop_of(*many(130)))
    firm.good_night(DAY)
    told = command(firm, "preview", "--set", "rfm.window_days=60", "--set", "rfm.preset=list125").output
    firm.rfm = 'window_days = 60\npreset = "list125"'
    firm.good_night(DAY)
    for segment, size in kept(firm, DAY)[0]["segment"].value_counts().items():
        label = {"newcomers": "Newcomers", "cant_lose": "Cannot lose"}.get(
            segment, segment.replace("_", " ").capitalize())
        label += "s" if segment == "potential_loyalist" else ""
        assert f"{label}: customers " in told
        assert f" → {size}, money" in next(line for line in told.splitlines() if line.startswith(f"  {label}:"))


def test_preview_before_the_first_night_and_with_faulty_settings(firm):
    firm = firm(shop_of(*many(5)))
    assert command(firm, "preview").exit_code == 2
    firm.good_night(DAY)
    for written, word in ((["--set", "rfm.cuts"], "KEY=VALUE"), (["--preset", "list152"], "list125"),
                          (["--set", "rfm.windowdays=5"], "rfm.window_days")):
        result = command(firm, "preview", *written)
        assert (result.exit_code, word in result.stderr) == (2, True)


@pytest.mark.slow
def test_scores_decide_segments_where_the_preset_says_so_and_moves_by_cuts_come_with_the_month(firm):
    firm = firm(shop_of(*many(150, until=date(2026, 7, 2))), rfm='preset = "list125"')
    causes = {}
    for ahead in range(-3, 3):
        day = date(2026, 6, 30) + timedelta(days=ahead)
        firm.good_night(day)
        moves = firm.moves(day)
        causes[day] = [row["cause"] for row in moves.values()]
        assert all(row["detail"] for row in moves.values())
    assert all("cuts_moved" not in found for day, found in causes.items() if day != date(2026, 7, 1))
    assert "cuts_moved" in causes[date(2026, 7, 1)]
    details = [row["detail"] for row in firm.moves(date(2026, 7, 1)).values() if row["cause"] == "cuts_moved"]
    assert all(detail.startswith("The score border of ") for detail in details)
