"""Today's list on the page: its rows are those of the night, and the page has words for whatever they hold."""

from __future__ import annotations

import dataclasses
import re
from functools import cache

import pandas as pd
import pytest

from rfm_service.analysis.outreach.actions import PRODUCT, actions
from rfm_service.analysis.outreach.reasons import _PHRASES, reason_parts, reasons
from rfm_service.dashboard import page as pages
from rfm_service.dashboard import worklist as lists
from rfm_service.dashboard.alerts import NO_RATE, alerts_section
from rfm_service.dashboard.words import asked, catalogues
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import GROWTH_TYPES, POTENTIALS, RISK_TAGS, STATES, VALUE_TIERS, Action
from rfm_service.domain.product_rules import ADVICE, ALERT_KINDS
from rfm_service.renderers.dashboard import Renderer
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.plain import plain
from tests.dashboard.goods import goods, with_goods
from tests.dashboard.reading import Section, opened, words_of
from tests.renderers.findings import make_findings

MONEY, MEGABYTE = 10_000, 1e6


@cache
def findings() -> Findings:
    return make_findings(400, hostile=True)


def everybody(found: Findings) -> Findings:
    """The same night without any limit to the list."""
    state = found.snapshot["state"].replace({"full": "listed"})
    return dataclasses.replace(found, snapshot=found.snapshot.assign(state=state))


def page(found: Findings, *, contacts: bool = True) -> bytes:
    return Renderer(dashboard_contacts=contacts).render(found, Catalogue("ru", "RUB"))["dashboard.html"]


@cache
def contents() -> tuple[dict[str, object], dict[str, Section]]:
    return opened(page(findings()))


def test_s3_23_the_rows_are_those_of_the_night_in_their_order() -> None:
    facts, sections = contents()
    today, held = findings().today, sections["worklist"]
    ids = [sections["customers"]["customer_id"][row] for row in held["row"]]
    assert ids == today["customer_id"].tolist()
    assert (facts["worklist"]["customers"], facts["worklist"]["day"]) == (len(today), facts["as_of"] + 1)
    for name in (*lists.DAYS, "risk_tag", "value_tier", "growth", "potential", "channel"):
        assert held[name] == today[name].tolist(), name
    assert held["favourite"] == [plain(name) for name in today["favourite"]]
    for name in ("priority", "uplift"):
        assert [each / 100 for each in held[name]] == pytest.approx(today[name].tolist(), abs=0.005), name
    for name in ("observed_returns", "return_rate"):
        assert [each / 10_000 for each in held[name]] == pytest.approx(today[name].tolist(), abs=1e-4), name
    for name in ("margin", "expected"):
        assert [each / MONEY for each in held[name]] == [round(each / MONEY) for each in today[name]], name


def test_s3_01_the_parts_of_what_a_contact_brings_give_it() -> None:
    _, sections = contents()
    held, spend = sections["worklist"], sections["customers"]["spend30"]
    lift = findings().worklist.lift
    for row, rate, back, cost, expected in zip(*(held[name] for name in (
            "row", "rate", "return_rate", "touch_cost", "expected")), strict=True):
        gain = lift * spend[row] * rate / 10_000 * (1 - back / 10_000) - cost
        assert gain == pytest.approx(expected, abs=MONEY + 2e-4 * lift * spend[row])
    rule = dataclasses.replace(findings().worklist, mode="seed")
    assert set(lists.margin_rates(findings().today, rule)) == {0.0}


def test_s3_19_the_page_has_a_phrase_for_every_part_of_a_reason() -> None:
    script = pages.asset("worklist.js")
    phrases = re.search(r"(?s)const REASONS = \{\n(.*?)\n\};", script)
    assert phrases
    assert set(re.findall(r"(?m)^  (\w+): ", phrases[1])) == set(_PHRASES)
    parts = reason_parts(findings().snapshot)
    assert {part for told in parts for part in told.split()} <= set(_PHRASES)
    counts = reasons(findings().snapshot, Catalogue("en", "RUB")).str.count("; ") + 1
    assert (counts == parts.str.split().str.len()).all()


