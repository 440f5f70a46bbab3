"""Where the configurations of 1C keep sales: sets, tabular parts and the paths of our fields, as profiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rfm_service.onec.odata.query import LONGEST_NAME

T = TypeVar("T", bound=Collection[str])
ProfileName = Literal["ut11", "erp2", "ka2", "bp3", "unf"]
CustomerIs = Literal["partner", "contractor"]
CONTACTS = "КонтактнаяИнформация"
"""The tabular part of contacts: `КонтактнаяИнформация/Телефон` is what its row of the type Телефон shows."""
NAMED = "____Presentation"
"""What 1C adds to the name of a reference that is to be shown as text."""
REFERENCE: Mapping[CustomerIs, str] = {"partner": "Партнер", "contractor": "Контрагент"}
CATALOGUE: Mapping[CustomerIs, str] = {"partner": "Catalog_Партнеры", "contractor": "Catalog_Контрагенты"}


NEEDED = ("date", "sale_id", "sum", "name")
"""Fields without which no sale and no customer can be told."""


class Paths(BaseModel):
    """Our field -> where 1C has it: an attribute, or `Товары/Поле` for a column of the lines; "" where nowhere.

    A field that is not given is left to the entity, then to the profile.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: str | None = Field(None, min_length=1)
    sale_id: str | None = Field(None, min_length=1)
    buyer: str | None = None
    buyer_key: str | None = None
    contractor: str | None = None
    organisation: str | None = None
    order_id: str | None = None
    order_key: str | None = None
    product: str | None = None
    feature: str | None = None
    quantity: str | None = None
    sum: str | None = Field(None, min_length=1)
    vat: str | None = None
    vat_included: str | None = None
    total: str | None = None
    currency: str | None = None
    address: str | None = None
    site_id: str | None = None
    product_category: str | None = None
    channel: str | None = None
    cost: str | None = None
    name: str | None = Field(None, min_length=1)
    email: str | None = None
    phone: str | None = None
    category: str | None = None
    manager: str | None = None
    tax_id: str | None = None
    tax_code: str | None = None
    do_not_contact: str | None = None

    def given(self) -> dict[str, str]:
        """The fields that are given."""
        found: dict[str, str] = self.model_dump(exclude_none=True)
        return found


def _fields(given: T) -> T:
    unknown = [name for name in given if name not in Paths.model_fields]
    if unknown:
        raise ValueError(f"there is no field {unknown[0]}; there are: {', '.join(Paths.model_fields)}")
    empty = [name for name in NEEDED if isinstance(given, dict) and given.get(name) == ""]
    if empty:
        raise ValueError(f"the field {empty[0]} needs a path")
    return given


def _short(name: str) -> str:
    if len(quote(name)) > LONGEST_NAME:
        raise ValueError(f"takes {len(quote(name))} characters in an address, a web server {LONGEST_NAME}")
    return name


