"""What is said of contacts before anything is measured, and of which campaigns after that."""

from __future__ import annotations

import dataclasses
from datetime import date
from fractions import Fraction

from rfm_service.analysis.grouping import empty
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import Effects, Holdout
from rfm_service.domain.tables import EFFECTS, OFFERS
from rfm_service.drawing.effect_words import effect_notes
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

EN = Catalogue("en", "USD")
FINDINGS = make_findings(60)


def before(share: Fraction, offered: int) -> Findings:
    """Before any campaign is old enough; tonight's offers are of the day number `offered`."""
    offers = empty(OFFERS)
    offers.loc[0] = ["2026-Q4", 1, offered, "loyal", False]
    worklist = dataclasses.replace(FINDINGS.worklist, holdout=Holdout(share), offers=offers,
                                   effects=Effects(empty(EFFECTS), date(2026, 11, 20), 30))
    return dataclasses.replace(FINDINGS, worklist=worklist)


def test_nobody_held_back_is_said_plainly() -> None:
    assert effect_notes(before(Fraction(0), 20_000), EN)[0].startswith("What contacting brings is not measured")


def test_the_first_figures_do_not_move_away_night_by_night() -> None:
    """Every night has offers of its own: none of them tells when the first list was."""
    first, later = (effect_notes(before(Fraction(1, 10), day), EN) for day in (20_000, 20_020))
    assert first == later == ["10% of the customers are held back for comparison; the first figures come 30 days after "
                              "the first list."]


def test_the_newest_campaign_and_all_of_a_year_are_told() -> None:
    told = effect_notes(FINDINGS, EN)
    assert 1 <= len(told) <= 2
    assert told[0].startswith("2026-Q")
