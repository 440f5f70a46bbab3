"""What sales managers are told: only their own customers, never a name in the text, one message a night and address."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import Message, Report
from rfm_service.journal import Journal
from rfm_service.mailing import Addressee, list_messages, outdated
from rfm_service.owners import alike, list_files, meant, nearest, owner
from rfm_service.renderers.lists import Renderer
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import make_findings

RU, EN = Catalogue("ru", "RUB"), Catalogue("en", "RUB")
PLACE = "/srv/reports/2026-11-20"
COUNT = 12
NAMES = ("Ольга Светлова", "ОЛЬГА СВЕТЛОВА", " Ольга\u200b Светлова ", "Пётр Ильин", "Groß", "Gross", "GROSS", "İnci",
         "inci", "=cmd()", "../../x", "без менеджера", "\x00", "\u202eО", "половина \ud83d", "", "  ", "京东")
WRITTEN = st.sampled_from([name for name in NAMES if owner(name)] + ["Никто Неизвестный", "пётр ильин"])


@cache
def findings() -> Findings:
    return make_findings(COUNT)


def of(managers: Sequence[str], states: Sequence[str]) -> Findings:
    """Findings whose customers have these sales managers and states, in turn."""
    snapshot = findings().snapshot
    return dataclasses.replace(findings(), snapshot=snapshot.assign(
        manager=pd.Series(list(managers), dtype="object"), state=pd.Series(list(states), dtype="object")))


def report_of(found: Findings, *, lists: bool = True) -> Report:
    return Report(found.basis.as_of, dict(Renderer().render(found, RU)) if lists else {}, b"{}")


def told(addressees: Sequence[Addressee], found: Findings, report: Report, places: Sequence[str] = (PLACE,)
         ) -> list[Message]:
    return list(list_messages(addressees, found, report, places, RU))


def cells(content: bytes) -> set[object]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def folded(name: str) -> str:
    """Written apart from the code under test: what is left of a name when nobody looks at marks, blanks and case."""
    seen = re.sub("[\x00\u200b\u202e\ud800-\udfff]", "", name)
    return " ".join(seen.split()).casefold()


@settings(max_examples=8, deadline=None)
@given(managers=st.lists(st.sampled_from(NAMES), min_size=COUNT, max_size=COUNT),
       states=st.lists(st.sampled_from(["listed", "listed", "full", "held"]), min_size=COUNT, max_size=COUNT),
       addressees=st.lists(st.builds(Addressee, WRITTEN, st.integers(1, 2), st.booleans()), max_size=5,
                           unique_by=lambda each: folded(each.name)))
def test_s2_19_a_sales_manager_learns_of_no_customer_of_another(
        managers: list[str], states: list[str], addressees: list[Addressee]) -> None:
    found = of(managers, states)
    messages = told(addressees, found, report_of(found))
    rows = found.snapshot
    by_chat = {chat: addressee for addressee in addressees for chat in addressee.chats}
    assert len({message.key for message in messages}) == len({message.chat for message in messages}) == len(messages)
    for message in messages:
        addressee = by_chat[message.chat]
        his = rows[rows["manager"].map(folded) == folded(addressee.name)]
        first = int(re.findall(r"связаться с (\d+)", message.text)[0])
        assert 0 < first <= (his["state"] == "listed").sum()
        assert (message.file is not None) == addressee.attach
        if message.file:
            within = cells(message.file.content)
            others = rows[~rows["customer_id"].isin(his["customer_id"])]
            assert not within & {*others["customer_id"], *others["customer"], *others["email"]} - {""}
            shown = his[his["customer_id"].isin(list(within))]
            assert shown["manager"].map(owner).nunique() == 1
            assert (shown["state"] == "listed").sum() == first
        assert not [name for name in rows["customer"] if name in message.text]
    # Whoever is alone with his letters and has somebody to contact hears of it.
    waited = {addressee for addressee in addressees for name in [folded(addressee.name)]
              if len({owner(each) for each in managers if folded(each) == name}) == 1
              and any(state == "listed" and folded(each) == name for each, state in zip(managers, states, strict=True))}
    assert waited <= {by_chat[message.chat] for message in messages}


TWO = of(["Ольга Светлова", "Пётр Ильин"] * (COUNT // 2), ["listed"] * (COUNT - 3) + ["full"] * 3)
OLGA, PETR = Addressee("ольга светлова"), Addressee("Пётр Ильин", attach=False)


def test_s2_19_the_file_is_that_of_the_report_to_the_byte() -> None:
    report = report_of(TWO)
    [message] = told([OLGA], TWO, report)
    assert message.file is not None
    assert message.file.content == report.files["managers/olga-svetlova-2f39ce.xlsx"]
    assert message.file.name == "olga-svetlova-2f39ce.xlsx"
    assert message.text == "21 ноября 2026\u202fг.: связаться с 5 покупателями\nСписок — в приложенном файле."


def test_s3_29_without_attach_nothing_of_a_customer_leaves_the_office() -> None:
    [message] = told([PETR], TWO, report_of(TWO))
    assert message.file is None
    assert message.text == ("21 ноября 2026\u202fг.: связаться с 4 покупателями\n"
                            f"Список: managers/petr-ilin-5afe2b.xlsx в папке {PLACE}")


@pytest.mark.parametrize("addressee", [OLGA, PETR])
def test_without_lists_in_the_report_only_the_number_is_told(addressee: Addressee) -> None:
    [message] = told([addressee], TWO, report_of(TWO, lists=False))
    assert message.file is None
    assert "\n" not in message.text


def test_a_report_that_waits_is_told_to_lie_nowhere() -> None:
    [message] = told([PETR], TWO, report_of(TWO), places=())
    assert "\n" not in message.text


def test_an_incomplete_day_is_told() -> None:
    found = dataclasses.replace(TWO, complete=False)
    [message] = told([OLGA], found, report_of(TWO))
    assert message.text.split("\n")[1] == RU("The last day is incomplete: sales may still be missing.")


def test_a_rerun_makes_the_same_key_and_another_list_another_one() -> None:
    before = told([OLGA, PETR], TWO, report_of(TWO))
    assert [each.key for each in told([OLGA, PETR], TWO, report_of(TWO))] == [each.key for each in before]
    other = of(["Ольга Светлова", "Пётр Ильин"] * (COUNT // 2), ["full"] + ["listed"] * (COUNT - 1))
    changed = told([OLGA, PETR], other, report_of(other))
    assert changed[1].key != before[1].key
    assert [each.chat for each in changed] == [each.chat for each in before]
    made = hashlib.sha256(report_of(TWO).files["managers/olga-svetlova-2f39ce.xlsx"]).hexdigest()
    assert before[0].key == f"list:2026-11-20:{before[0].chat}:{made}"


def test_nobody_to_contact_is_no_message() -> None:
    calm = of(["Ольга Светлова", "Пётр Ильин"] * (COUNT // 2), ["listed", "full"] * (COUNT // 2))
    assert [message.chat for message in told([OLGA, PETR], calm, report_of(calm))] == OLGA.chats
    assert told([Addressee("Никто")], TWO, report_of(TWO)) == []
    empty = make_findings(0)
    assert told([OLGA], empty, report_of(empty)) == []


def test_customers_without_a_sales_manager_are_sent_to_nobody() -> None:
    nobodys = of([""] * COUNT, ["listed"] * COUNT)
    assert told([Addressee("без менеджера"), OLGA], nobodys, report_of(nobodys)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_fits_below_a_file_in_every_language(language: str) -> None:
    texts = Catalogue(language, "RUB")
    [message] = list_messages([PETR], TWO, report_of(TWO), ["/" + "ж" * 5_000], texts)
    assert len(message.text) < 1024
    assert re.search(r"\b4\b", message.text)


OWNERS = {"Ольга", "ОЛЬГА", "Пётр", "Groß", "Gross", ""}


@pytest.mark.parametrize(("written", "his"), [
    ("Ольга", "Ольга"), ("ОЛЬГА", "ОЛЬГА"), ("ольга", None), ("пётр ", "Пётр"), ("Groß", "Groß"), ("Gross", "Gross"),
    ("GROSS", None), ("Анна", None), ("", None), ("\u200b", None)])
def test_a_name_means_one_owner_or_none(written: str, his: str | None) -> None:
    assert meant(written, OWNERS) == his


def test_what_is_near_a_name_that_nobody_has() -> None:
    assert nearest("Петр", OWNERS) == "Пётр"
    assert nearest("Петр", {""}) == ""
    assert alike("ольга", OWNERS) == ["ОЛЬГА", "Ольга"]
    assert list_files(["", "Пётр"], EN)[""] == "managers/without-a-sales-manager.xlsx"


def test_only_the_newest_night_sends_lists(tmp_path: Path) -> None:
    diary, night = tmp_path / "runs.jsonl", date(2026, 6, 10)
    assert not outdated(night, diary, ())
    assert outdated(night, diary, [date(2026, 6, 9), date(2026, 6, 11)])
    assert not outdated(night, diary, [date(2026, 6, 9)])
    for number, failed in ((10, False), (9, False), (12, True), (11, False)):
        day = date(2026, 6, number)
        assert not outdated(night, diary, ())
        run = Journal(diary, f"run-{day}", day, lambda: datetime(2026, 6, 13, tzinfo=UTC))
        with suppress(OSError), run.step("notify"):
            if failed:
                raise OSError
    assert outdated(night, diary, ())
