"""The page of the nights: newest first by month, in the language of the reports, with links that lead somewhere."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from rfm_service.archive.nights import Night
from rfm_service.archive.page import MARK, page
from rfm_service.texts.catalogue import LANGUAGES
from tests.archive.manifests import manifest

WORDS = {"en": "The newest report: November 2, 2026", "ru": "Последний отчёт: 2 ноября 2026",
         "zh": "最新报告：2026年11月2日", "tr": "En yeni rapor: 2 Kasım 2026"}
DAYS = (date(2026, 10, 31), date(2026, 11, 2), date(2026, 11, 1))


def night(day: date, **changes: Any) -> Night:
    return Night.model_validate_json(manifest(day, **changes))


def body(content: bytes) -> ElementTree.Element:
    """The body as a tree: it is well-formed."""
    return ElementTree.fromstring("<body" + content.decode().partition("<body")[2].partition("</html>")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language: str) -> None:
    content = page(map(night, DAYS), night(DAYS[1]), language)
    assert f'<html lang="{language}">'.encode() in content
    assert MARK in content[:1000]
    assert WORDS[language] in "".join(body(content).itertext())
    assert content == page(map(night, reversed(DAYS)), night(DAYS[1]), language)
    if language == "ru":
        assert not re.search("[A-Za-z]{3}", "".join(body(content).itertext()).replace("Excel", ""))


def test_newest_first_by_month() -> None:
    tree = body(page(map(night, DAYS), None, "en"))
    assert [each.text for each in tree.iter("th") if each.get("scope") == "rowgroup"] == ["Nov 2026", "Oct 2026"]
    assert [each.text for each in tree.iter("th") if each.get("scope") == "row"] == [
        "November 2, 2026", "November 1, 2026", "October 31, 2026"]
    [*figures] = [each.text for each in next(row for row in tree.iter("tr") if row.get("class") == "night").iter("td")]
    assert figures[:4] == ["1,200", "4,100", "₽1.2M", "34"]


def test_links_only_to_files_that_the_manifest_names() -> None:
    nights = [night(DAYS[0]), night(DAYS[1], files={"RFM.xlsx": "0"}), night(DAYS[2], files={})]
    tree = body(page(nights, nights[2], "en"))
    assert [each.get("href") for each in tree.iter("a")] == [
        "latest/", "2026-11-02/RFM.xlsx", "2026-10-31/summary.html", "2026-10-31/dashboard.html", "2026-10-31/RFM.xlsx"]
    assert next(body(page(nights, nights[1], "en")).iter("a")).get("href") == "latest/RFM.xlsx"


def test_a_day_that_was_not_complete_and_money_of_another_currency() -> None:
    content = page([night(DAYS[0], complete=False), night(DAYS[1], totals={"currency": "KZT", "revenue": "-5.25"})],
                   None, "en").decode()
    assert content.count("The day was not complete in 1C.") == 1
    assert "₸" in content or "KZT" in content
    assert "newest" not in content.partition("<body>")[2]
