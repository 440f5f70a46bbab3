"""What a customer may ask for, as the ledger answers it: to be told of all that is kept, and to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rfm_service.domain.values import Partner
from rfm_service.ledger import forgetting, forgotten
from rfm_service.ledger.dossier import Dossier, dossier, nights
from rfm_service.ledger.forgetting import Erased
from rfm_service.ledger.stores import AnyWarehouse


@dataclass(frozen=True)
class Rights:
    """Of the customers of a warehouse; `own` are own companies. Every method raises LedgerError."""

    warehouse: AnyWarehouse
    own: frozenset[str] = frozenset()

    def dossier(self, named: str) -> Dossier:
        """All that is kept of the customer of an id, a reference or a name."""
        with self.warehouse.reading() as connection:
            return dossier(connection, named)

    def tells(self, found: Dossier) -> Callable[[str], bool]:
        """What knows an id under which a customer is told of, or was before it was forgotten."""
        with self.warehouse.reading() as connection:
            known = forgotten.read(connection)
        if found.forgotten is None:
            return frozenset(row["customer_id"] for row in found.who).__contains__
        return lru_cache(maxsize=None)(lambda text: known.number(text) in found.numbers)

    def nights(self, found: Dossier, window_days: int) -> set[date]:
        """The kept nights whose reports may name a customer: scored, moved, or with a line in the window."""
        with self.warehouse.reading() as connection:
            return nights(connection, found.numbers, window_days)

    def forget(self, named: str, day: date) -> Erased:
        """Forget a customer, in one transaction; the file is then written anew, so that nothing is left in its gaps.

        Killed at any moment, the customer is there or forgotten; the same call again does what is left to do.
        """
        with self.warehouse.erasing() as connection:
            erased = forgetting.forget(connection, named, day, self.own)
            # In vain it harms nothing: who is on the list and in the ledger is there until a copy is restored.
            forgotten.write(self.warehouse.path, forgotten.listing(connection))
        self.warehouse.purge()
        return erased

    def follow(self, partners: Sequence[Partner]) -> None:
        """Remember the new names of who was forgotten, where a reference tells them."""
        with self.warehouse.rows() as connection:
            if forgotten.follow(connection, partners):
                forgotten.write(self.warehouse.path, forgotten.listing(connection))

    def forgotten(self) -> dict[str, int]:
        """customer_id -> number of who was forgotten."""
        with self.warehouse.reading() as connection:
            return {told: number for number, told in forgotten.read(connection).told.items()}
