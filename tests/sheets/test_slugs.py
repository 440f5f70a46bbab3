from __future__ import annotations

import re
from pathlib import PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rfm_service.sheets.slugs import LONGEST, latin, slugs
from tests.renderers.findings import HOSTILE_NAMES

NAMES = st.lists(st.one_of(st.text(max_size=60), st.sampled_from([
    *HOSTILE_NAMES, "con", "CON", "nul", "com1", "aux.xlsx", "..", "../x", "C:\\x", "Ольга", "ОЛЬГА", "Olga", "李娜",
    "Şule Çağ", "ŞULE ÇAĞ", "straße", "Ё", "Е", "-", "."])), unique=True, max_size=40)
SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@given(NAMES)
@example(["con", "CON", "Con", "", "nul"])
def test_each_name_has_a_file_of_its_own_on_every_disk(names: list[str]) -> None:
    found = slugs(names)
    assert set(found) == set(names)
    assert len({slug.casefold() for slug in found.values()}) == len(names)
    for slug in found.values():
        assert SAFE.fullmatch(slug)
        assert len(slug) <= LONGEST + 12
        assert not PureWindowsPath(f"{slug}.xlsx").is_reserved()


@given(NAMES, st.text(max_size=60))
def test_a_file_keeps_its_name_whoever_comes_and_goes(names: list[str], other: str) -> None:
    alone = slugs([other])[other]
    assert slugs(list({*names, other}))[other] == alone


@pytest.mark.parametrize(("name", "written"), [
    ("Ольга Светлова", "olga-svetlova"), ("Щукина Юлия", "shchukina-yuliya"), ("İbrahim Şahin", "ibrahim-sahin"),
    ("Işık", "isik"), ("O'Neil, J.", "o-neil-j"), ("李娜", ""), ("", ""), ("Ә. Қасым", "a-qasym"),
    ("я" * 300, "ya" * 20)])
def test_names_can_be_read_in_the_file_name(name: str, written: str) -> None:
    assert latin(name) == written
