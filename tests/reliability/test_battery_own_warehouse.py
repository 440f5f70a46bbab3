"""Case 34 of the battery: a page of the warehouse damaged, over real nights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.emulator.generator import GeneratedShop
from rfm_service.ledger import soundness
from tests.nights.company import Company, company
from tests.reliability.kept import spoil

pytestmark = pytest.mark.slow

DAY = date(2026, 6, 10)
PAGE = 4096


def nights_before(firm: Company) -> None:
    for back in (2, 1):
        firm.good_night(DAY - timedelta(days=back))


def zeroed(firm: Company) -> None:
    spoil(firm.folder / "data" / "warehouse.db", 20 * PAGE, bytes(4 * PAGE))


def without_copies(firm: Company) -> None:
    for copy in (firm.folder / "data" / "backups").iterdir():
        copy.write_bytes(b"damaged too")
    zeroed(firm)


@pytest.mark.parametrize(("damage", "restored"), [(zeroed, True), (without_copies, False)])
def test_case_34_a_damaged_warehouse_is_replaced_and_the_gap_pulled_again(
        tmp_path: Path, damage: Callable[[Company], None], restored: bool) -> None:
    shop, start = GeneratedShop(5, 1200, 60, last_day=DAY), DAY - timedelta(days=59)
    (tmp_path / "calm").mkdir()
    (tmp_path / "troubled").mkdir()
    with company(tmp_path / "calm", shop, start=start) as calm, company(tmp_path / "troubled", shop,
                                                                        start=start) as troubled:
        nights_before(calm)
        nights_before(troubled)
        damage(troubled)
        damaged = (troubled.folder / "data" / "warehouse.db").read_bytes()
        expected, result = calm.good_night(DAY), troubled.night(DAY)
        assert result.exit_code == 0, result.output
        assert troubled.customers(DAY).keys() == expected.keys()
        assert troubled.stored() == calm.stored()
        if restored:
            assert troubled.customers(DAY) == expected
            assert troubled.moves(DAY) == calm.moves(DAY)
        [aside] = (troubled.folder / "data").glob("damaged-*")
        assert (aside / "warehouse.db").read_bytes() == damaged
        [told] = [text for text in troubled.told(1001) if "was damaged" in text]
        assert str(aside) in told
        assert ("takes its place; the newest night in it is that of" in told) is restored
        assert ("history of moves" in told) is not restored
        assert [text for text in troubled.told(2002) if "was damaged" in text] == []
        assert "was damaged" in result.stdout
        newest = max((troubled.folder / "data" / "backups").glob("warehouse-*.db"), key=lambda path: path.name)
        assert soundness.look(newest, still=True).as_of == DAY