def test_the_page_says_why_of_every_state() -> None:
    told = re.search(r"(?s)rfm\.offListText = .*?return \{\n(.*?)\n  \}\[", pages.asset("worklist.js"))
    assert told
    assert set(re.findall(r"(?m)^    (\w+): ", told[1])) == set(STATES)
    _, sections = contents()
    by_id = findings().snapshot.set_index("customer_id").loc[sections["customers"]["customer_id"]]
    assert sections["customers"]["state"] == by_id["state"].tolist()
    assert sections["customers"]["last_contact"] == by_id["last_contact"].tolist()


def test_every_id_has_a_label_in_every_language() -> None:
    spoken = words_of(page(findings()))["words"]
    for language in LANGUAGES:
        for kind, ids in (("risk_tag", RISK_TAGS), ("value_tier", VALUE_TIERS), ("growth", GROWTH_TYPES),
                          ("potential", POTENTIALS)):
            assert tuple(spoken[language][kind]) == ids or set(spoken[language][kind]) == set(ids), kind
        assert {"priority", "reason", "action", "expected", "phone", "clv"} <= set(spoken[language]["headings"])


def test_s3_18_what_to_do_is_told_in_every_language() -> None:
    table = (Action("Позвонить</script>", tier="high", channel="Опт"),
             Action(texts={"ru": "Письмо {product}", "en": "M"}))
    rules = dataclasses.replace(findings().worklist.rules, actions=table)
    found = dataclasses.replace(findings(), worklist=dataclasses.replace(findings().worklist, rules=rules))
    facts, sections = opened(page(found))
    held = sections["worklist"]
    for texts in catalogues("RUB"):
        words = facts["worklist"]["actions"][texts.language]
        told = [words[number].replace(PRODUCT, name or texts("what they usually buy"))
                for number, name in zip(held["action"], held["favourite"], strict=True)]
        assert told == [plain(text) for text in actions(found.today, table, texts)], texts.language


def test_the_list_without_limit_is_whole() -> None:
    found = everybody(findings())
    _, sections = opened(page(found))
    assert len(sections["worklist"]["row"]) == len(found.today) > 2 * len(findings().today)


@pytest.mark.slow
def test_a_page_of_ten_thousand_all_of_them_listed_stays_small() -> None:
    found = everybody(make_findings(10_000))
    assert len(found.today) > 5_000
    assert len(page(found)) <= 1.5 * MEGABYTE


def test_a_list_too_long_is_cut_at_its_end_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_LISTED", 10)
    facts, sections = opened(page(findings()))
    ids = [sections["customers"]["customer_id"][row] for row in sections["worklist"]["row"]]
    assert ids == findings().today["customer_id"].head(10).tolist()
    assert facts["worklist"]["customers"] == len(findings().today) > 10


@pytest.mark.parametrize("customers", [0, 1, 30])
def test_few_customers_have_a_list_too(customers: int) -> None:
    found = make_findings(customers)
    _, sections = opened(page(found))
    assert len(sections["worklist"]["row"]) == len(found.today)


def test_phones_are_those_of_the_customers() -> None:
    _, sections = contents()
    by_id = findings().snapshot.set_index("customer_id").loc[sections["customers"]["customer_id"]]
    assert sections["customers"]["phone"] == by_id["phone"].tolist()


def test_s3_20_s3_21_s3_22_alerts_come_as_they_are_made() -> None:
    made = goods()
    _, sections = opened(page(with_goods(findings(), made)))
    told = sections["alerts"]
    assert told["alert"] == made["alert"].tolist()
    assert told["product"] == [plain(name) for name in made["product"]]
    for name in ("orders", "lines", "revenue", "margin", "advice"):
        assert told[name] == made[name].tolist(), name
    assert told["margin_rate"] == [NO_RATE if pd.isna(rate) else round(rate * 10_000) for rate in made["margin_rate"]]
    assert told["returned_share"] == [round(share * 10_000) for share in made["returned_share"]]


def test_goods_have_a_label_an_advice_and_a_rule_in_every_language() -> None:
    facts, _ = contents()
    for language, spoken in words_of(page(findings()))["words"].items():
        assert set(spoken["alert"]) == set(facts["worklist"]["products"][language]) == set(ALERT_KINDS)
        assert set(spoken["product_advice"]) == set(ADVICE)
    assert alerts_section(goods().head(0))["alert"].rows == 0


def test_s3_28_the_page_says_what_to_do_when() -> None:
    said, _ = asked(pages.scripts())
    assert any("Morning: filter" in text and "Afternoon: tick" in text for text in said)
