"""The documents of a shop and their lines as entity sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from rfm_service.emulator.odata.fields import (
    AMOUNT,
    FLAG,
    GUID,
    INT64,
    MOMENT,
    QUANTITY,
    TEXT,
    EntitySet,
    Field,
    Get,
    Plan,
    Reference,
    Table,
    by_name,
    composite,
    constant,
    reference,
)
from rfm_service.emulator.odata.shelf import Shelf
from rfm_service.emulator.odata.words import PARTNERS, WAREHOUSE, Desk, Made, version
from rfm_service.emulator.papers import EMPTY_REF, Paper
from rfm_service.emulator.shop import AMOUNT_UNITS, QUANTITY_UNITS, ShopLine

_KOPECK = AMOUNT_UNITS // 100
_VAT_PART = 6  # 20 % on top is a sixth of the whole
_SERVICES = "Услуги"
_TIMES_CORRECTED = 3


class Line(NamedTuple):
    """A line of a document, numbered from 1."""

    paper: Paper
    number: int
    line: ShopLine


class Named(NamedTuple):
    """An item of a catalogue that is nothing but a name and what it belongs to."""

    name: str
    group: str = ""


def vat(line: ShopLine) -> int:
    """Return the VAT in the amount of the line, to the kopeck."""
    part = (abs(line.amount) + _VAT_PART * _KOPECK // 2) // (_VAT_PART * _KOPECK) * _KOPECK
    return -part if line.amount < 0 else part


def sums_with_vat(paper: Paper) -> bool:
    """Return whether the sums of the document's lines include VAT: those of three in four do."""
    return paper.ref[-1] not in "048c"


def sum_of(row: Line) -> int:
    """Return the sum of the line as the document has it, with or without VAT."""
    return row.line.amount if sums_with_vat(row.paper) else row.line.amount - vat(row.line)


