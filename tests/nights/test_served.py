"""Nights with a ledger on PostgreSQL: the same reports, byte for byte; and what becomes of one whose server dies."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.shop import ListShop, ShopLine
from tests import served
from tests.ledger.books import HOSTILE
from tests.nights.company import Company, company, sale

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 10)
NIGHTS = [DAY + timedelta(days=at) for at in range(4)]
NUL = "Ну\0ль \ud800 " + "длинно" * 800


def shop(night: int) -> ListShop:
    """What 1C has on a night: corrections, returns, a rename, hostile and endless texts."""
    lines: list[ShopLine] = []
    for at in range(60):
        buyer = (*HOSTILE, NUL, "Ромашка", "Ёлка", "ёлка", "Z", "a", "Я")[at % 13]
        day = DAY - timedelta(days=at * 3 % 200)
        amount = 100 + at * 7 + (night * 11 if at % 9 == 0 else 0)
        lines.append(sale(f"{at}", day, amount, buyer, product=f"{buyer[:40]} {at % 4}", address=buyer,
                          order_id=buyer * (at % 2)))
        if at % 8 == 0:
            lines.append(sale(f"r{at}", day + timedelta(days=1), 50, buyer, returned=True))
    if night > 1:
        lines = [each for each in lines if each.sale_id != "17"]
        lines += [sale(f"n{night}-{at}", DAY + timedelta(days=night), 900 + at, f"Новый {at}") for at in range(5)]
    return ListShop(tuple(lines))


@pytest.fixture
def twins(tmp_path: Path, postgres: served.PostgresServer) -> Iterator[tuple[Company, Company]]:
    """The same company twice: with a file, and on the server."""
    for name in served.KINDS:
        (tmp_path / name).mkdir()
    with company(tmp_path / "sqlite", shop(0)) as first, company(tmp_path / "postgresql", shop(0)) as second:
        yield first, second


def on_server(run: Callable[[], Any], server: served.PostgresServer) -> Any:
    served.URL.append(server.url)
    try:
        return run()
    finally:
        served.URL.clear()


def command(firm: Company, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--settings", str(firm.settings)])
    assert done.exit_code == 0, done.output
    return done.output


def tables(firm: Company, night: date) -> dict[str, bytes]:
    return {name: content for name, content in firm.files(night.isoformat()).items() if name.endswith(".csv")}


def told(firm: Company) -> list[dict[str, bytes]]:
    """The tables of some nights; on the last one 1C is as it was on the first."""
    reports = []
    for number, night in enumerate(NIGHTS):
        firm.onec.shop = shop(number % 3)
        result = firm.night(night)
        assert result.exit_code == 0, result.output
        reports.append(tables(firm, night))
        if number == 1:
            command(firm, "customers", "merge", "Ромашка", "Ёлка")
    return reports


def test_reports_are_the_same_byte_for_byte(twins: tuple[Company, Company], postgres: served.PostgresServer) -> None:
    first, second = twins
    expected = told(first)
    assert len(expected[0]["customers.csv"].splitlines()) > 10
    assert any(len(each["moves.csv"].splitlines()) > 3 for each in expected[1:])
    found = on_server(lambda: told(second), postgres)
    for night, (one, other) in enumerate(zip(expected, found, strict=True)):
        assert {name: content.splitlines() for name, content in other.items()} == {
            name: content.splitlines() for name, content in one.items()}, night
    assert not (second.folder / "data" / "warehouse.db").exists()
    copies = sorted((second.folder / "data" / "backups").iterdir())
    assert {each.name[:20] for each in copies} == {f"warehouse-{NIGHTS[-1]}"}
    same_facts(copies[-1], sorted((first.folder / "data" / "backups").iterdir())[-1])


def afterwards(firm: Company) -> list[Any]:
    """What past nights were, before somebody was forgotten and after; and the reports and the night that follow."""
    told(firm)
    past = ("replay", "--from", NIGHTS[0].isoformat(), "--to", NIGHTS[-1].isoformat())
    found: list[Any] = [command(firm, *past)]
    command(firm, "customers", "forget", "Ромашка", "--yes", "--reports", "rewrite", "--backups", "rewrite")
    found += [without_new_ids(firm, night) for night in NIGHTS]
    found.append(command(firm, *past))
    firm.onec.shop = shop(1)
    last = NIGHTS[-1] + timedelta(days=1)
    assert firm.night(last).exit_code == 0
    return [*found, without_new_ids(firm, last)]


def without_new_ids(firm: Company, night: date) -> dict[str, list[bytes]]:
    """The lines of the tables of a night, without the ids by which somebody forgotten is told of: they are random."""
    return {name: sorted(re.sub(rb"(?m)\b[0-9a-f]{16},(?=Forgotten customer)", b"", content).splitlines())
            for name, content in tables(firm, night).items()}


def test_past_nights_and_forgotten_customers_are_the_same(twins: tuple[Company, Company],
                                                          postgres: served.PostgresServer) -> None:
    expected = afterwards(twins[0])
    found = on_server(lambda: afterwards(twins[1]), postgres)
    assert str(NIGHTS[1]) in expected[0]
    lines = b"\n".join(line for each in expected if isinstance(each, dict) for told in each.values() for line in told)
    assert b"Forgotten customer" in lines
    assert "Ромашка".encode() not in lines
    for at, (one, other) in enumerate(zip(expected, found, strict=True)):
        assert other == one, at


class Dying(ListShop):
    """A shop that is asked for its lines when the server of the ledger dies."""

    def __init__(self, lines: Sequence[ShopLine], server: served.PostgresServer):
        super().__init__(lines)
        self.server = server

    def lines(self, *asked: Any) -> Any:
        self.server.stop(signal.SIGQUIT)
        return super().lines(*asked)


def test_a_server_that_dies_in_a_night_fails_it_with_a_sentence_and_the_next_run_mends_it(tmp_path: Path) -> None:
    with served.server() as server, company(tmp_path, shop(0)) as firm:
        served.URL.append(server.url)
        assert firm.night(DAY).exit_code == 0
        before, stored = firm.files(DAY.isoformat()), firm.stored()
        firm.onec.shop = Dying(shop(1).lines(date(2020, 1, 1), date(2030, 1, 1)), server)
        result = firm.night(NIGHTS[1])
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        [sentence] = [line for line in result.output.splitlines() if "does not answer" in line]
        assert "postgres (t" in sentence
        assert sum("does not answer" in each for each in firm.told(1001)) == 1
        assert firm.files(DAY.isoformat()) == before
        assert not (firm.folder / "reports" / NIGHTS[1].isoformat()).exists()
        server.start()
        assert firm.stored() == stored
        firm.onec.shop = shop(1)
        assert firm.night(NIGHTS[1]).exit_code == 0
        assert len(firm.stored()) > len(stored)
        assert len(firm.files(NIGHTS[1].isoformat())) > 2
        served.URL.clear()


def test_restore_moves_a_company_to_the_server_and_a_backup_back(
        twins: tuple[Company, Company], postgres: served.PostgresServer) -> None:
    first, second = twins
    assert first.night(DAY).exit_code == 0
    command(first, "customers", "forget", "Z", "--yes")
    command(first, "backup", "--dir", str(first.folder / "away"))
    [copy] = (first.folder / "away").iterdir()

    first_forgotten = first.ledger.rights.forgotten()

    def moved() -> Path:
        told = command(second, "restore", str(copy))
        assert "Restored" in told
        assert "What was there before" not in told
        assert second.ledger.rights.forgotten() == first_forgotten
        second.onec.shop = shop(1)
        assert second.night(NIGHTS[1]).exit_code == 0
        assert json.loads(command(second, "status", "--json"))["rows"]["snapshots"] == 2
        command(second, "backup", "--dir", str(second.folder / "away"))
        assert "What was there before" in command(second, "restore", str(copy))
        [aside] = (second.folder / "data").glob("replaced-*/warehouse.db")
        [back] = (second.folder / "away").iterdir()
        same_facts(aside, back)
        # And forgotten here, it is forgotten by what is restored afterwards.
        command(second, "customers", "forget", "a", "--yes")
        command(second, "restore", str(copy))
        assert len(second.ledger.rights.forgotten()) == 2
        return back

    back = on_server(moved, postgres)
    command(first, "restore", str(copy))
    first.onec.shop = shop(1)
    assert first.night(NIGHTS[1]).exit_code == 0
    same_facts(back, first.folder / "data" / "warehouse.db")


def same_facts(one: Path, other: Path) -> None:
    found, expected = facts(one), facts(other)
    for table, rows in expected.items():
        assert found[table] == rows, table


def facts(copy: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a copy holds of sales; the number of a version is nobody's business."""
    queries = {"lines": "customer_no, order_no, day, second, amount, quantity, product_no, contractor_no, since, until",
               "versions": "document_no, customer_no, since, until, day, last_day, lines, amount, hash",
               "documents": "document_no, year, returned, customer_no",
               "moves": "*", "snapshot_rows": "*", "forecast_rows": "*", "products": "*"}
    with closing(sqlite3.connect(copy)) as connection:
        return {table: sorted(connection.execute(f"SELECT {what} FROM {table}").fetchall())
                for table, what in queries.items()}
