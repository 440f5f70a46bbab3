"""What contacts brought, said so that everybody understands it."""

from __future__ import annotations

import re

import pytest

from rfm_service.analysis.outreach.effect_sentences import effect_sentences
from rfm_service.domain.outreach import Effects
from rfm_service.domain.tables import EFFECTS
from rfm_service.domain.values import day_number, day_of
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.analysis.outreach.test_effect import made

USUAL = {"campaign": "2026-Q4", "segment": "", "listed": 900, "contacted": 675, "held": 100, "held_contacted": 0,
         "buyers": 0.045, "buyers_low": 0.015, "buyers_high": 0.075, "money": 9_000.0, "money_low": 3_000.0,
         "money_high": 15_370.0, "verdict": "helps", "needed": 378, "enough_by": 0}
HARM = {"buyers": -0.045, "buyers_low": -0.075, "buyers_high": -0.015, "verdict": "harms", "money": -9_000.0,
        "money_low": -15_370.0, "money_high": -3_000.0}
CHANCE = {"verdict": "no_difference_seen"}
NONE = CHANCE | {"buyers": 0.03, "buyers_low": -0.0075, "buyers_high": 0.0675}
FEW = {"verdict": "too_few", "held": 14}
MARCH = day_number(day_of(20_880))
JARGON = re.compile(
    r"\b(CI|p.?values?|holdout|uplift|lift|control group|intervals?|significan\w*|confidence|variance|sample|odds|"
    r"experiments?|segments? id|A/B)\b|доверительн|контрольн|статистич|значим|интервал|аплифт|выборк|эксперимент|"
    r"置信|显著|对照组|区间|样本|güven aralığı|anlamlı|kontrol grubu|örneklem|aralığ", re.IGNORECASE)


def said(changes: dict[str, object], language: str = "en", currency: str = "USD", days: int = 30) -> str:
    row = USUAL | changes
    frame = made([tuple(row.get(name, 0) for name in EFFECTS)], EFFECTS)
    [sentence] = effect_sentences(Effects(frame, day_of(20_800), days), Catalogue(language, currency))
    return sentence.replace("\xa0", " ").replace("\u202f", " ")


def numbers(sentence: str) -> list[float]:
    whole = re.sub(r"(?<=\d)[.,\s](?=000)", "", sentence)
    return sorted(float(each.replace(",", ".")) for each in re.findall(r"\d+(?:[.,]\d+)?", whole))


CASES = {
    "helps": ({}, "Contacting helps: of 100 customers contacted, 6 more buy within 30 days (between 2 and 10). That is "
                  "about $12,000 more a customer (between $4,000 and $20,000)."),
    "harms": (HARM, "Contacting does harm: of 100 customers contacted, 6 fewer buy within 30 days (between 2 and 10). "
                    "That is about $12,000 less a customer (between $4,000 and $20,000)."),
    "money unknown": ({"money_low": -1.0}, "Contacting helps: of 100 customers contacted, 6 more buy within 30 days "
                                           "(between 2 and 10). How much money that makes cannot be told yet."),
    "no contacts known": ({"contacted": 0, "money_low": -1.0},
                          "Contacting helps: of 100 customers on the lists, 4.5 more buy within 30 days (between 1.5 "
                          "and 7.5). How much money that makes cannot be told yet."),
    "contacted all the same": (NONE | {"held_contacted": 1},
                               "No difference is seen: of 100 customers contacted, between 1 fewer and 9.1 more buy "
                               "within 30 days than without contact. 1 of those held back was contacted all the same."),
    "no difference": (NONE, "No difference is seen: of 100 customers contacted, between 1 fewer and 9 more buy within "
                            "30 days than without contact."),
    "perhaps": (CHANCE, "It looks as if contacting helps, but that may still be chance: of 100 customers contacted, "
                        "between 2 and 10 more buy within 30 days."),
    "perhaps not": (HARM | CHANCE, "It looks as if contacting does harm, but that may still be chance: of 100 "
                                   "customers contacted, between 2 and 10 fewer buy within 30 days."),
    "too few": (FEW | {"enough_by": MARCH}, "Not enough to know yet: 14 customers were held back; about 380 are "
                                            "needed, at this pace by Mar 2027."),
    "no pace": (FEW, "Not enough to know yet: 14 customers were held back; about 380 are needed."),
    "one": (FEW | {"held": 1, "needed": 0}, "Not enough to know yet: 1 customer was held back."),
    "nobody": (FEW | {"held": 0}, "Nobody was held back, so there is nothing to compare with."),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said(case: str) -> None:
    changes, sentence = CASES[case]
    assert said(changes) == sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_s3_19_every_language_says_it_without_jargon(case: str, language: str) -> None:
    changes, english = CASES[case]
    sentence = said(changes, language, "RUB")
    assert not JARGON.search(sentence)
    assert "{" not in sentence
    # A month is a number in Chinese.
    assert numbers(sentence) == numbers(english) or "Mar" in english
    assert (sentence == english.replace("$", "₽")) == (language == "en")


def test_s3_19_russian() -> None:
    assert said({}, "ru", "RUB") == (
        "Контакты помогают: из 100 покупателей, с которыми связались, за 30 дней покупают на 6 больше (от 2 до 10). "
        "Это примерно на 12 000 ₽ больше с покупателя (от 4 000 ₽ до 20 000 ₽).")
    assert said(FEW | {"enough_by": MARCH}, "ru", "RUB") == (
        "Судить пока рано: для сравнения без контакта оставили 14 покупателей, а нужно около 380 (при таком темпе — "
        "март 2027).")
    assert "за 21 день" in said({}, "ru", "RUB", 21)


@pytest.mark.parametrize(("needed", "shown"), [(20, "20"), (101, "100"), (378, "380"), (4_161, "4,200"),
                                               (123_456, "120,000")])
def test_a_number_that_is_only_a_guess_is_round(needed: int, shown: str) -> None:
    assert f"about {shown} are needed" in said(FEW | {"needed": needed})


def test_small_money_is_told_to_the_kopeck() -> None:
    assert "about $0.45 more a customer (between $0.08 and $12.00)" in said(
        {"contacted": 900, "money": 0.451, "money_low": 0.08, "money_high": 12.0})


def test_an_effect_of_a_few_contacts_is_told_of_the_lists() -> None:
    """Spread over a tenth of the listed, the effect on the contacted would be that of more than all of them."""
    assert "of 100 customers on the lists" in said({"contacted": 90})
    assert "of 100 customers contacted" in said({"contacted": 300})
    assert "of 100 customers contacted, 4.5 more" in said({"contacted": 900})
    assert "of 100 customers on the lists" in said({"contacted": 300, "buyers_high": 0.4})
