"""The verdict on a night of the battery: exit code, ledger against the truth, the share, who was told, the logs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from click.testing import Result

from rfm_service.emulator.shop import ListShop, signed_amount
from tests.nights.company import Company, sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
START = date(2026, 5, 1)
BUYER = "Тайный Клиент"
ADMINS, MARKETERS = 1001, 2002
HIDDEN = ("Traceback", "канал-1C", "canary", BUYER)
"""What no log, message or console shows."""
HURRIED = {"RFM_SOURCE__GAP_S": "0.005"}

Lines = Counter[tuple[object, ...]]


def usual_shop() -> ListShop:
    """Six weeks of a buyer."""
    return shop_of(*(sale(str(number), DAY - timedelta(days=3 * number), 500 + number, buyer=BUYER)
                     for number in range(12)))


def truth(firm: Company, through: date) -> Lines:
    """Every line that 1C has up to a day."""
    return Counter((line.sale_id, line.buyer.strip(), (line.date.date() - date(1970, 1, 1)).days, signed_amount(line),
                    line.quantity, line.product)
                   for line in firm.onec.shop.lines(START, through + timedelta(days=1)))


def held(firm: Company) -> Lines:
    """Every live line of the ledger."""
    return Counter(firm.stored())


def share(firm: Company) -> dict[str, str]:
    """What readers see, by hash."""
    root = firm.folder / "reports"
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in root.rglob("*") if path.is_file()}


def whole(firm: Company) -> None:
    """Every folder that a reader sees holds what its manifest names, and nothing else."""
    for folder in (firm.folder / "reports").iterdir():
        if folder.is_dir() and folder.name != "inbox":
            assert not folder.name.startswith("."), folder.name
            files = firm.files(folder.name)
            manifest = json.loads(files.pop("manifest.json"))
            assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def alerts(firm: Company) -> list[str]:
    """What admins were told of nights that did not go well."""
    return [text for text in firm.told(ADMINS) if "went well" not in text]


def said_nothing_hidden(firm: Company, result: Result, hidden: Sequence[str] = HIDDEN) -> None:
    """No traceback, secret or customer in what a night says, writes and sends."""
    shown = result.output + firm.log() + "".join(sent.text for sent in firm.chat.sent)
    assert [each for each in hidden if each in shown] == [], shown[-2000:]


def right(firm: Company, as_of: date = NEXT, *, true: Lines | None = None) -> Result:
    """The night goes well: exit 0, the ledger is the truth, the report whole and told of, nobody alarmed."""
    alarmed, told = len(alerts(firm)), len(firm.told(MARKETERS))
    result = firm.night(as_of)
    assert result.exit_code == 0, result.output
    assert held(firm) == (truth(firm, as_of) if true is None else true)
    whole(firm)
    assert (firm.folder / "reports" / as_of.isoformat()).is_dir()
    assert json.loads(firm.files("latest")["manifest.json"])["as_of"] == as_of.isoformat()
    assert (len(alerts(firm)) - alarmed, len(firm.told(MARKETERS)) - told) == (0, 1)
    said_nothing_hidden(firm, result)
    return result


def refused(firm: Company, *sentences: str, as_of: date = NEXT, step: str = "fetch") -> Result:
    """The night changes nothing: exit 1, ledger and share as they were, one alert with step and sentence."""
    before, share_before = held(firm), share(firm)
    alarmed, told = len(alerts(firm)), len(firm.told(MARKETERS))
    result = firm.night(as_of)
    assert result.exit_code == 1, result.output
    assert (held(firm), share(firm)) == (before, share_before)
    new = alerts(firm)[alarmed:]
    assert (len(new), len(firm.told(MARKETERS))) == (1, told)
    assert f"“{step}”" in new[0]
    assert [each for each in sentences if each not in new[0] or each not in result.stderr] == [], new[0]
    said_nothing_hidden(firm, result)
    return result
