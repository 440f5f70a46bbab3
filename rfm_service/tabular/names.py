"""The names of columns by default: our own, those of the HTTP service of 1C, those of the Online Retail set."""

from __future__ import annotations

SALE_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "ДатаРегистратора"),
    "sale_id": ("sale_id", "НомерРегистратора"),
    "order_date": ("order_date", "ДатаЗаказаКлиента"),
    "order_id": ("order_id", "НомерЗаказаКлиента"),
    "buyer": ("buyer", "Партнер"),
    "contractor": ("contractor", "Контрагент"),
    "site_id": ("site_id", "ИдНаСайте"),
    "product": ("product", "Номенклатура"),
    "feature": ("feature", "Характеристика"),
    "quantity": ("quantity", "Количество"),
    "sum": ("sum", "amount", "Сумма"),
    "address": ("address", "АдресДоставки"),
    "cash_flow_type": ("cash_flow_type", "ВидДвижения"),
    "organisation": ("organisation", "Организация"),
    "product_category": ("product_category", "ВидНоменклатуры"),
    "cost": ("cost", "Себестоимость"),
    "channel": ("channel", "Канал"),
    "currency": ("currency", "Валюта"),
}
"""A table of sale lines: our field -> its columns, the preferred one first."""

PARTNER_NAMES: dict[str, tuple[str, ...]] = {
    "buyer": ("buyer", "Партнер"),
    "email": ("email", "Почта"),
    "category": ("category", "Категория"),
    "manager": ("manager", "Менеджер"),
    "ref": ("ref", "Ссылка"),
    "tax_id": ("tax_id", "ИНН"),
    "tax_code": ("tax_code", "КПП"),
    "phone": ("phone", "Телефон"),
    "do_not_contact": ("do_not_contact", "НеБеспокоить"),
}
"""A table of customers."""

RETAIL_NAMES: dict[str, tuple[str, ...]] = {
    "number": ("InvoiceNo", "Invoice"),
    "code": ("StockCode",),
    "product": ("Description",),
    "quantity": ("Quantity",),
    "date": ("InvoiceDate",),
    "price": ("UnitPrice", "Price"),
    "buyer": ("CustomerID", "Customer ID"),
    "address": ("Country",),
}
"""The Online Retail set: a price instead of a sum, returns by a C before the number."""
