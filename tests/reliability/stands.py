"""Companies for the proofs of kills: before a usual night, before the first one, and before one that must fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import typer.main

from rfm_service.cli import app
from rfm_service.emulator import faults
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.shop import ListShop, ShopLine, document_of
from tests.nights.company import Company, company, sale, shop_of
from tests.reliability.kills import Nursery, Stand

DAY = date(2026, 6, 10)
DAYS = 120
START = DAY - timedelta(days=DAYS - 1)
LINES = tuple(GeneratedShop(5, 800, DAYS, last_day=DAY).lines(START, DAY + timedelta(days=1)))
BEFORE = tuple(line for line in LINES if line.date.date() < DAY)
DELIVERS = "deliver" in typer.main.get_command(app).commands  # type: ignore[attr-defined]
"""Whether this program sends what waits between nights, and tells of failures that nobody was told of."""
TABLES, PICTURES = '["machine_tables"]', '["machine_tables", "charts"]'


def changed() -> list[ShopLine]:
    """The lines on the morning after: new ones, a late document, one edited and one that is gone."""
    recent = [line for line in BEFORE if line.date.date() >= DAY - timedelta(days=20)]
    documents = list(dict.fromkeys(map(document_of, recent)))
    edited, gone = documents[0], documents[-1]
    kept = [line._replace(amount=line.amount + 10_000) if document_of(line) == edited else line
            for line in LINES if document_of(line) != gone]
    return [*kept, sale("late", DAY - timedelta(days=9), 777, buyer="Поздний"), sale("new", DAY, 60_000, buyer="Новый")]


@contextmanager
def opened(folder: Path, nursery: Nursery, shop: ListShop, renderers: str = TABLES) -> Iterator[Stand]:
    """A stand whose company has its settings and nothing else."""
    home = folder / "firm"
    home.mkdir(parents=True)
    with company(home, shop, start=START, renderers=renderers) as firm:
        assert firm.settings.exists()
        yield Stand(firm, nursery, DAY, folder / "saved")


def good_night(firm: Company, nursery: Nursery, night: date, folder: Path) -> None:
    """A night that goes well, run by a nursery."""
    code = nursery.run(argv=["run", "--settings", str(firm.folder / "settings.toml"), "--as-of", night.isoformat()],
                       home=str(firm.folder), output=str(folder / "output"))
    assert code == 0, (folder / "output").read_text(encoding="utf-8")


@contextmanager
def usual(folder: Path, nursery: Nursery, renderers: str = TABLES) -> Iterator[Stand]:
    """Before a night that finds changes of every sort."""
    shop = shop_of(*BEFORE)
    with opened(folder, nursery, shop, renderers) as stand:
        good_night(stand.firm, nursery, DAY - timedelta(days=1), folder)
        shop.swap(changed())
        stand.save()
        yield stand


@contextmanager
def first(folder: Path, nursery: Nursery) -> Iterator[Stand]:
    """Before the first night, which loads several windows."""
    with opened(folder, nursery, shop_of(*LINES)) as stand:
        stand.save()
        yield stand


@contextmanager
def failing(folder: Path, nursery: Nursery) -> Iterator[Stand]:
    """Before a night that 1C refuses."""
    with opened(folder, nursery, shop_of(*LINES)) as stand:
        good_night(stand.firm, nursery, DAY - timedelta(days=1), folder)
        stand.firm.onec.faults.push(faults.unauthorized().again())
        stand.code = 1
        stand.save()
        yield stand


@contextmanager
def pictured(folder: Path, nursery: Nursery) -> Iterator[Stand]:
    """As `usual`, with pictures in the report and in the messages."""
    with usual(folder, nursery, PICTURES) as stand:
        yield stand


STANDS = {made.__name__: made for made in (usual, first, failing, pictured)}
