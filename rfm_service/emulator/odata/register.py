"""The register of revenue as entity sets: one row a line of a posted document, and the same rows by document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rfm_service.emulator.odata.catalogues import BuyerKey, GoodsKey, buyer_key, goods_key, shown_key
from rfm_service.emulator.odata.documents import Line, Named, lines_of, named, order_of, order_shown, vat
from rfm_service.emulator.odata.fields import (
    AMOUNT,
    COMPOSITE,
    FLAG,
    INT64,
    MOMENT,
    QUANTITY,
    TEXT,
    EntitySet,
    Field,
    Plan,
    Reference,
    Table,
    by_name,
    composite,
    constant,
    reference,
)
from rfm_service.emulator.odata.words import WAREHOUSE, Desk, Made
from rfm_service.emulator.papers import Paper
from rfm_service.emulator.shop import ShopLine, signed_amount

REGISTER = "AccumulationRegister_ВыручкаИСебестоимостьПродаж"
_RECORDS = "RecordSet"


def register_sets(desk: Desk, made: Callable[[Paper], Made]) -> list[EntitySet]:
    """Return the register by rows and by record sets; what is not posted, or marked for deletion, is in neither."""

    def counting(plan: Plan) -> list[Paper]:
        return [paper for paper in desk.shelf.papers(plan) if paper.counts]

    def records(plan: Plan) -> list[Line]:
        return [row for paper in counting(plan) for row in lines_of(paper)]

    fields = by_name([*_recorder(desk, made, lambda row: row.paper), *_record(desk)])
    table = Table(_RECORDS, fields, lines_of)
    header = by_name(_recorder(desk, made, lambda paper: paper))
    keys = ("Recorder", "Recorder_Type")
    return [
        EntitySet(f"{REGISTER}_RecordType", fields, records, {}, (*keys, "LineNumber"), _organisation_of_line),
        EntitySet(REGISTER, header, counting, {_RECORDS: table}, keys, _organisation_of_paper, sorts=False),
    ]


def _organisation_of_line(row: Line) -> str:
    return row.line.organisation


def _organisation_of_paper(paper: Paper) -> str:
    return paper.lines[0].organisation


def _recorder(desk: Desk, made: Callable[[Paper], Made], paper_of: Callable[[Any], Paper]) -> list[Field]:
    def recorder(row: Any) -> Reference:
        paper = paper_of(row)
        return Reference(made(paper).set_name, paper.ref)

    def shown(row: Any) -> str:
        paper = paper_of(row)
        return made(paper).shown(paper.lines[0].sale_id, paper.lines[0].date)

    return composite("Recorder", recorder, shown, desk.published)


def _record(desk: Desk) -> list[Field]:
    warehouse = Reference("Catalog_Склады", desk.shelf.ref("Catalog_Склады", WAREHOUSE))
    return [
        Field("Period", MOMENT, lambda row: row.paper.lines[0].date),
        Field("LineNumber", INT64, lambda row: row.number),
        constant("Active", FLAG, value=True),
        *_analysis(desk),
        *composite(
            "ЗаказКлиента",
            lambda row: order_of(desk, row.line),
            lambda row: order_shown(desk, row.line),
            desk.published,
        ),
        constant("Склад", COMPOSITE, warehouse),
        constant("Склад_Type", TEXT, f"StandardODATA.{warehouse.type}"),
        Field("ХозяйственнаяОперация", TEXT, _operation),
        Field("Количество", QUANTITY, lambda row: _signed(row, row.line.quantity)),
        Field("СуммаВыручки", AMOUNT, lambda row: signed_amount(row.line)),
        Field("СуммаВыручкиБезНДС", AMOUNT, lambda row: _signed(row, row.line.amount - vat(row.line))),
        Field("Стоимость", AMOUNT, _cost),
        constant("СуммаРучнойСкидки", AMOUNT, 0),
        constant("СуммаАвтоматическойСкидки", AMOUNT, 0),
        constant("Сторно", FLAG, value=False),
    ]


def _analysis(desk: Desk) -> list[Field]:
    shelf = desk.shelf

    def buyer(row: Line) -> BuyerKey:
        return BuyerKey(row.line.buyer, row.line.contractor, row.line.organisation)

    def goods(row: Line) -> GoodsKey:
        return GoodsKey(row.line.product, row.line.feature)

    return [
        reference(
            "АналитикаУчетаНоменклатуры",
            "Catalog_КлючиАналитикиУчетаНоменклатуры",
            lambda row: goods_key(shelf, goods(row)),
            lambda row: shown_key(goods(row)),
            goods,
        ),
        reference(
            "АналитикаУчетаПоПартнерам",
            "Catalog_КлючиАналитикиУчетаПоПартнерам",
            lambda row: buyer_key(shelf, buyer(row)),
            lambda row: shown_key(buyer(row)),
            buyer,
        ),
        named(shelf, "Менеджер", "Catalog_Пользователи", lambda row: Named(shelf.partner(row.line.buyer).manager)),
    ]


def _operation(row: Line) -> str:
    return "ВозвратОтКлиента" if row.paper.kind == "return" else "РеализацияКлиенту"


def _signed(row: Line, value: int) -> int:
    return -abs(value) if row.line.returned else value


def _cost(row: Line) -> int | None:
    """Return the cost as it moves; null where it is not known yet."""
    line: ShopLine = row.line
    return None if line.cost is None else _signed(row, line.cost)
