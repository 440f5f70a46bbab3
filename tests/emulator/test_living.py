from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.emulator import living as living_module
from rfm_service.emulator.fates import Fates, Wave
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.papers import Paper, guid, papers
from rfm_service.emulator.shop import ListShop, Partner
from rfm_service.emulator.truth import truth
from tests.emulator.asking import EDGE, PARTNER, RETURN, SALE
from tests.emulator.test_replay import RETAIL
from tests.emulator.test_replay import shop_of as replayed

LAST = date(2026, 3, 31)
BASE = GeneratedShop(seed=3, lines=900, days=200, last_day=LAST)
FIRST = BASE.first_day
ALWAYS = (FIRST - timedelta(60), LAST + timedelta(60))
BUSY = Fates(1_500, 1_500, 1_000, 500, 300, 1_000, 300, 500, 300, 3_000, 3_000,
             (Wave(date(2026, 2, 10), date(2026, 2, 13)),))

CLOCKS = st.dates(FIRST - timedelta(5), LAST + timedelta(300))
SEEDS = st.integers(1, 3)
SLOW = settings(max_examples=25, deadline=None)


@cache
def living(seed: int) -> LivingShop:
    """A shop that is asked over and over, so that what it keeps is tried too."""
    return LivingShop(BASE, seed, BUSY, LAST)


def shown(seed: int, clock: date) -> dict[str, Paper]:
    shop = living(seed)
    shop.clock = clock
    return {paper.ref: paper for paper in shop.papers(*ALWAYS)}


@SLOW
@given(SEEDS, CLOCKS)
def test_the_same_seed_and_clock_show_the_same_whatever_was_asked_before(seed: int, clock: date) -> None:
    fresh = LivingShop(BASE, seed, BUSY, clock)
    assert list(fresh.papers(*ALWAYS)) == list(shown(seed, clock).values())
    assert list(fresh.partners()) == list(living(seed).partners())


@SLOW
@given(SEEDS, CLOCKS, CLOCKS, CLOCKS)
def test_a_window_is_the_sum_of_its_parts(seed: int, clock: date, one: date, other: date) -> None:
    shop = living(seed)
    shop.clock = clock
    start, end = ALWAYS
    a, b = sorted((one, other))
    parts = [*shop.papers(start, a), *shop.papers(a, b), *shop.papers(b, end)]
    assert [paper for paper in shop.papers(start, end) if paper.day < end] == [p for p in parts if p.day < end]


@SLOW
@given(SEEDS, CLOCKS)
def test_documents_are_dated_up_to_the_clock_in_order_each_once(seed: int, clock: date) -> None:
    found = shown(seed, clock)
    days = [paper.day for paper in found.values()]
    assert days == sorted(days)
    assert all(day <= clock for day in days)
    assert len(list(living(seed).papers(*ALWAYS))) == len(found)


@SLOW
@given(SEEDS, CLOCKS, st.integers(0, 200))
def test_versions_grow_with_every_change_and_never_fall(seed: int, clock: date, days: int) -> None:
    before, after = shown(seed, clock), shown(seed, clock + timedelta(days))
    renamed = {each.after for each in living(seed).ledger(FIRST, clock + timedelta(days + 1)) if not each.old_date}
    for ref in before.keys() & after.keys():
        old, new = before[ref], after[ref]
        assert new.version >= old.version
        if new.version == old.version:
            assert as_once_named(new) == as_once_named(old)
            assert new == old or new.lines[0].buyer in renamed


def as_once_named(paper: Paper) -> Paper:
    return paper._replace(lines=tuple(line._replace(buyer="") for line in paper.lines), version=0)


@SLOW
@given(SEEDS, CLOCKS, st.integers(0, 120))
def test_the_ledger_explains_every_difference(seed: int, clock: date, days: int) -> None:
    later = clock + timedelta(days)
    before, after = shown(seed, clock), shown(seed, later)
    told = list(living(seed).ledger(clock + timedelta(1), later + timedelta(1)))
    explained = {each.ref for each in told}
    partners = {each.before for each in told if each.kind.startswith("partner")}
    written = {paper.ref: paper.day for paper in papers(BASE, *ALWAYS)}
    for ref in before.keys() | after.keys():
        if before.get(ref) != after.get(ref) and ref not in explained:
            born = clock < written[ref] <= later
            assert born or before[ref].lines[0].buyer in partners


@SLOW
@given(SEEDS, CLOCKS)
def test_what_the_ledger_tells_of_happened_on_that_day(seed: int, clock: date) -> None:
    before, after = shown(seed, clock - timedelta(1)), shown(seed, clock)
    for each in living(seed).ledger(clock, clock + timedelta(1)):
        if each.old_date is None:
            continue
        old, new = before.get(each.ref), after.get(each.ref)
        assert old != new
        assert new is None or old is None or new.version > old.version
        if each.kind in ("posted_late", "deleted"):
            assert (new is None) == (each.kind == "deleted")
            assert each.kind == "deleted" or old is None or not old.posted


def test_a_late_document_does_not_count_before_it_is_posted() -> None:
    late = [each for each in living(1).ledger(*ALWAYS) if each.kind == "posted_late"]
    assert len(late) > 10
    for each in late:
        assert each.day > each.new_date
        early = shown(1, each.day - timedelta(1)).get(each.ref)
        assert early is None or not early.posted