def price_of(row: Line) -> int:
    """Return the price of one piece, to the kopeck."""
    pieces = abs(row.line.quantity) * _KOPECK
    return (abs(sum_of(row)) * QUANTITY_UNITS + pieces // 2) // pieces * _KOPECK if pieces else 0


def order_of(desk: Desk, line: ShopLine) -> Reference | None:
    """Return what the line was ordered by."""
    if not line.order_id:
        return None
    year = line.order_date.year if line.order_date else 0
    return Reference(desk.words.ordered.set_name, desk.shelf.ref("order", line.organisation, line.order_id, year))


def order_shown(desk: Desk, line: ShopLine) -> str:
    """Return how 1C shows what the line was ordered by."""
    ordered = desk.words.ordered
    if line.order_id and line.order_date:
        return ordered.shown(line.order_id, line.order_date)
    return f"{ordered.synonym} {line.order_id}" if line.order_id else ""


def named(shelf: Shelf, name: str, target: str, item: Callable[[Any], Named]) -> Field:
    """Return a reference to an item of a catalogue that is known by its name."""
    return reference(
        name,
        target,
        lambda row: shelf.ref(target, item(row).name),
        lambda row: item(row).name,
        lambda row: item(row) if item(row).name else None,
    )


def document_sets(desk: Desk, made: Made, chosen: Callable[[Paper], bool]) -> list[EntitySet]:
    """Return the set of documents and the sets of the lines of their tabular parts."""

    def rows(plan: Plan) -> list[Paper]:
        return [paper for paper in desk.shelf.papers(plan) if chosen(paper)]

    header, parts = by_name(_header(desk, made)), _parts(desk, made)
    organisation = _of_first(lambda line: line.organisation)
    documents = EntitySet(made.set_name, header, rows, parts, organisation=organisation)
    return [documents, *(_lines(documents, part) for part in parts.values())]


def _lines(documents: EntitySet, part: Table) -> EntitySet:
    return replace(
        documents,
        name=f"{documents.name}_{part.name}",
        fields=part.fields,
        tables={},
        rows=lambda plan: [line for paper in documents.rows(plan) for line in part.rows(paper)],
        keys=("Ref_Key", "LineNumber"),
        organisation=lambda row: row.line.organisation,
        parts=True,
    )


def _header(desk: Desk, made: Made) -> list[Field]:
    words = desk.words

    def shown(paper: Paper) -> str:
        return made.shown(paper.lines[0].sale_id, paper.lines[0].date)

    return [
        Field("Ref_Key", GUID, lambda paper: paper.ref, shown, made.set_name),
        Field("DataVersion", TEXT, lambda paper: version(paper.version)),
        Field("DeletionMark", FLAG, lambda paper: paper.marked),
        Field("Number", TEXT, lambda paper: paper.lines[0].sale_id),
        Field("Date", MOMENT, lambda paper: paper.lines[0].date),
        Field("Posted", FLAG, lambda paper: paper.posted),
        constant(words.operation, TEXT, made.operation),
        *_parties(desk),
        Field("АдресДоставки", TEXT, _of_first(lambda line: line.address)),
        Field("СуммаДокумента", AMOUNT, lambda paper: sum(line.amount for line in paper.lines)),
        Field(words.vat_included, FLAG, sums_with_vat),
        *_order(desk, _line_with_order),
    ]


def _of_first(get: Callable[[ShopLine], Any]) -> Get:
    return lambda paper: get(paper.lines[0])


def _parties(desk: Desk) -> list[Field]:
    """Return the references of the header: organisation, customer, contractor, sales manager, currency, warehouse."""
    shelf, words = desk.shelf, desk.words

    def of(get: Callable[[ShopLine], str]) -> Callable[[Any], Named]:
        return lambda paper: Named(get(paper.lines[0]))

    parties = [
        named(shelf, "Организация", "Catalog_Организации", of(lambda line: line.organisation)),
        _buyer(desk),
        named(shelf, words.manager, "Catalog_Пользователи", of(lambda line: shelf.partner(line.buyer).manager)),
        named(shelf, words.currency, "Catalog_Валюты", of(lambda line: line.currency)),
        named(shelf, words.warehouse, f"Catalog_{words.warehouses}", lambda _: Named(WAREHOUSE)),
    ]
    if words.buyers == PARTNERS:
        # Its group is the customer that the legal entity belongs to.
        contractor = _of_first(lambda line: Named(line.contractor, line.buyer))
        parties.append(named(shelf, "Контрагент", "Catalog_Контрагенты", contractor))
    return parties


def _buyer(desk: Desk) -> Field:
    shelf = desk.shelf
    return reference(
        desk.words.buyer,
        f"Catalog_{desk.words.buyers}",
        _of_first(lambda line: shelf.partner_ref(line.buyer)),
        _of_first(lambda line: line.buyer),
        _of_first(lambda line: shelf.partner(line.buyer) if line.buyer else None),
    )


def _line_with_order(paper: Paper) -> ShopLine:
    """Return a line with the order of the document; of one with several orders the header names none."""
    first = paper.lines[0]
    same = all((line.order_id, line.order_date) == (first.order_id, first.order_date) for line in paper.lines)
    return first if same else first._replace(order_id="")


def _order(desk: Desk, line_of: Callable[[Any], ShopLine]) -> list[Field]:
    words = desk.words

    def order(row: Any) -> Reference | None:
        return order_of(desk, line_of(row))

    def key(row: Any) -> str:
        found = order(row)
        return EMPTY_REF if found is None else found.key

    def shown(row: Any) -> str:
        return order_shown(desk, line_of(row))

    if words.one_order:
        return [reference(words.order, words.ordered.set_name, key, shown)]
    return composite(words.order, order, shown, desk.published)


def _parts(desk: Desk, made: Made) -> dict[str, Table]:
    """Return the tabular parts; where there is one for services, lines of that category are in it."""
    words, fields = desk.words, by_name(_line_fields(desk))
    parts: dict[str, Callable[[Paper], list[Line]]] = {words.part: lines_of}
    if made.kind == "correction" and words.differences:
        parts = {words.part: _corrected, words.differences: lines_of}
    elif words.services:
        parts = {words.part: lambda paper: _lines_of(paper, services=False)}
        parts[words.services] = lambda paper: _lines_of(paper, services=True)
    return {name: Table(name, fields, rows) for name, rows in parts.items()}


def _lines_of(paper: Paper, *, services: bool) -> list[Line]:
    return [row for row in lines_of(paper) if (row.line.product_category == _SERVICES) is services]


def _corrected(paper: Paper) -> list[Line]:
    """Return all that was sold, as corrected; the shop tells of the difference only, so it is made up."""
    return [row._replace(line=_whole(row.line)) for row in lines_of(paper)]


def _whole(line: ShopLine) -> ShopLine:
    return line._replace(quantity=abs(line.quantity) * _TIMES_CORRECTED, amount=abs(line.amount) * _TIMES_CORRECTED)


def lines_of(paper: Paper) -> list[Line]:
    """Return the lines of the document with their numbers."""
    return [Line(paper, number, line) for number, line in enumerate(paper.lines, start=1)]


def _line_fields(desk: Desk) -> list[Field]:
    shelf, words = desk.shelf, desk.words
    fields = [
        Field("Ref_Key", GUID, lambda row: row.paper.ref),
        Field("LineNumber", INT64, lambda row: row.number),
        named(shelf, "Номенклатура", "Catalog_Номенклатура", product_of),
        Field("Количество", QUANTITY, lambda row: row.line.quantity),
        Field("Цена", AMOUNT, price_of),
        Field("Сумма", AMOUNT, sum_of),
        constant("СтавкаНДС", TEXT, "НДС20"),
        Field("СуммаНДС", AMOUNT, lambda row: vat(row.line)),
    ]
    if words.feature:
        fields.insert(3, named(shelf, words.feature, "Catalog_ХарактеристикиНоменклатуры", feature_of))
    if words.with_vat:
        fields.append(Field(words.with_vat, AMOUNT, lambda row: row.line.amount))
    return fields if words.one_order else [*fields, *_order(desk, lambda row: row.line)]


def product_of(row: Line) -> Named:
    """Return the product of the line, with its category."""
    return Named(row.line.product, row.line.product_category)


def feature_of(row: Line) -> Named:
    """Return what tells the product of the line from others of its name."""
    return Named(row.line.feature)