class Entity(BaseModel):
    """A set of documents: its name, the tabular parts with its lines, whether they are returns, what else must hold.

    `optional` fields are left out where 1C has not got them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: Annotated[str, Field(pattern=r"^[A-Za-z]+_\w+$"), AfterValidator(_short)]
    parts: tuple[str, ...] = Field(("Товары",), min_length=1)
    returned: bool = False
    filter: str = ""
    optional: Annotated[tuple[str, ...], AfterValidator(_fields)] = ()
    fields: Annotated[dict[str, str], AfterValidator(_fields)] = {}


class Analysis(BaseModel):
    """The catalogue that tells what the keys of a column stand for: our field -> its column there.

    `whole`: it may be read whole where many keys are looked up. `optional`: where 1C does not publish it, keys stand
    for themselves.
    """

    model_config = ConfigDict(frozen=True)

    catalogue: str
    columns: Mapping[str, str]
    whole: bool = True
    optional: bool = False


class Profile(BaseModel):
    """A configuration of 1C: its documents, their fields, the catalogues that name the keys of lines.

    1C shows no reference in a tabular part as text, so lines hold keys; `customer` is who is a customer unless the
    settings say so, `people` the fields of customers.
    """

    model_config = ConfigDict(frozen=True)

    entities: tuple[Entity, ...]
    paths: Mapping[str, str]
    analyses: Mapping[str, Analysis]
    people: Mapping[str, str]
    customer: CustomerIs = "partner"


HEADER = {"date": "Date", "sale_id": "Number", "organisation": f"Организация{NAMED}",
          "contractor": f"Контрагент{NAMED}", "total": "СуммаДокумента"}
PEOPLE = {"name": "Description", "email": f"{CONTACTS}/АдресЭлектроннойПочты", "phone": f"{CONTACTS}/Телефон",
          "tax_id": "ИНН", "tax_code": "КПП"}
TRADE_LINES = {
    "currency": f"Валюта{NAMED}", "order_id": f"ЗаказКлиента{NAMED}", "order_key": "Товары/ЗаказКлиента",
    "product": "Товары/Номенклатура_Key", "feature": "Товары/Характеристика_Key",
    "quantity": "Товары/Количество", "sum": "Товары/СуммаСНДС", "vat": "Товары/СуммаНДС"}
BOOKED_LINES = {
    "currency": f"ВалютаДокумента{NAMED}", "order_id": f"СчетНаОплатуПокупателю{NAMED}",
    "order_key": "СчетНаОплатуПокупателю_Key", "product": "Товары/Номенклатура_Key",
    "quantity": "Товары/Количество", "sum": "Товары/Сумма", "vat": "Товары/СуммаНДС",
    "vat_included": "СуммаВключаетНДС"}
SMALL_FIRM_LINES = {
    "currency": f"ВалютаДокумента{NAMED}", "order_id": f"Заказ{NAMED}", "order_key": "Запасы/Заказ",
    "product": "Запасы/Номенклатура_Key", "feature": "Запасы/Характеристика_Key",
    "quantity": "Запасы/Количество", "sum": "Запасы/Всего", "vat": "Запасы/СуммаНДС"}


def _products(category: str) -> dict[str, Analysis]:
    columns = {"product": "Description", "product_category": category}
    return {"Номенклатура_Key": Analysis(catalogue="Catalog_Номенклатура", columns=columns)}


def _orders(column: str, name: str) -> dict[str, Analysis]:
    """Orders of documents with several: only few, so that never all orders are read."""
    return {column: Analysis(catalogue=name, columns={"order_id": "Number", "order_date": "Date"}, whole=False,
                             optional=True)}


FEATURES = {"Характеристика_Key": Analysis(catalogue="Catalog_ХарактеристикиНоменклатуры",
                                           columns={"feature": "Description"})}
ORDER = ("order_id", "order_key")
"""Whether returns know the order of the sale depends on the release of 1C."""

NOBODY = ("buyer", "buyer_key", "contractor")
"""Who is not named where sales are to nobody in particular."""

TRADE = Profile(
    entities=(Entity(set="Document_РеализацияТоваровУслуг", fields={"address": "АдресДоставки"}),
              Entity(set="Document_ВозвратТоваровОтКлиента", returned=True, optional=ORDER),
              Entity(set="Document_КорректировкаРеализации", parts=("Расхождения",), optional=ORDER),
              Entity(set="Document_ОтчетОРозничныхПродажах", fields=dict.fromkeys((*NOBODY, *ORDER), ""))),
    paths=HEADER | TRADE_LINES,
    analyses=_products(f"ВидНоменклатуры{NAMED}") | FEATURES | _orders("ЗаказКлиента", "Document_ЗаказКлиента"),
    people=PEOPLE | {"manager": f"ОсновнойМенеджер{NAMED}", "category": f"ГруппаДоступа{NAMED}"})
"""УТ 11, ERP 2 and КА 2 have the same documents; the lines of a correction hold what it changed under Расхождения,
and all that was sold, as corrected, under Товары."""

PROFILES: Mapping[ProfileName, Profile] = {
    "ut11": TRADE, "erp2": TRADE, "ka2": TRADE,
    "bp3": Profile(
        entities=(Entity(set="Document_РеализацияТоваровУслуг", parts=("Товары", "Услуги"), optional=ORDER),
                  Entity(set="Document_ВозвратТоваровОтПокупателя", returned=True, optional=ORDER)),
        paths=HEADER | BOOKED_LINES, analyses=_products(f"ВидНоменклатуры{NAMED}"), people=PEOPLE,
        customer="contractor"),
    "unf": Profile(
        entities=(Entity(set="Document_РасходнаяНакладная", parts=("Запасы",), optional=ORDER,
                         filter="ВидОперации eq 'ПродажаПокупателю'"),
                  Entity(set="Document_ПриходнаяНакладная", parts=("Запасы",), returned=True, optional=ORDER,
                         filter="ВидОперации eq 'ВозвратОтПокупателя'")),
        paths=HEADER | SMALL_FIRM_LINES, analyses=_products(f"КатегорияНоменклатуры{NAMED}") | FEATURES
        | _orders("Заказ", "Document_ЗаказПокупателя"),
        people=PEOPLE | {"manager": f"Ответственный{NAMED}"}, customer="contractor"),
}

REGISTER = "AccumulationRegister_ВыручкаИСебестоимостьПродаж_RecordType"
BY_CUSTOMER, BY_PRODUCT = "АналитикаУчетаПоПартнерам_Key", "АналитикаУчетаНоменклатуры_Key"
REGISTER_PATHS: Mapping[str, str] = {
    "date": "Period", "sale_id": f"Recorder{NAMED}", "buyer_key": BY_CUSTOMER,
    "order_id": f"ЗаказКлиента{NAMED}", "order_key": "ЗаказКлиента", "product": BY_PRODUCT,
    "quantity": "Количество", "sum": "СуммаВыручки"}
"""The cost is left out: it is written anew every night, which would make every sale a changed one."""
WITHOUT_VAT: Mapping[str, str] = {"sum": "СуммаВыручкиБезНДС"}


def register_analyses(customer: CustomerIs) -> dict[str, Analysis]:
    """Column of the register -> the catalogue that tells what its keys stand for."""
    buyer = REFERENCE[customer]
    return {
        BY_CUSTOMER: Analysis(catalogue="Catalog_КлючиАналитикиУчетаПоПартнерам", columns={
            "buyer_key": f"{buyer}_Key", "buyer": f"{buyer}{NAMED}", "contractor": f"Контрагент{NAMED}",
            "organisation": f"Организация{NAMED}"}),
        BY_PRODUCT: Analysis(catalogue="Catalog_КлючиАналитикиУчетаНоменклатуры", columns={
            "product": f"Номенклатура{NAMED}", "feature": f"Характеристика{NAMED}"})}
