"""The catalogues that the documents refer to, as entity sets; those that a shop has not got come from its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from rfm_service.emulator.hashing import digest
from rfm_service.emulator.odata.documents import Named, named, order_of
from rfm_service.emulator.odata.fields import (
    FLAG,
    GUID,
    INT64,
    MOMENT,
    TEXT,
    EntitySet,
    Field,
    Get,
    Plan,
    Table,
    by_name,
    constant,
    reference,
)
from rfm_service.emulator.odata.shelf import Shelf
from rfm_service.emulator.odata.words import PARTNERS, WAREHOUSE, Desk, version
from rfm_service.emulator.shop import Partner, ShopLine

_CONTACTS = "КонтактнаяИнформация"


class Contact(NamedTuple):
    """A row of the contacts of a partner."""

    ref: str
    number: int
    type: str
    text: str


class BuyerKey(NamedTuple):
    """What sales are analysed by on the side of the customer."""

    buyer: str
    contractor: str
    organisation: str


class GoodsKey(NamedTuple):
    """What sales are analysed by on the side of the goods."""

    product: str
    feature: str


class Order(NamedTuple):
    """An order as the lines that were sold by it know it."""

    key: str
    number: str
    date: datetime
    buyer: str


def catalogue_sets(desk: Desk) -> list[EntitySet]:
    """Return the catalogues of the configuration."""
    shelf, words = desk.shelf, desk.words
    category = f"Catalog_{words.categories}"
    sets = [
        _partners(desk),
        _names(shelf, "Catalog_Организации", lambda line: Named(line.organisation)),
        _catalogue(shelf, f"Catalog_{words.warehouses}", lambda: [Named(WAREHOUSE)]),
        _names(
            shelf,
            "Catalog_Номенклатура",
            lambda line: Named(line.product, line.product_category),
            named(shelf, words.category, category, lambda row: Named(row.group)),
        ),
        _orders(desk),
    ]
    if words.feature:
        sets.append(_names(shelf, "Catalog_ХарактеристикиНоменклатуры", lambda line: Named(line.feature)))
    return [*sets, *_trade_sets(shelf)] if words.buyers == PARTNERS else sets


def buyer_key(shelf: Shelf, key: BuyerKey) -> str:
    """Return the reference of an item of Catalog_КлючиАналитикиУчетаПоПартнерам."""
    return shelf.ref("buyer key", *key)


def goods_key(shelf: Shelf, key: GoodsKey) -> str:
    """Return the reference of an item of Catalog_КлючиАналитикиУчетаНоменклатуры."""
    return shelf.ref("goods key", *key)


def shown_key(key: BuyerKey | GoodsKey) -> str:
    """Return how 1C shows such a key."""
    return "; ".join(part for part in key if part)


def _kept(shelf: Shelf, name: str, key: Get, make: Callable[[], Iterable[Any]]) -> Callable[[Plan], list[Any]]:
    """Return the rows by plan: made once till the shop changes; of one reference the first stays."""

    def by_ref() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for row in make():
            found.setdefault(key(row), row)
        return found

    def rows(plan: Plan) -> list[Any]:
        known = shelf.once(name, by_ref)
        return [row for ref, row in known.items() if plan.refs is None or ref in plan.refs]

    return rows


def _names(shelf: Shelf, name: str, make: Callable[[ShopLine], Named], *more: Field) -> EntitySet:
    """Return a catalogue of the names in the lines."""
    return _catalogue(shelf, name, lambda: (row for row in shelf.each(make) if row.name), *more)


def _catalogue(shelf: Shelf, name: str, make: Callable[[], Iterable[Named]], *more: Field) -> EntitySet:
    """Return a catalogue of what is known by its name."""

    def key(row: Named) -> str:
        return shelf.ref(name, row.name)

    fields = [*_standard(name, key, lambda row: row.name), *more]
    return EntitySet(name, by_name(fields), _kept(shelf, name, key, make))


def _standard(name: str, key: Get, shown: Get) -> list[Field]:
    """Return the attributes of every catalogue; its version changes with the content of the row."""
    return [
        Field("Ref_Key", GUID, key, shown, name),
        Field("DataVersion", TEXT, lambda row: version(int.from_bytes(digest(row, 6)))),
        constant("DeletionMark", FLAG, value=False),
        Field("Code", TEXT, lambda row: f"00-{int(key(row)[:8], 16) % 10**8:08d}"),
        Field("Description", TEXT, shown),
    ]


def _partners(desk: Desk) -> EntitySet:
    """Return the catalogue of customers: partners in trade, contractors where there are no partners."""
    shelf, name, trade = desk.shelf, f"Catalog_{desk.words.buyers}", desk.words.buyers == PARTNERS

    def key(row: Partner) -> str:
        return row.ref or shelf.partner_ref(row.buyer)

    sales_manager = "ОсновнойМенеджер" if trade else "Ответственный"
    group = "ГруппаДоступа" if trade else "ГруппаКонтрагентов"
    fields = [
        *_standard(name, key, lambda row: row.buyer),
        named(shelf, sales_manager, "Catalog_Пользователи", lambda row: Named(row.manager)),
        named(shelf, group, f"Catalog_{group}", lambda row: Named(row.category)),
        Field("НеБеспокоить", FLAG, lambda row: row.do_not_contact),
        *([] if trade else _taxes(lambda row: row)),
    ]
    contacts = Table(_CONTACTS, by_name(_contact_fields()), lambda row: _contacts(row, key(row)))
    rows = _kept(shelf, name, key, lambda: shelf.partners().values())
    return EntitySet(name, by_name(fields), rows, {_CONTACTS: contacts})


def _contact_fields() -> list[Field]:
    return [
        Field("Ref_Key", GUID, lambda row: row.ref),
        Field("LineNumber", INT64, lambda row: row.number),
        Field("Тип", TEXT, lambda row: row.type),
        Field("Представление", TEXT, lambda row: row.text),
    ]


def _contacts(partner: Partner, ref: str) -> list[Contact]:
    written = (("АдресЭлектроннойПочты", partner.email), ("Телефон", partner.phone))
    return [Contact(ref, at, *row) for at, row in enumerate((row for row in written if row[1]), start=1)]


def _taxes(partner: Callable[[Any], Partner]) -> list[Field]:
    return [
        Field("ИНН", TEXT, lambda row: partner(row).tax_id),
        Field("КПП", TEXT, lambda row: partner(row).tax_code),
    ]


def _orders(desk: Desk) -> EntitySet:
    shelf, ordered = desk.shelf, desk.words.ordered

    def made(line: ShopLine) -> Order:
        found = order_of(desk, line)
        key = "" if found is None else found.key
        return Order(key, line.order_id, line.order_date or line.date, line.buyer)

    fields = [
        Field("Ref_Key", GUID, lambda row: row.key, lambda row: ordered.shown(row.number, row.date), ordered.set_name),
        constant("DeletionMark", FLAG, value=False),
        Field("Number", TEXT, lambda row: row.number),
        Field("Date", MOMENT, lambda row: row.date),
        constant("Posted", FLAG, value=True),
        reference(
            desk.words.buyer,
            f"Catalog_{desk.words.buyers}",
            lambda row: shelf.partner_ref(row.buyer),
            lambda row: row.buyer,
        ),
    ]
    known = _kept(shelf, ordered.set_name, lambda row: row.key, lambda: filter(_is_ordered, shelf.each(made)))
    return EntitySet(ordered.set_name, by_name(fields), known)


def _is_ordered(order: Order) -> bool:
    return bool(order.key)


def _trade_sets(shelf: Shelf) -> list[EntitySet]:
    """Return what only the trade configurations have: contractors apart from partners, and keys of analysis."""

    def partner(name: str, get: Callable[[Any], str]) -> Field:
        return reference(name, "Catalog_Партнеры", lambda row: shelf.partner_ref(get(row)), get)

    contractors = _names(
        shelf,
        "Catalog_Контрагенты",
        lambda line: Named(line.contractor, line.buyer),
        Field("НаименованиеПолное", TEXT, lambda row: row.name),
        *_taxes(lambda row: shelf.partner(row.group)),
        partner("Партнер", lambda row: row.group),
    )
    return [contractors, _buyer_keys(shelf, partner("Партнер", lambda row: row.buyer)), _goods_keys(shelf)]


def _buyer_keys(shelf: Shelf, partner: Field) -> EntitySet:
    name = "Catalog_КлючиАналитикиУчетаПоПартнерам"

    def key(row: BuyerKey) -> str:
        return buyer_key(shelf, row)

    def made() -> list[BuyerKey]:
        return shelf.each(lambda line: BuyerKey(line.buyer, line.contractor, line.organisation))

    fields = [
        *_standard(name, key, shown_key),
        partner,
        named(shelf, "Контрагент", "Catalog_Контрагенты", lambda row: Named(row.contractor, row.buyer)),
        named(shelf, "Организация", "Catalog_Организации", lambda row: Named(row.organisation)),
    ]
    return EntitySet(name, by_name(fields), _kept(shelf, name, key, made))


def _goods_keys(shelf: Shelf) -> EntitySet:
    name = "Catalog_КлючиАналитикиУчетаНоменклатуры"

    def key(row: GoodsKey) -> str:
        return goods_key(shelf, row)

    def made() -> list[GoodsKey]:
        return shelf.each(lambda line: GoodsKey(line.product, line.feature))

    fields = [
        *_standard(name, key, shown_key),
        named(shelf, "Номенклатура", "Catalog_Номенклатура", lambda row: Named(row.product)),
        named(shelf, "Характеристика", "Catalog_ХарактеристикиНоменклатуры", lambda row: Named(row.feature)),
    ]
    return EntitySet(name, by_name(fields), _kept(shelf, name, key, made))
