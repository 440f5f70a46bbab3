"""What the local 1C serves: sale lines, partners, and the shop that has them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from typing import NamedTuple, Protocol

from rfm_service.emulator.hashing import guid

QUANTITY_UNITS = 1_000
"""Units of quantity in a piece."""

AMOUNT_UNITS = 10_000
"""Units of amount in the unit of currency."""


class ShopLine(NamedTuple):
    """One line of a document: quantity in 1/1000 of a piece, amount and cost in 1/10 000 of the unit.

    A sale keeps its sign (a negative one is a correction). The amount of a return has the sign of its source:
    positive as 1C writes it, negative in Online Retail; it always lowers the total.
    """

    date: datetime
    sale_id: str
    order_date: datetime | None = None
    order_id: str = ""
    buyer: str = ""
    contractor: str = ""
    site_id: int | None = None
    product: str = ""
    feature: str = ""
    quantity: int = QUANTITY_UNITS
    amount: int = 0
    address: str = ""
    returned: bool = False
    organisation: str = ""
    product_category: str = ""
    cost: int | None = None
    channel: str = ""
    currency: str = ""


OPTIONAL_FIELDS = ("organisation", "currency", "cost", "product_category", "channel")
"""Fields of a line that a shop may not have at all."""


class Partner(NamedTuple):
    """A customer as the partner catalogue has it; texts are empty where unknown, `ref` where the shop has none."""

    buyer: str
    email: str = ""
    category: str = ""
    manager: str = ""
    phone: str = ""
    tax_id: str = ""
    tax_code: str = ""
    do_not_contact: bool = False
    ref: str = ""


class Document(NamedTuple):
    """What makes a document one: number, year and type within organisation and customer."""

    organisation: str
    sale_id: str
    year: int
    returned: bool
    buyer: str


class Shop(Protocol):
    """Everything that the local 1C knows."""

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines dated in the half-open [start, end) by day, in an order that does not change."""

    def partners(self) -> Iterable[Partner]:
        """Return the partner catalogue in an order that does not change."""

    def optional_fields(self) -> frozenset[str]:
        """Return those of OPTIONAL_FIELDS that the shop has."""


def document_of(line: ShopLine) -> Document:
    """Return the identity of the document that the line belongs to."""
    return Document(line.organisation, line.sale_id, line.date.year, line.returned, line.buyer)


def signed_amount(line: ShopLine) -> int:
    """Return the amount as it counts in a total, in 1/10 000 of the currency unit: returns negative."""
    return -abs(line.amount) if line.returned else line.amount


class ListShop:
    """A small shop in memory that tests change between nights."""

    def __init__(self, lines: Iterable[ShopLine] = (), partners: Iterable[Partner] = ()) -> None:
        """Start with the given lines and partners; both may be changed later."""
        self._lines = list(lines)
        self._partners = list(partners)

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines of [start, end) by day, within a day in the order of their adding."""
        chosen = [line for line in self._lines if start <= line.date.date() < end]
        return iter(sorted(chosen, key=lambda line: line.date.date()))

    def partners(self) -> list[Partner]:
        """Return the partners in the order of their adding."""
        return list(self._partners)

    def partner_ref(self, name: str) -> str:
        """Return the reference that the partner of this name was given, else one made of the name."""
        given = (partner.ref for partner in self._partners if partner.ref and partner.buyer == name)
        return next(given, guid("partner", name))

    def optional_fields(self) -> frozenset[str]:
        """Return the optional fields that at least one line has."""
        return frozenset(
            f for f in OPTIONAL_FIELDS if any(getattr(line, f) not in ("", None) for line in self._lines)
        )

    def swap(self, lines: Iterable[ShopLine]) -> None:
        """Have these lines and no others."""
        self._lines = list(lines)

    def add(self, *lines: ShopLine) -> None:
        """Add lines after those that are there."""
        self._lines = [*self._lines, *lines]

    def add_partner(self, partner: Partner) -> None:
        """Add a partner, or put it in the place of the one with the same name."""
        kept = [known for known in self._partners if known.buyer != partner.buyer]
        self._partners = [*kept, partner]

    def replace(self, document: Document, *lines: ShopLine) -> None:
        """Put the lines in the place of the document.

        Raises:
            KeyError: there is no such document.
        """
        self._rewrite(document, lambda _: list(lines))

    def remove(self, document: Document) -> None:
        """Delete the document.

        Raises:
            KeyError: there is no such document.
        """
        self._rewrite(document, lambda _: [])

    def move(self, document: Document, to: date) -> None:
        """Give the document another date; the time of day and the order stay.

        Raises:
            KeyError: there is no such document.
        """
        self._rewrite(document, lambda found: [line._replace(date=_moved(line.date, to)) for line in found])

    def _rewrite(self, document: Document, change: Callable[[list[ShopLine]], list[ShopLine]]) -> None:
        found = [line for line in self._lines if document_of(line) == document]
        if not found:
            raise KeyError(document)
        # One assignment, so that a request served meanwhile sees the shop before or after, never between.
        self._lines = [line for line in self._lines if document_of(line) != document] + change(found)


def _moved(moment: datetime, to: date) -> datetime:
    return datetime.combine(to, time(moment.hour, moment.minute, moment.second))
