from datetime import date, datetime

import pytest

from rfm_service.emulator.shop import ListShop, Partner, document_of, signed_amount
from tests.emulator.asking import EDGE, PARTNER, RETURN, SALE, small_shop

ALWAYS = (date(2020, 1, 1), date(2030, 1, 1))


def test_days_are_half_open_and_come_in_order() -> None:
    shop = ListShop([EDGE, RETURN, SALE])
    assert list(shop.lines(date(2026, 3, 2), date(2026, 3, 6))) == [SALE, RETURN]


def test_a_document_can_be_replaced_moved_and_removed() -> None:
    shop = small_shop()
    shop.replace(document_of(SALE), SALE._replace(amount=1), SALE._replace(amount=2))
    shop.move(document_of(SALE), date(2026, 4, 1))
    shop.remove(document_of(RETURN))
    found = [(line.date, line.amount) for line in shop.lines(*ALWAYS)]
    moved = datetime(2026, 4, 1, 10, 20, 30)
    assert found == [(EDGE.date, EDGE.amount), (moved, 1), (moved, 2)]


def test_an_unknown_document_is_an_error() -> None:
    with pytest.raises(KeyError):
        small_shop().remove(document_of(SALE._replace(buyer="другой")))


def test_number_year_type_and_buyer_tell_documents_apart() -> None:
    others = [
        SALE._replace(date=datetime(2025, 3, 2)),
        SALE._replace(returned=True),
        SALE._replace(buyer="другой"),
        SALE._replace(organisation="другая"),
    ]
    assert len({document_of(line) for line in [SALE, *others]}) == 5


def test_partners_are_kept_by_name() -> None:
    shop = small_shop()
    shop.add_partner(PARTNER._replace(email="new@example.com"))
    shop.add_partner(Partner("второй"))
    assert [(p.buyer, p.email) for p in shop.partners()] == [
        (PARTNER.buyer, "new@example.com"),
        ("второй", ""),
    ]


def test_a_return_lowers_the_total_whatever_its_sign() -> None:
    assert signed_amount(RETURN) == signed_amount(RETURN._replace(amount=-RETURN.amount)) == -RETURN.amount
    assert signed_amount(SALE._replace(amount=-5)) == -5


def test_only_the_optional_fields_that_are_used_are_told() -> None:
    shop = small_shop()
    assert shop.optional_fields() == frozenset()
    shop.add(SALE._replace(cost=0, channel="Опт"))
    assert shop.optional_fields() == {"cost", "channel"}
