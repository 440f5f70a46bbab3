"""The sentences of the morning page say what the moves add up to."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.findings import Findings, Gate
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing.key_figures import past_of
from rfm_service.drawing.news import BOOK_KEEPING, news, next_step
from rfm_service.drawing.totals import flows
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.labels import cause_labels, segment_labels
from tests.renderers.findings import CAUSES, SEGMENTS, make_findings
from tests.rules import ruled

EN = Catalogue("en", "USD")
FEW = make_findings(60)
ORDER = {segment: place for place, segment in enumerate((*SEGMENTS, ""))}
ENDS = st.sampled_from(("", *SEGMENTS))
MOVES = st.lists(st.tuples(ENDS, ENDS, st.sampled_from(CAUSES), st.integers(-10**10, 10**12)).filter(
    lambda move: move[0] != move[1]), min_size=1, max_size=30)


def with_moves(rows: list[tuple[str, str, str, int]]) -> Findings:
    frame = pd.DataFrame(rows, columns=["from_segment", "to_segment", "cause", "monetary"])
    return dataclasses.replace(FEW, moves=frame)


def told(findings: Findings, texts: Catalogue = EN) -> list[str]:
    return news(findings, flows(findings), past_of(findings), texts)


def only_in_the_books(way: tuple[str, str], causes: Counter[str]) -> bool:
    main = min(cause for cause in causes if causes[cause] == max(causes.values()))
    return main in BOOK_KEEPING or (main == "ageing" and ORDER[way[1]] < ORDER[way[0]])


@given(MOVES)
def test_the_numbers_of_a_sentence_are_the_sums_of_the_moves(rows: list[tuple[str, str, str, int]]) -> None:
    money: defaultdict[tuple[str, str], int] = defaultdict(int)
    causes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for before, after, cause, amount in rows:
        money[before, after] += amount
        causes[before, after][cause] += 1
    said, labels, named = told(with_moves(rows)), segment_labels(EN), cause_labels(EN)
    worse = {way for way in money if ORDER[way[1]] > ORDER[way[0]]}
    for ways in filter(None, (worse, money.keys() - worse)):
        lived = {each for each in ways if not only_in_the_books(each, causes[each])}
        way = min(lived or ways, key=lambda each: (-abs(money[each]), each))
        sentence, count = said.pop(0), causes[way].total()
        assert sentence.startswith(f"{count} customer{'' if count == 1 else 's'} ")
        assert f"{EN.compact(money[way])} a year" in sentence
        assert all(f"“{labels[end]}”" in sentence for end in way if end)
        cause, most = causes[way].most_common(1)[0]
        assert (named[cause] in sentence) == (2 * most > count)
        assert (f"for {most} of them" in sentence) == (count > most > count / 2)
    assert said[0].startswith("Revenue over the last 365 days")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", [("loyal", "at_risk"), ("at_risk", "loyal"), ("", "loyal"), ("loyal", "")])
def test_every_kind_of_way_is_said_in_every_language(language: str, way: tuple[str, str]) -> None:
    texts = Catalogue(language, "RUB")
    sentences = [told(with_moves([(*way, "ageing", 7 * MONEY_SCALE)] * count), texts)[0] for count in (1, 2, 5)]
    assert all(str(count) in sentence for count, sentence in zip((1, 2, 5), sentences, strict=True))
    assert all(texts.compact(7 * MONEY_SCALE * count) in sentence
               for count, sentence in zip((1, 2, 5), sentences, strict=True))


def test_three_to_five_sentences_and_whom_to_call() -> None:
    findings = make_findings(4000)
    said = told(findings)
    assert len(said) == 5
    assert "in a week, " in said[2]
    assert "in a year)" in said[2]
    assert said[3].endswith("ABC cannot see it.")
    assert said[4].startswith("Of 4,000 customers")
    better = [flow for flow in flows(findings) if flow.rise > 0]
    assert next_step(findings, better, EN) == ""


def test_whom_to_call_stands_in_the_lists_where_there_are_sales_managers() -> None:
    alone = dataclasses.replace(FEW, snapshot=FEW.snapshot.assign(manager=""))
    fell = [flow for flow in flows(FEW) if flow.rise < 0]
    assert "managers/, and RFM.xlsx, sheet “Today”" in next_step(FEW, fell, EN)
    assert "first: RFM.xlsx, sheet “Today”" in next_step(alone, fell, EN)


def test_book_keeping_is_told_only_where_nothing_else_happened() -> None:
    merged = [("champions", "lost", "customers_merged", 9 * MONEY_SCALE), ("lost", "loyal", "ageing", 8 * MONEY_SCALE)]
    lived = [("loyal", "lost", "ageing", MONEY_SCALE), ("lost", "champions", "own_order", MONEY_SCALE)]
    assert ["“Champions”" in told(with_moves(merged))[0], "“Loyal”" in told(with_moves(merged))[1]] == [True, True]
    said = told(with_moves(merged + lived))
    assert "“Loyal” for “Lost”" in said[0]
    assert "to “Champions”" in said[1]


def test_a_forecast_of_too_little_is_no_sentence() -> None:
    enough = dataclasses.replace(FEW, gate=Gate(500, 180))
    assert any("will order within" in sentence for sentence in told(enough))
    assert not any("will order within" in sentence for sentence in told(FEW))


def test_a_night_without_moves_and_the_first_one_say_so() -> None:
    still = make_findings(60, moves=False)
    assert told(still)[0] == "Nobody changed segment."
    first = dataclasses.replace(still, previous_as_of=None)
    assert told(first)[0].startswith("This is the first night")
    assert 3 <= len(told(first)) <= 5
    assert told(make_findings(0)) == ["Nothing to show yet"]


def test_a_window_that_is_no_year_is_named() -> None:
    basis = dataclasses.replace(FEW.basis, rules=ruled(window_days=90))
    findings = dataclasses.replace(with_moves([("loyal", "lost", "ageing", MONEY_SCALE)]), basis=basis)
    assert "$1 in 90 days left" in told(findings)[0]


def test_an_incomplete_day_is_held_against_nothing() -> None:
    assert any("in a week" in sentence for sentence in told(FEW))
    open_day = dataclasses.replace(FEW, complete=False)
    assert not any("in a week" in sentence for sentence in told(open_day))


def test_a_week_without_change_says_so_in_words() -> None:
    trends = FEW.trends[(FEW.trends["segment"] == "") & FEW.trends["as_of"].isin([FEW.trends["as_of"].max()])]
    then = trends.assign(as_of=trends["as_of"] - 7)
    findings = dataclasses.replace(FEW, trends=pd.concat([then, trends], ignore_index=True))
    assert "(no change in a week)" in " ".join(told(findings))
