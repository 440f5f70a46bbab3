"""The names of columns by default: ours, those of 1C, of shops in Chinese and Turkish, of the Online Retail set."""

from __future__ import annotations

SALE_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "ДатаРегистратора", "日期", "Tarih", "付款时间", "下单时间", "订单日期", "成交时间",
             "Fatura Tarihi", "Sipariş Tarihi"),
    "sale_id": ("sale_id", "НомерРегистратора", "单据编号", "Fatura No", "单据号", "出库单号", "Belge No", "订单号",
                "订单编号", "Sipariş No", "Sipariş Numarası"),
    "order_date": ("order_date", "ДатаЗаказаКлиента", "下单时间", "Sipariş Tarihi", "订单日期"),
    "order_id": ("order_id", "НомерЗаказаКлиента", "订单号", "Sipariş No", "订单编号", "Sipariş Numarası"),
    "buyer": ("buyer", "Партнер", "客户名称", "Müşteri", "客户", "客户姓名", "Müşteri Adı", "买家", "买家昵称",
              "收货人", "收件人", "Alıcı"),
    "contractor": ("contractor", "Контрагент", "往来单位", "Ünvan", "公司名称", "Unvan"),
    "site_id": ("site_id", "ИдНаСайте"),
    "product": ("product", "Номенклатура", "商品名称", "Ürün Adı", "商品", "产品名称", "产品", "Ürün"),
    "feature": ("feature", "Характеристика", "规格", "Varyant", "商品规格", "Özellik"),
    "quantity": ("quantity", "Количество", "数量", "Miktar", "商品数量", "购买数量", "件数", "Adet"),
    "sum": ("sum", "amount", "Сумма", "实付金额", "Tutar", "实收金额", "成交金额", "金额", "销售金额", "销售额", "小计",
            "Satır Tutarı", "Satış Tutarı"),
    "address": ("address", "АдресДоставки", "收货地址", "Teslimat Adresi", "地址", "Adres"),
    "cash_flow_type": ("cash_flow_type", "ВидДвижения", "业务类型", "İşlem Türü", "单据类型", "交易类型", "类型",
                       "Hareket Türü", "İşlem Tipi"),
    "organisation": ("organisation", "Организация", "店铺", "Mağaza", "店铺名称", "组织"),
    "product_category": ("product_category", "ВидНоменклатуры", "商品类目", "Kategori", "类目", "商品分类", "品类",
                         "Ürün Kategorisi"),
    "cost": ("cost", "Себестоимость", "打款金额", "Maliyet", "打款", "打款价", "成本金额", "成本"),
    "channel": ("channel", "Канал", "Площадка", "platform", "平台", "Kanal", "marketplace", "渠道", "销售渠道",
                "Satış Kanalı", "Pazaryeri"),
    "currency": ("currency", "Валюта", "币种", "Para Birimi"),
}
"""A table of sale lines: our field -> its columns, the preferred one first.

An order number alone is also the number of the document, and the day of the order its date. Left out on purpose: prices
of a piece, sums of a whole order, and states of an order, whose row is the sale itself and no return.
"""

PARTNER_NAMES: dict[str, tuple[str, ...]] = {
    "buyer": SALE_NAMES["buyer"],
    "email": ("email", "Почта", "邮箱", "E-posta", "电子邮箱", "电子邮件", "Eposta"),
    "category": ("category", "Категория", "客户类别", "Müşteri Kategorisi", "客户分类", "客户等级", "Müşteri Grubu",
                 "类别", "Kategori"),
    "manager": ("manager", "Менеджер", "销售经理", "Satış Temsilcisi", "客户经理", "业务员", "负责人", "Temsilci"),
    "ref": ("ref", "Ссылка"),
    "tax_id": ("tax_id", "ИНН", "税号", "Vergi No", "纳税人识别号", "Vergi Numarası"),
    "tax_code": ("tax_code", "КПП"),
    "phone": ("phone", "Телефон", "手机号", "Telefon", "手机", "电话", "联系电话", "Cep Telefonu"),
    "do_not_contact": ("do_not_contact", "НеБеспокоить", "勿扰", "Aranmasın", "请勿联系"),
}
"""A table of customers."""

RETURN_VALUES = ("Возврат", "return", "退款", "退货", "退货退款", "销售退货", "iade", "satış iadesi")
"""What the column of `cash_flow_type` of a file says of a return; case does not matter."""

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
