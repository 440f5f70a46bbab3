"""Customers that the settings leave out, by name or id, count for nothing and are counted apart."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.domain.values import customer_id
from tests.nights.company import sale, shop_of

DAY = date(2026, 3, 10)
BUYERS = ("Альфа", "Бета", "Розничный покупатель")
ALPHA = customer_id("Альфа")


@pytest.mark.parametrize("named", ["Альфа", ALPHA])
def test_by_name_or_by_id(firm, named):
    shop = shop_of(*(sale(str(at), DAY, 500, buyer=name) for at, name in enumerate((*BUYERS, "Альфа", "Наша"))))
    firm = firm(shop, renderers='["machine_tables", "summary"]',
                rfm=f'own_companies = ["Наша"]\nexclude_customers = ["{named}", "Розничный покупатель"]')
    assert list(firm.good_night(DAY)) == ["Бета"]
    page = unescape(firm.files(DAY.isoformat())["summary.html"].decode("utf-8"))
    assert "excluded customers: 3 lines" in page
    assert "own companies: 1 line" in page
    told = CliRunner().invoke(app, ["customers", "forget", ALPHA, "--yes", "--settings", str(firm.settings)])
    assert told.exit_code == 1
    assert "excluded customer (rfm.exclude_customers)" in told.stderr


def test_who_is_excluded_from_now_on_leaves_because_of_the_settings(firm):
    shop = shop_of(*(sale(str(at), DAY, 500, buyer=name) for at, name in enumerate(BUYERS)))
    firm = firm(shop)
    assert len(firm.good_night(DAY)) == 3
    firm.rfm = 'exclude_customers = ["Розничный покупатель"]'
    assert len(firm.good_night(date(2026, 3, 11))) == 2
    (row,) = firm.table(date(2026, 3, 11), "moves.csv")
    assert (row["customer"], row["to_segment"], row["cause"]) == ("Розничный покупатель", "", "settings_changed")


def test_an_engine_of_one_machine_has_no_files_of_lines(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    for asked in ("sync", "check"):
        told = CliRunner().invoke(app, ["lake", asked, "--settings", str(firm.settings)])
        assert told.exit_code == 2
        assert "The engine memory reads the ledger itself" in told.stderr
