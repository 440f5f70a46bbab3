from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.editing import edited, moved, renumbered, resold
from tests.emulator.asking import RETURN, SALE

KEYS = st.integers(0, 2**64 - 1)
AMOUNTS = st.integers(-(10**9), 10**9)
LINES = st.lists(st.builds(lambda amount, cost: SALE._replace(amount=amount, cost=cost), AMOUNTS,
                           st.none() | st.integers(0, 10**9)), min_size=1, max_size=4).map(tuple)


@given(KEYS, LINES)
def test_an_edit_changes_something_and_leaves_a_line(key: int, lines: tuple) -> None:
    found = edited(key, lines)
    assert found
    assert found != lines
    assert {(line.sale_id, line.date, line.buyer) for line in found} == {(SALE.sale_id, SALE.date, SALE.buyer)}


def test_edits_are_of_every_kind() -> None:
    lines = (SALE, SALE._replace(product="Пальто"))
    found = [edited(key << 40, lines) for key in range(300)]
    assert {len(each) for each in found} == {1, 2, 3}
    assert any(len(set(each)) < len(each) for each in found)


def test_a_move_into_another_year_gives_another_number() -> None:
    assert [line.date.date() for line in moved((SALE, SALE), 10)] == [date(2026, 3, 12)] * 2
    assert {line.sale_id for line in moved((SALE,), 10)} == {SALE.sale_id}
    assert {line.sale_id for line in moved((SALE,), -70)} != {SALE.sale_id}
    assert renumbered((SALE,))[0].sale_id.startswith(SALE.sale_id)


def test_a_document_is_resold_to_another_buyer_of_the_day_if_there_is_one() -> None:
    other = RETURN._replace(buyer="другой", contractor="ООО «Другой»", site_id=5)
    (line,) = resold(1, (SALE,), [SALE, other, SALE._replace(buyer="")])
    assert (line.buyer, line.contractor, line.site_id, line.amount) == ("другой", "ООО «Другой»", 5, SALE.amount)
    assert resold(1, (SALE,), [SALE]) == (SALE,)
    assert resold(1, (SALE._replace(buyer=""),), [other]) == (SALE._replace(buyer=""),)
