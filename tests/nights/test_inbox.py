"""What people note down comes back: lists of a night, filled and dropped into its inbox, are facts a night later."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.checkup import checkup
from rfm_service.domain.values import customer_id, day_number
from rfm_service.emulator.shop import Partner
from tests.inbox.filling import fill, ids, mark, marks
from tests.nights.company import Company, sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
OLD = 1_780_000_000
LISTS = '["machine_tables", "lists"]'


@pytest.fixture
def one(firm) -> Company:
    shop = shop_of(*(sale(str(at), DAY - timedelta(days=at), 500, buyer) for at, buyer in enumerate("АБВ")),
                   sale("9", NEXT, 500, "А"))
    for buyer in "АБВ":
        shop.add_partner(Partner(buyer, manager="Ольга Светлова"))
    made: Company = firm(shop, renderers=LISTS)
    made.good_night(DAY)
    return made


def inbox(firm: Company) -> Path:
    return firm.folder / "reports" / "inbox"


def drop(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    return path


def filled(firm: Company, **values: object) -> bytes:
    (content,) = (content for name, content in firm.files(DAY.isoformat()).items() if name.startswith("managers/"))
    return fill(content, {2 + ids(content).index(customer_id("Б")): values})


def counts(firm: Company) -> dict[str, int]:
    """What the step of the newest run counted that is not 0."""
    told = [entry["counts"] for entry in firm.diary() if (entry["step"], entry["event"]) == ("collect", "end")][-1]
    assert isinstance(told, dict)
    return {name: count for name, count in told.items() if count}


def rows(firm: Company) -> list[tuple[int, str]]:
    frame = firm.ledger.contacts.made(NEXT + timedelta(days=1))
    return [(row.day, row.outcome) for row in frame.itertuples()]


def test_a_night_makes_the_inbox_and_the_next_one_takes_what_lies_there(one: Company) -> None:
    assert list(inbox(one).iterdir()) == []
    drop(inbox(one) / "olga.xlsx", filled(one, outcome="Refused", note="дорого"))
    drop(inbox(one) / "marks-Olga-2026-06-11.json", marks(mark(customer_id("В"), at="2026-06-11T10:00:00Z")))
    one.good_night(NEXT)
    assert counts(one) == {"files": 2, "good": 2, "done": 2}
    assert rows(one) == [(day_number(NEXT), "refused"), (day_number(NEXT), "called")]
    assert {path.name for path in (inbox(one) / "done").iterdir()} == {"olga.xlsx", "marks-Olga-2026-06-11.json"}
    steps = [entry["step"] for entry in one.diary() if entry["event"] == "start"]
    assert steps[0] == "collect"
    assert steps.count("collect") == 2
    assert "Inbox" not in one.told(1001)[-1]
    assert "дорого" not in one.log()


def test_nothing_in_an_inbox_makes_a_night_fail_and_admins_are_told_in_a_line_without_names(one: Company) -> None:
    drop(inbox(one) / "Иванов.xlsx", filled(one, outcome="Звонил Петру"))
    drop(inbox(one) / "bomb.json", b'{"a":' * 99_999)
    (inbox(one) / "link.xlsx").symlink_to("/etc/passwd")
    one.good_night(NEXT)
    assert counts(one) == {"files": 2, "bad": 1, "rejected": 2, "left": 1}
    lines = [line for line in one.told(1001)[-1].splitlines() if line.startswith("Inbox")]
    assert lines == ["Inbox: contacts noted 0; rows that do not count 1, files rejected 2, files left for the next "
                     "night 1. The reasons lie beside the files, in inbox/done and inbox/rejected."]
    assert "Inbox" not in one.told(2002)[-1]
    assert "Иванов" not in one.log() + json.dumps(one.diary(), ensure_ascii=False)


@pytest.mark.slow
def test_an_inbox_of_its_own(one: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFM_REPORT__INBOX", "dropped")
    one.good_night(NEXT)
    assert counts(one) == {"unread": 1}
    assert any("The inbox could not be read" in text for text in one.told(1001))
    (found,) = [each for each in checkup(wiring.load(one.settings), NEXT) if each.what == "Inbox"]
    assert "There is no inbox folder" in str(found.found)
    assert not found.good
    (one.folder / "dropped").mkdir()
    drop(one.folder / "dropped" / "olga.xlsx", filled(one, outcome="Refused"))
    (found,) = [each for each in checkup(wiring.load(one.settings), NEXT) if each.what == "Inbox"]
    assert str(found.found).endswith("dropped: 1 files wait there for the night.")
    one.good_night(NEXT)
    assert counts(one) == {"files": 1, "good": 1, "done": 1}
    assert {path.name for path in (one.folder / "dropped").iterdir()} == {"done"}
    monkeypatch.setenv("RFM_REPORT__INBOX", "smb://server/share/inbox")
    refused = one.night(NEXT)
    assert (refused.exit_code, "report.inbox" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_a_report_folder_that_is_gone_gets_no_inbox(one: Company) -> None:
    (one.folder / "reports").rename(one.folder / "away")
    assert one.night(NEXT).exit_code == 0
    assert not (one.folder / "reports").exists()
    assert counts(one) == {}