@SLOW
@given(SEEDS, CLOCKS)
def test_the_truth_is_the_sum_of_the_lines(seed: int, clock: date) -> None:
    shop = living(seed)
    shop.clock = clock
    lines = list(shop.lines(*ALWAYS))
    found = truth(shop, *ALWAYS)
    signed = [-abs(line.amount) if line.returned else line.amount for line in lines]
    assert sum(sums.amount for sums in found.days.values()) == sum(signed)
    assert sum(sums.amount for sums in found.customers.values()) == sum(signed)
    assert Counter({day: sums.lines for day, sums in found.days.items()}) == Counter(x.date.date() for x in lines)
    assert Counter({name: sums.lines for name, sums in found.customers.items()}) == Counter(x.buyer for x in lines)
    assert sum(sums.documents for sums in found.days.values()) == sum(p.counts for p in shop.papers(*ALWAYS))


def test_every_kind_of_mutation_happens() -> None:
    kinds = Counter(each.kind for each in living(2).ledger(*ALWAYS))
    assert set(kinds) == {"posted_late", "edited", "unposted", "reposted", "marked", "deleted", "moved", "renumbered",
                          "rewritten", "resold", "partner_renamed", "partner_merged"}


def test_the_ledger_comes_by_day_and_by_parts() -> None:
    shop = living(1)
    whole = list(shop.ledger(*ALWAYS))
    assert [each.day for each in whole] == sorted(each.day for each in whole)
    middle = date(2026, 1, 15)
    assert whole == [*shop.ledger(ALWAYS[0], middle), *shop.ledger(middle, ALWAYS[1])]


def test_some_documents_move_to_days_after_and_before() -> None:
    moved = [each for each in living(1).ledger(*ALWAYS) if each.kind == "moved"]
    assert any(each.new_date < each.old_date for each in moved)
    assert any(each.new_date > each.old_date for each in moved)


def test_a_renamed_partner_keeps_its_reference_and_takes_its_documents_along() -> None:
    shop = LivingShop(BASE, 1, BUSY, LAST)
    each = next(each for each in shop.ledger(*ALWAYS) if each.kind == "partner_renamed" and sold(shop, each.before))
    shop.clock = each.day - timedelta(1)
    lines, ref = sold(shop, each.before), shop.partner_ref(each.before)
    assert lines
    shop.clock = each.day
    assert {line.sale_id for line in lines} <= {line.sale_id for line in sold(shop, each.after)}
    assert not sold(shop, each.before)
    assert shop.partner_ref(each.after) == ref == each.ref
    assert {partner.ref for partner in shop.partners() if partner.buyer == each.after} == {ref}


def test_a_merged_partner_leaves_and_its_documents_are_written_under_the_other() -> None:
    shop = LivingShop(BASE, 1, BUSY, LAST)
    merged = [each for each in shop.ledger(*ALWAYS) if each.kind == "partner_merged"]
    assert len(merged) > 5
    for each in merged:
        shop.clock = each.day - timedelta(1)
        before = {paper.ref: paper.version for paper in shop.papers(*ALWAYS) if paper.lines[0].buyer == each.before}
        assert each.before in {partner.buyer for partner in shop.partners()}
        shop.clock = each.day
        after = {paper.ref: paper for paper in shop.papers(*ALWAYS)}
        assert each.before not in {partner.buyer for partner in shop.partners()}
        kept = before.keys() & after.keys()
        assert all(after[ref].version > before[ref] for ref in kept)
        assert {after[ref].lines[0].buyer for ref in kept} <= {each.after, *others(shop, each.day)}


def sold(shop: LivingShop, name: str) -> list:
    return [line for line in shop.lines(*ALWAYS) if line.buyer == name]


def others(shop: LivingShop, day: date) -> set[str]:
    """The buyers of documents that were sold to another on the very day."""
    refs = {each.ref for each in shop.ledger(day, day + timedelta(1)) if each.kind == "resold"}
    return {paper.lines[0].buyer for paper in shop.papers(*ALWAYS) if paper.ref in refs}


def test_own_companies_keep_their_names() -> None:
    base = ListShop([SALE], [Partner(f"фирма {n}", category="Свои") for n in range(50)])
    shop = LivingShop(base, 1, Fates(partners_renamed=10_000, partners_merged=10_000), date(2030, 1, 1))
    assert [partner.buyer for partner in shop.partners()] == [f"фирма {n}" for n in range(50)]


def test_any_shop_can_live() -> None:
    base = ListShop([SALE, RETURN, EDGE], [PARTNER])
    shop = LivingShop(base, 1, Fates.none(), RETURN.date.date())
    assert list(shop.lines(date(2000, 1, 1), date(2050, 1, 1))) == [SALE, RETURN]
    (partner,) = shop.partners()
    assert partner == PARTNER._replace(ref=guid("partner", PARTNER.buyer))
    assert shop.optional_fields() == base.optional_fields()
    assert not list(LivingShop(ListShop(), 1, Fates(), LAST).papers(*ALWAYS))


def test_what_is_kept_of_a_large_shop_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living_module, "_LINES_KEPT", 300)
    shop = LivingShop(BASE, 1, BUSY, LAST)
    assert list(shop.papers(*ALWAYS)) == list(shown(1, LAST).values())
    assert 0 < sum(shop._sizes.values()) <= 300


def test_a_replayed_file_can_live(tmp_path: Path) -> None:
    base = replayed(tmp_path / "retail.csv", RETAIL)
    calm = LivingShop(base, 1, Fates.none(), base.last_day)
    assert list(calm.lines(date.min, date.max)) == list(base.lines(date.min, date.max))
    assert {partner.buyer for partner in calm.partners()} == {partner.buyer for partner in base.partners()}
    late = LivingShop(base, 1, replace(Fates.none(), late=10_000), base.last_day + timedelta(300))
    assert truth(late, date.min, date.max) == truth(calm, date.min, date.max)
