"""A company for tests: a shop behind the local 1C, the local Bot API, settings, and nights by the real CLI."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from rfm_service import wiring
from rfm_service.cli import app
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Shop, ShopLine
from rfm_service.ledger.ledger import Ledger
from rfm_service.settings import ReportTable
from tests import served

SETTINGS = """
language = "en"
currency = "RUB"
[source]
url = "{url}"
token = "канал-1C"
start = {start}
overlap_days = {overlap}
timeout_s = 5
deadline_minutes = {deadline}
[schedule]
nice = 0
[rfm]
{rfm}
[report]
renderers = {renderers}
[telegram]
token = "1234567:canary-bot-token-0123456789abcdef"
admin_chats = [1001]
report_chats = [2002]
api_url = "{api_url}"
{publish}
{ledger}
"""

ALL = json.dumps(ReportTable().renderers)
"""Everything that a report is made of."""
Row = dict[str, str]


@dataclass
class Company:
    """One firm: change its shop, run nights, read what was published."""

    folder: Path
    onec: OnecServer
    chat: BotApi
    start: date = date(2026, 1, 1)
    rfm: str = ""
    overlap: int = 45
    deadline: float = 1
    renderers: str = '["machine_tables"]'
    publish: str = ""

    @property
    def settings(self) -> Path:
        path = self.folder / "settings.toml"
        path.write_text(SETTINGS.format(url=self.onec.url, api_url=self.chat.api_url, start=self.start, rfm=self.rfm,
                                        overlap=self.overlap, deadline=self.deadline, renderers=self.renderers,
                                        publish=self.publish, ledger=self.kept),
                        encoding="utf-8")
        return path

    @property
    def kept(self) -> str:
        """The table of the ledger: none, for a file."""
        return f'[ledger]\nurl = "{served.address(self.folder)}"' if served.URL else ""

    def night(self, as_of: date) -> Result:
        return CliRunner().invoke(app, ["run", "--settings", str(self.settings), "--as-of", as_of.isoformat()])

    def good_night(self, as_of: date) -> dict[str, Row]:
        result = self.night(as_of)
        assert result.exit_code == 0, result.output
        return self.customers(as_of)

    def files(self, name: str) -> dict[str, bytes]:
        root = self.folder / "reports" / name
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def table(self, as_of: date, name: str) -> list[Row]:
        text = self.files(as_of.isoformat())[name].decode("utf-8")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def customers(self, as_of: date) -> dict[str, Row]:
        return {row["customer"]: row for row in self.table(as_of, "customers.csv")}

    def moves(self, as_of: date) -> dict[str, Row]:
        return {row["customer"]: row for row in self.table(as_of, "moves.csv")}

    @property
    def ledger(self) -> Ledger:
        return wiring.ledger(wiring.load(self.settings))

    def stored(self) -> list[tuple[object, ...]]:
        """Every live line, in plain values."""
        frames = list(self.ledger.sales())
        return sorted((row.document, row.customer, row.day, row.amount, row.quantity, row.product)
                      for frame in frames for row in frame.itertuples())

    def log(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in (self.folder / "logs").iterdir())

    def diary(self) -> list[dict[str, object]]:
        lines = (self.folder / "logs" / "runs.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def told(self, chat: int) -> list[str]:
        return [sent.text for sent in self.chat.sent if sent.chat_id == str(chat)]


@contextmanager
def company(folder: Path, shop: Shop, **changes: object) -> Iterator[Company]:
    with OnecServer(shop, token="канал-1C") as onec, BotApi() as chat:
        yield Company(folder, onec, chat, **changes)


def sale(number: str, day: date, amount: float, buyer: str = "Ромашка", **more: object) -> ShopLine:
    """A line of a document of its own order, unless more is said."""
    at = datetime(day.year, day.month, day.day, 12)
    values = {"order_id": f"З-{number}", "order_date": at, "contractor": buyer, "product": "Платье", **more}
    return ShopLine(at, number, buyer=buyer, amount=round(amount * 10_000), **values)


def shop_of(*lines: ShopLine) -> ListShop:
    return ListShop(lines)
