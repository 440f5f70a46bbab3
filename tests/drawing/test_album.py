"""What chats get: which pictures, in which order, and what is written beside them."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.announcements import CAPTION_UNITS, captioned, report_message
from rfm_service.drawing.charts import ALBUM, LARGEST_ALBUM, album, files
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import make_findings

FINDINGS = make_findings(30)
LONG = "//сервер/" + "/".join(["Отчёты отдела маркетинга 😀"] * 12)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_ten_pictures_the_page_first() -> None:
    there = [*files().values(), "summary.png", "customers.csv"]
    chosen = album(FINDINGS, there)
    assert len(chosen) == LARGEST_ALBUM == 10
    assert chosen[:4] == ["summary.png", *(files()[name] for name in ("segments", "segment-trend", "r-f-map"))]
    assert album(FINDINGS, files().values()) == [files()[name] for name in ALBUM[:10]]


def test_a_chart_without_anything_to_show_gives_its_place_away() -> None:
    none = make_findings(0)
    assert album(none, files().values()) == []
    young = dataclasses.replace(FINDINGS, trends=none.trends)
    assert album(young, files().values()) == [files()[name] for name in ALBUM[:1] + ALBUM[2:11]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_caption_names_nobody(language: str) -> None:
    planted = {"customer": "Тайнов", "email": "secret@example.org", "manager": "Менеджеров"}
    findings = dataclasses.replace(FINDINGS, snapshot=FINDINGS.snapshot.assign(**planted),
                                   moves=FINDINGS.moves.assign(customer="Тайнов", detail="Тайнов"))
    told = report_message("1", findings, [LONG], Catalogue(language, "RUB"), ()).text
    assert not [word for word in (*planted.values(), *findings.snapshot["customer_id"]) if word in told]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["reports/2026-11-20", LONG, "/" + "п" * 990, "C:\\" + "😀" * 490])
def test_the_path_of_the_folder_stays_whole(language: str, path: str) -> None:
    findings = dataclasses.replace(FINDINGS, complete=False)
    text = report_message("1", findings, [path, *["/другая/папка" * 9] * 5], Catalogue(language, "RUB"), ()).text
    assert units(text) <= CAPTION_UNITS
    assert path in text


def test_a_short_path_costs_no_line() -> None:
    text = report_message("1", FINDINGS, ["reports", "share"], Catalogue("en", "USD"), ()).text
    assert len(text.splitlines()) == 7


LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=300), max_size=8)


@settings(max_examples=60)
@given(LINES, LINES)
def test_any_caption_fits_and_keeps_its_first_place(lines: list[str], places: list[str]) -> None:
    text = captioned(lines, places)
    assert units(text) <= CAPTION_UNITS
    if places:
        assert places[0] in text.split("\n")
    if units("\n".join([*lines, *places])) <= CAPTION_UNITS:
        assert text == "\n".join([*lines, *places])


def test_the_day_is_the_last_line_to_go() -> None:
    day = Catalogue("en", "USD").day(date(2026, 11, 20))
    text = report_message("1", FINDINGS, ["/" + "п" * 960], Catalogue("en", "USD"), ()).text
    assert [line.split(" ", 1)[0] for line in text.splitlines()] == ["RFM", "Report:"]
    assert day in text
