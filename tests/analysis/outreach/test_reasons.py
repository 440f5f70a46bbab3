"""Why a customer is on the list and what to do, in words of four languages."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from rfm_service.analysis.outreach.actions import USUAL, action_texts, actions
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.domain.outreach import SITUATIONS, VALUE_TIERS, Action
from rfm_service.domain.values import MONEY_SCALE, day_number
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.analysis.outreach.worlds import AS_OF

JARGON = re.compile(r"uplift|churn|CLV|holdout|score|AOV|ROI|margin|аплифт|чёрн|отток|скоринг|маржин|提升度|流失|skor",
                    re.I)
CALM = {"risk_tag": "", "growth": "stable", "potential": "ordinary", "value_tier": "middle", "recency_days": 20,
        "warning_line": 90, "rhythm_line": 0, "frequency": 2, "monetary": 2058 * MONEY_SCALE, "observed_returns": 0.1,
        "uplift": 0.6, "planned": 0, "channel": "", "situation": "active", "favourite": "Лак"}


def rows(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{**CALM, **change} for change in changes])


def said(language: str = "en", **change: object) -> str:
    return str(reasons(rows(change), Catalogue(language, "RUB")).iloc[0])


@pytest.mark.parametrize(("change", "words"), [
    ({"risk_tag": "long_silent", "recency_days": 180}, "180 days without buying, past the warning line (90)"),
    ({"risk_tag": "long_silent", "recency_days": 180, "uplift": 1.6}, "a word now is likely to work"),
    ({"frequency": 7, "observed_returns": 0.0}, "almost never returns anything"),
    ({}, "Bought for ₽2,058 in total"), ({"frequency": 7}, "bought 7 times"),
    ({"risk_tag": "out_of_rhythm", "rhythm_line": 8, "recency_days": 9},
     "9 days without buying, mostly not longer than 8"),
    ({"risk_tag": "out_of_rhythm", "recency_days": 61}, "longer than usual for such goods"),
    ({"risk_tag": "spend_drop"}, "Buys for less than half of what it was half a year ago"),
    ({"risk_tag": "active_high"}, "A large customer who buys now"),
    ({"growth": "promising_new"}, "A large first order"), ({"growth": "growing"}, "Buys more than half a year ago"),
    ({"growth": "declining", "risk_tag": "active_high"}, "who buys now; buys less than half a year ago"),
    ({"observed_returns": 0.25}, "much comes back: 25%"),
    ({"planned": day_number(AS_OF)}, "A contact was agreed for November 20, 2026")])
def test_s3_19_reasons_in_plain_words(change: dict[str, object], words: str) -> None:
    assert words in said(**change)


def test_s3_19_a_word_is_only_promised_to_work_past_the_line() -> None:
    assert "likely" not in said(risk_tag="long_silent", recency_days=95, uplift=0.66)
    assert "likely" not in said(risk_tag="active_high", uplift=1.6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_s3_19_no_jargon_in_any_language(language: str) -> None:
    every = [{"risk_tag": tag, "growth": growth, "uplift": 1.6, "frequency": 9, "observed_returns": back,
              "rhythm_line": 8, "planned": 20_000}
             for tag in ("long_silent", "out_of_rhythm", "spend_drop", "active_high", "")
             for growth in ("growing", "stable", "declining", "promising_new", "new") for back in (0.0, 0.5)]
    texts = Catalogue(language, "RUB")
    told = [*reasons(rows(*every), texts), *action_texts(texts).values()]
    assert [sentence for sentence in told if JARGON.search(sentence)] == []
    assert all(sentence and "{" not in sentence.replace("{product}", "") for sentence in told)


def done(table: tuple[Action, ...] = (), language: str = "en", **change: object) -> str:
    return str(actions(rows(change), table, Catalogue(language, "RUB")).iloc[0])


def test_s3_18_every_tier_and_situation_has_an_action() -> None:
    for tier in VALUE_TIERS:
        for situation in SITUATIONS:
            assert done(value_tier=tier, situation=situation)


@pytest.mark.parametrize(("tier", "situation", "words"), [
    ("high", "silent", "Call in person"), ("high", "dropped", "find out why they buy less"),
    ("high", "active", "what goes well with Лак"), ("middle", "silent", "Лак is there, with a small discount"),
    ("middle", "dropped", "voucher"), ("middle", "active", "best sellers, beginning with Лак"),
    ("low", "silent", "sale"), ("low", "active", "sale"), ("low", "new", "Welcome")])
def test_s3_18_actions_by_tier_and_situation(tier: str, situation: str, words: str) -> None:
    assert words in done(value_tier=tier, situation=situation)


def test_s3_18_the_first_row_of_ones_own_that_fits_counts() -> None:
    table = (Action(texts={"ru": "Поздравить", "en": "Congratulate"}, channel="抖音"),
             Action("Call about {product}", tier="high", situation="silent"), Action("restock", tier="high"))
    assert done(table, channel="抖音", value_tier="low") == "Congratulate"
    assert done(table, "ru", channel="抖音") == "Поздравить"
    assert done(table, "zh", channel="抖音") == "Поздравить"
    assert done(table, value_tier="high", situation="silent") == "Call about Лак"
    assert done(table, value_tier="high", situation="active") == done(situation="silent")
    assert done(table, value_tier="low") == done(value_tier="low")


def test_s3_18_braces_in_a_text_or_a_name_break_nothing() -> None:
    table = (Action("{0} {product} {x} %s"),)
    assert done(table, favourite="{1}{product}") == "{0} {1}{product} {x} %s"
    assert done(table, favourite="") == "{0} what they usually buy {x} %s"


def test_s3_18_the_usual_table_ends_with_rows_for_all() -> None:
    assert {each.text for each in USUAL} == set(action_texts(Catalogue("en", "RUB")))
