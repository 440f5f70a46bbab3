"""What three configurations of 1C call the same things: documents, their parts, their attributes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rfm_service.emulator.odata.shelf import Shelf
from rfm_service.emulator.papers import Kind

WAREHOUSE = "Основной склад"
"""The only warehouse: a shop does not tell from where it sells."""

PARTNERS = "Партнеры"


class Made(NamedTuple):
    """A set of documents: its name in 1C, its synonym, which papers are in it, its kind of operation."""

    name: str
    synonym: str
    kind: Kind
    operation: str = ""

    @property
    def set_name(self) -> str:
        """The name under which it is published."""
        return f"Document_{self.name}"

    def shown(self, number: str, at: datetime) -> str:
        """Return how 1C shows such a document: `Заказ клиента ЗТМ-0000123 от 26.08.2026 9:30:41`."""
        day, time = f"{at.day:02d}.{at.month:02d}.{at.year:04d}", f"{at.hour}:{at.minute:02d}:{at.second:02d}"
        return f"{self.synonym} {number} от {day} {time}"


@dataclass(frozen=True)
class Words:
    """What a configuration calls things; "" is what it has not got.

    `order` is the attribute, `ordered` what it points at; `one_order` says that it points at nothing else and is
    in the header only. `differences` is the part of a correction with what it changed.
    """

    made: tuple[Made, ...]
    ordered: Made
    order: str
    one_order: bool = False
    part: str = "Товары"
    services: str = ""
    differences: str = ""
    buyers: str = "Контрагенты"
    manager: str = "Ответственный"
    currency: str = "ВалютаДокумента"
    warehouse: str = "Склад"
    warehouses: str = "Склады"
    vat_included: str = "СуммаВключаетНДС"
    with_vat: str = ""
    operation: str = "ВидОперации"
    feature: str = "Характеристика"
    category: str = "ВидНоменклатуры"
    categories: str = "ВидыНоменклатуры"

    @property
    def buyer(self) -> str:
        """The attribute with the customer."""
        return self.buyers.removesuffix("ы")


RETAIL = Made("ОтчетОРозничныхПродажах", "Отчет о розничных продажах", "sale", "РеализацияВРозницу")
"""Sales to nobody in particular."""

_SALE = Made("РеализацияТоваровУслуг", "Реализация товаров и услуг", "sale", "РеализацияКлиенту")
_CORRECTION = Made("КорректировкаРеализации", "Корректировка реализации", "correction", "РеализацияКлиенту")

CONFIGURATIONS = {
    "ut11": Words(
        (
            _SALE,
            Made("ВозвратТоваровОтКлиента", "Возврат товаров от клиента", "return", "ВозвратОтКлиента"),
            _CORRECTION,
        ),
        Made("ЗаказКлиента", "Заказ клиента", "sale"),
        "ЗаказКлиента",
        buyers=PARTNERS,
        manager="Менеджер",
        currency="Валюта",
        vat_included="ЦенаВключаетНДС",
        differences="Расхождения",
        with_vat="СуммаСНДС",
        operation="ХозяйственнаяОперация",
    ),
    "bp3": Words(
        (
            _SALE._replace(operation="Товары"),
            Made("ВозвратТоваровОтПокупателя", "Возврат товаров от покупателя", "return", "Товары"),
            _CORRECTION._replace(operation="СогласованноеИзменение"),
        ),
        Made("СчетНаОплатуПокупателю", "Счет покупателю", "sale"),
        "СчетНаОплатуПокупателю",
        one_order=True,
        services="Услуги",
        feature="",
    ),
    "unf": Words(
        (
            Made("РасходнаяНакладная", "Расходная накладная", "sale", "ПродажаПокупателю"),
            Made("ПриходнаяНакладная", "Приходная накладная", "return", "ВозвратОтПокупателя"),
            _CORRECTION._replace(operation="СогласованноеИзменение"),
        ),
        Made("ЗаказПокупателя", "Заказ покупателя", "sale"),
        "Заказ",
        part="Запасы",
        warehouse="СтруктурнаяЕдиница",
        warehouses="СтруктурныеЕдиницы",
        with_vat="Всего",
        category="КатегорияНоменклатуры",
        categories="КатегорииНоменклатуры",
    ),
}
"""Name of a configuration -> its words."""


class Desk(NamedTuple):
    """What entity sets are made with: the shop, the words of its configuration, which sets are published."""

    shelf: Shelf
    words: Words
    published: Callable[[str], bool]


def version(number: int) -> str:
    """Return a DataVersion: eight bytes in base64."""
    return base64.b64encode(number.to_bytes(8)).decode()
