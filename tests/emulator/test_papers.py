from datetime import date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.papers import EMPTY_REF, ShopWithout, guid, papers, partner_ref
from rfm_service.emulator.shop import ListShop, document_of
from tests.emulator.asking import EDGE, PARTNER, RETURN, SALE, small_shop

ALWAYS = (date(2020, 1, 1), date(2030, 1, 1))


def test_lines_are_put_together_by_document() -> None:
    shop = ListShop([SALE, EDGE, SALE, RETURN, SALE._replace(buyer="другой")])
    found = list(papers(shop, *ALWAYS))
    assert [paper.lines for paper in found] == [(SALE, SALE), (SALE._replace(buyer="другой"),), (RETURN,), (EDGE,)]
    assert [paper.kind for paper in found] == ["sale", "sale", "return", "sale"]
    assert all(paper.counts and paper.day == paper.lines[0].date.date() for paper in found)
    assert len({paper.ref for paper in found}) == 4


def test_a_sale_below_zero_is_a_correction() -> None:
    storno = SALE._replace(amount=-SALE.amount - 1)
    (paper,) = papers(ListShop([SALE, storno]), *ALWAYS)
    assert paper.kind == "correction"


def test_an_edit_of_a_shop_in_memory_keeps_the_reference_and_changes_the_version() -> None:
    shop = small_shop()
    before = next(papers(shop, *ALWAYS))
    shop.replace(document_of(SALE), SALE._replace(amount=1))
    after = next(papers(shop, *ALWAYS))
    assert (after.ref, after.version != before.version) == (before.ref, True)
    shop.replace(document_of(SALE), SALE)
    assert next(papers(shop, *ALWAYS)) == before


def test_a_document_that_moves_within_the_year_keeps_its_reference() -> None:
    shop = small_shop()
    (before,) = papers(shop, date(2026, 3, 2), date(2026, 3, 3))
    shop.move(document_of(SALE), date(2026, 4, 1))
    (after,) = papers(shop, date(2026, 4, 1), date(2026, 4, 2))
    assert after.ref == before.ref
    assert after.lines[0].date == datetime(2026, 4, 1, 10, 20, 30)


@given(st.lists(st.text() | st.integers()), st.lists(st.text() | st.integers()))
def test_a_guid_belongs_to_its_parts(first: list[str | int], second: list[str | int]) -> None:
    assert str(UUID(guid(*first))) == guid(*first)
    assert (guid(*first) == guid(*second)) == ("\x1f".join(map(str, first)) == "\x1f".join(map(str, second)))


def test_a_partner_has_the_reference_that_the_shop_gave_it() -> None:
    shop = ListShop([], [PARTNER._replace(ref="a"), PARTNER._replace(buyer="второй")])
    assert partner_ref(shop, PARTNER.buyer) == "a"
    assert partner_ref(shop, "второй") == guid("partner", "второй")
    assert partner_ref(shop, "") == EMPTY_REF


def test_a_day_can_be_hidden() -> None:
    shop = ShopWithout(small_shop(), date(2026, 3, 5))
    assert list(shop.lines(*ALWAYS)) == [SALE, EDGE]
    assert [paper.lines for paper in shop.papers(*ALWAYS)] == [(SALE,), (EDGE,)]
    assert (list(shop.partners()), shop.optional_fields()) == ([PARTNER], frozenset())
    assert shop.partner_ref("второй") == guid("partner", "второй")
