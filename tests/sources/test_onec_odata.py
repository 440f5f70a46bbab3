"""OData of 1C asked over a socket: what is sent, what is made of the answers, what stops a night."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import ValidationError

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceRefused, SourceUnavailable
from rfm_service.domain.values import Answer, DayTotal, Period
from rfm_service.emulator import faults
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Partner, ShopLine
from rfm_service.onec.odata.query import LONGEST_QUERY
from rfm_service.sources import onec_odata
from rfm_service.sources.onec_odata import Source
from tests.sources.asking import refused
from tests.sources.odata_asking import FEBRUARY, RETURNS, SALES, Book, asked, questions, source

NOON = datetime(2026, 2, 3, 12)
BUYER = "Тайный Клиент"
LINE = ShopLine(NOON, "А-1", datetime(2026, 2, 1, 9), "З-1", BUYER, "ООО «Тайна»", None, "Платье", "48", 2_000,
                1_200_000, "Пермь", organisation="Фирма", product_category="Одежда")
RETURN = LINE._replace(sale_id="В-1", returned=True, date=NOON.replace(hour=13))
CORRECTION = LINE._replace(sale_id="К-1", amount=-600_000, date=NOON.replace(hour=14))


def small_shop(*lines: ShopLine) -> ListShop:
    return ListShop(lines or [LINE, RETURN, CORRECTION],
                    [Partner(BUYER, "secret@example.com", "Опт", tax_id="7700000001")])


def told(answer: Answer) -> dict[str, int]:
    return {line.number: line.amount for line in answer.lines}


@pytest.fixture
def onec() -> Any:
    with OnecServer(small_shop()) as server:
        yield server


def test_a_line_comes_with_all_that_1c_tells(onec: OnecServer) -> None:
    line = next(line for line in asked(onec).lines if line.number == "А-1")
    assert line._replace(ref="", version="", customer_key="")[:-3] == (
        NOON, "А-1", 1_200_000, False, BUYER, "ООО «Тайна»", "Фирма", "З-1", date(2026, 2, 1), "Платье", "48", 2_000,
        "Пермь", "", "Одежда", "", None)
    assert all((line.ref, line.version, line.customer_key))


def test_every_query_fits_an_address_and_has_no_plus(onec: OnecServer) -> None:
    book = Book()
    book.take(asked(onec, book=book))
    source(onec, vat="without").lines([FEBRUARY], book)
    source(onec).customers(NOON.date(), book)
    for each in onec.requests:
        assert len(each.query) <= LONGEST_QUERY
        assert "+" not in each.query
        assert each.query.isascii()
        assert "$format=application/json;odata=nometadata" in each.query


@pytest.mark.parametrize("amount", [9_007_199_254_740_993, 1, -3, 99_999_999_999_999])
def test_money_is_exact_to_its_last_digit(amount: int) -> None:
    with OnecServer(small_shop(LINE._replace(amount=amount))) as server:
        assert told(asked(server)) == {"А-1": amount}


def test_a_cyrillic_user_and_password_are_let_in_and_others_are_not() -> None:
    with OnecServer(small_shop(), user="Администратор", password="пароль: +=%") as server:
        assert asked(server, user="Администратор", password="пароль: +=%").lines
        with pytest.raises(SourceRefused):
            asked(server, user="Администратор", password="пороль")
        assert len(server.requests) < 12


@pytest.mark.parametrize("spoilt", [faults.bom(), faults.wrong_charset(), faults.control_chars()])
def test_row_12_and_13_disguised_answers_are_understood(onec: OnecServer, spoilt: Fault) -> None:
    plain = asked(onec).lines
    onec.faults.push(spoilt.again())
    assert [line._replace(version="") for line in asked(onec).lines] == [line._replace(version="") for line in plain]


@pytest.mark.parametrize("name", [SALES, RETURNS])
def test_row_09_a_set_that_is_not_published_stops_the_night_by_its_name(onec: OnecServer, name: str) -> None:
    book = Book()
    book.take(asked(onec, book=book))
    onec.odata.publication = Publication(unpublished=frozenset({name}))
    for known in (Book(), book):
        with pytest.raises(SourceRefused) as failure:
            asked(onec, book=known)
        assert name in str(failure.value)


@pytest.mark.parametrize(("fault", "kind"), [
    (faults.unpublished(), SourceRefused), (faults.no_page(), AnswerMalformed), (faults.login_page(), AnswerMalformed),
    (faults.no_rights(), SourceRefused), (faults.unauthorized(), SourceRefused),
    (Fault(body=b'{"data": []}'), AnswerMalformed), (Fault(body=b'{"value": null}'), AnswerMalformed),
    (Fault(body=b'{"value": [7]}'), AnswerMalformed), (Fault(body=b"[]"), AnswerMalformed)])
def test_row_08_row_09_row_10_what_is_no_answer_is_never_no_sales(
        onec: OnecServer, caplog: pytest.LogCaptureFixture, fault: Fault, kind: type[SourceError]) -> None:
    onec.faults.push(fault.again().on(SALES))
    assert isinstance(refused(lambda: asked(onec), caplog), kind)


@pytest.mark.parametrize("body", [b'{"value":[{}]}', b'{"value":[{"Ref_Key":7,"DataVersion":"1"}]}'])
@pytest.mark.parametrize("ask", [
    lambda server: source(server).customers(NOON.date(), Book()), lambda server: source(server).totals(FEBRUARY),
    asked, lambda server: asked(server, register=True)])
def test_rows_that_cannot_be_known_again_are_no_answer(
        onec: OnecServer, caplog: pytest.LogCaptureFixture, ask: Callable[[OnecServer], object], body: bytes) -> None:
    onec.faults.push(Fault(body=body, times=None))
    assert isinstance(refused(lambda: ask(onec), caplog), AnswerMalformed)


def test_row_16_a_server_that_ignores_top_is_refused() -> None:
    with OnecServer(small_shop(*(LINE._replace(sale_id=str(number)) for number in range(250)))) as server:
        server.faults.push(faults.ignored_top().again())
        with pytest.raises(AnswerMalformed):
            asked(server)


@pytest.mark.parametrize("fault", [faults.no_memory(), faults.disk_full(), faults.in_base64()])
def test_row_03_memory_errors_halve_the_page_and_the_window(fault: Fault) -> None:
    with OnecServer(small_shop()) as server:
        server.faults.push(fault.again(2).on(SALES))
        assert told(asked(server)) == {"А-1": 1_200_000, "В-1": -1_200_000, "К-1": -600_000}
        asked_for = [each for each in questions(server, SALES) if "Date ge" in each]
        assert [each.rpartition("=")[2] for each in asked_for[:3]] == ["200", "100", "50"]
        assert "lt datetime'2026-02-08T18:00:00'" in asked_for[2]


def test_row_02_a_passing_fault_is_asked_through(onec: OnecServer) -> None:
    onec.faults.push(faults.bad_gateway(503).again(2), faults.reset().again(2), faults.cut(40).again(2))
    assert len(asked(onec).lines) == 3


def test_an_outage_is_told_when_the_time_is_over(onec: OnecServer) -> None:
    onec.faults.push(faults.reset().again())
    with pytest.raises(SourceUnavailable):
        asked(onec, deadline_minutes=0.005)


def test_row_28_a_column_that_1c_has_not_got_is_named(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(faults.renamed("Партнер", "Клиент").again())
    failure = refused(lambda: asked(onec), caplog)
    assert failure.values["columns"] == "Партнер____Presentation, Партнер_Key"
    assert failure.values["name"] == SALES


def test_an_optional_column_that_1c_has_not_got_is_left_out(onec: OnecServer) -> None:
    onec.faults.push(faults.dropped("ЗаказКлиента").again().on(RETURNS))
    orders = {line.number: line.order_id for line in asked(onec).lines}
    assert (orders["А-1"], orders["В-1"]) == ("З-1", "")


def test_a_document_with_several_orders_has_each_by_its_number(onec: OnecServer) -> None:
    onec.shop = shop = small_shop(LINE, LINE._replace(order_id="З-2", order_date=datetime(2026, 2, 2)))
    with OnecServer(shop) as server:
        orders = {(line.order_id, line.order_date) for line in asked(server).lines}
        assert orders == {("З-1", date(2026, 2, 1)), ("З-2", date(2026, 2, 2))}
        server.odata.publication = Publication(unpublished=frozenset({"Document_ЗаказКлиента"}))
        assert all(len(line.order_id) == 36 for line in asked(server).lines)


def test_names_come_where_lines_show_no_references_as_text(onec: OnecServer) -> None:
    onec.odata.publication = Publication(line_presentations=False)
    assert {(line.product, line.feature, line.order_id) for line in asked(onec).lines} == {("Платье", "48", "З-1")}


def test_row_30_retail_without_a_customer_is_of_nobody() -> None:
    with OnecServer(small_shop(LINE._replace(buyer="", contractor=""))) as server:
        (line,) = asked(server).lines
    assert (line.customer, line.customer_key) == ("", "")


@pytest.mark.parametrize("profile", ["ut11", "erp2", "ka2"])
def test_reports_of_retail_sales_are_sales_to_nobody(profile: Any) -> None:
    retail = LINE._replace(sale_id="Р-1", buyer="", contractor="", order_id="", order_date=None, amount=70_000)
    with OnecServer(small_shop(LINE, retail)) as server:
        server.odata.publication = Publication(retail_reports=True)
        lines = {line.number: line for line in asked(server, profile=profile).lines}
        (total,) = source(server, profile=profile).totals(FEBRUARY) or ()
    assert (lines["Р-1"].customer, lines["Р-1"].customer_key, lines["Р-1"].amount) == ("", "", 70_000)
    assert lines["А-1"].customer == BUYER
    assert (total.documents, total.amount) == (2, LINE.amount + 70_000)


@pytest.mark.parametrize("profile", ["ut11", "erp2", "ka2", "bp3", "unf"])
def test_a_profile_reads_sales_and_returns_of_its_configuration(profile: Any) -> None:
    service = LINE._replace(product="Доставка", product_category="Услуги", amount=30_000)
    with OnecServer(small_shop(LINE, service, RETURN)) as server:
        server.odata.publication = Publication("ut11" if profile in ("erp2", "ka2") else profile)
        answer = asked(server, profile=profile)
        (partner,) = source(server, profile=profile).customers(NOON.date(), Book())
    assert sorted((line.number, line.amount, line.order_id, line.product) for line in answer.lines) == [
        ("А-1", 30_000, "З-1", "Доставка"), ("А-1", 1_200_000, "З-1", "Платье"), ("В-1", -1_200_000, "З-1", "Платье")]
    assert {line.customer_key for line in answer.lines} == {partner.key}
    assert (partner.name, partner.email, partner.tax_id) == (BUYER, "secret@example.com", "7700000001")


def test_the_customer_can_be_the_contractor(onec: OnecServer) -> None:
    fields = {"email": "", "phone": ""}
    lines = asked(onec, customer="contractor", fields=fields).lines
    (contractor,) = source(onec, customer="contractor", fields=fields).customers(NOON.date(), Book())
    assert {(line.customer, line.customer_key) for line in lines} == {("ООО «Тайна»", contractor.key)}
    assert (contractor.name, contractor.tax_id) == ("ООО «Тайна»", "7700000001")


def test_sums_without_vat_are_a_sixth_lower(onec: OnecServer) -> None:
    assert told(asked(onec, vat="without")) == {"А-1": 1_000_000, "В-1": -1_000_000, "К-1": -500_000}


def test_customers_come_without_tax_numbers_where_contractors_are_not_published(onec: OnecServer) -> None:
    onec.odata.publication = Publication(unpublished=frozenset({"Catalog_Контрагенты"}))
    (partner,) = source(onec).customers(NOON.date(), Book())
    assert (partner.name, partner.category, partner.tax_id) == (BUYER, "Опт", "")


def test_of_a_large_catalogue_only_customers_new_in_the_sales_are_read_but_on_sundays(
        onec: OnecServer, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    (partner,) = source(onec).customers(NOON.date(), book)
    monkeypatch.setattr(onec_odata, "LARGE_CATALOGUE", 0)
    book.people = {partner.key: partner._replace(version="old"), "another": partner}
    sunday, monday = date(2026, 3, 8), date(2026, 3, 9)
    assert source(onec).customers(monday, book) == []
    assert [each.key for each in source(onec).customers(sunday, book)] == [partner.key]
    book.people = {"another": partner}
    met = source(onec)
    met.lines([FEBRUARY], Book())
    assert [each.key for each in met.customers(monday, book)] == [partner.key]


def test_the_register_tells_the_same_sales_window_by_window(onec: OnecServer) -> None:
    register = source(onec, register=True)
    lines = register.lines([FEBRUARY], Book()).lines
    blank = {"version": "", "address": "", "product_category": ""}
    assert {line._replace(**blank) for line in lines} == {line._replace(**blank) for line in asked(onec).lines}
    assert {line.version for line in lines} == {""}
    assert (register.reach, source(onec).reach) == ("window", "horizon")
    assert any("Active eq true" in question for question in questions(onec))
    assert not any("Стоимость" in question for question in questions(onec))


def test_rows_of_cost_alone_are_no_sales(onec: OnecServer) -> None:
    asking = source(onec, register=True)
    (trail,) = asking._trails()
    row = {**dict.fromkeys(trail.question.select), "Recorder": "00000000-0000-0000-0000-000000000001",
           "Recorder_Type": "StandardODATA.Document_Х", "LineNumber": "1", "Period": "2026-02-03T00:00:00"}
    onec.faults.push(Fault(body=json.dumps({"value": [row]}).encode(), times=None))
    answer = asking.lines([FEBRUARY], Book())
    assert (answer.lines, answer.rejected) == ([], [])


def test_totals_are_told_by_headers(onec: OnecServer) -> None:
    assert source(onec).totals(FEBRUARY) == [DayTotal(NOON.date(), 3, None, -600_000)]
    assert not any("Товары" in question for question in questions(onec))


@pytest.mark.parametrize("more", [{"vat": "without"}, {"register": True}, {"fields": {"total": ""}}])
def test_totals_that_are_not_those_of_the_lines_are_none(onec: OnecServer, more: dict[str, Any]) -> None:
    assert source(onec, **more).totals(FEBRUARY) is None


def test_totals_leave_out_documents_in_another_currency_as_the_ledger_does() -> None:
    with OnecServer(small_shop(LINE, RETURN._replace(currency="USD"))) as server:
        assert source(server).totals(FEBRUARY) == [DayTotal(NOON.date(), 1, None, LINE.amount)]


def test_row_04_a_session_is_begun_once_kept_and_given_back(onec: OnecServer) -> None:
    onec.sessions.licences = 1
    one = source(onec, session=True)
    for _ in range(2):
        assert len(one.lines([FEBRUARY], Book()).lines) == 3
        assert onec.sessions.open == 0


def test_row_04_a_session_that_1c_ended_is_begun_anew(onec: OnecServer) -> None:
    onec.sessions.longest_idle_s = 0
    assert len(source(onec, session=True).lines([FEBRUARY], Book()).lines) == 3


def test_only_rows_that_the_user_may_see_are_a_choice_with_a_warning(
        onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.odata.publication = Publication(hidden_organisations=frozenset({"Фирма"}))
    with pytest.raises(SourceRefused):
        asked(onec)
    with caplog.at_level(logging.WARNING):
        assert not asked(onec, allowed_only=True).lines
    assert "source.allowed_only" in caplog.text
    assert all("allowedOnly=true" in question for question in questions(onec)[-3:])


def remarks(server: OnecServer, **more: Any) -> dict[str, bool]:
    return {remark.sentence(str.format): remark.good
            for remark in source(server, **more).explain(NOON.date())}


def test_it_explains_what_is_there(onec: OnecServer) -> None:
    found = remarks(onec)
    assert all(found.values())
    for sentence in (f"{SALES} is published with all fields; its documents run from 2026-02-03 to 2026-02-03.",
                     "2026-02-03: 3 sale lines in 3 documents.", "Catalog_Партнеры is published with all fields.",
                     "2026-02-01 – 2026-02-03: 3 documents for -60.00 RUB. Compare with the report on sales in 1C."):
        assert sentence in found


@pytest.mark.parametrize(("spoil", "named"), [
    (lambda server: setattr(server.odata, "publication", Publication(unpublished=frozenset({RETURNS}))), RETURNS),
    (lambda server: server.faults.push(faults.dropped("СуммаСНДС").again()), "Товары/СуммаСНДС"),
    (lambda server: server.faults.push(faults.dropped("ГруппаДоступа").again()), "ГруппаДоступа")])
def test_row_09_it_explains_what_lacks(onec: OnecServer, spoil: Callable[[OnecServer], None], named: str) -> None:
    spoil(onec)
    found = remarks(onec)
    assert any(named in sentence and not good for sentence, good in found.items())
    assert any(good for good in found.values())


def test_it_explains_lines_set_aside_and_hidden_rows() -> None:
    with OnecServer(small_shop(LINE._replace(currency="USD"))) as server:
        found = remarks(server, allowed_only=True)
    assert [sentence for sentence, good in found.items() if not good] == [
        "1 sale lines of 2026-02-03 cannot be understood; most often: the line is in another currency.",
        "source.allowed_only is on: 1C leaves out what its user may not see, without a word. Give the user the right "
        "to read all sales, and switch it off."]


@pytest.mark.parametrize(("key", "more"), [
    ("register", {"profile": "bp3", "register": True}), ("customer", {"profile": "unf", "customer": "partner"}),
    ("fields", {"fields": {"address": "Я" * 150}}), ("fields", {"fields": {"adress": "Адрес"}}),
    ("entities", {"entities": [{"set": "Document_" + "Я" * 60}]}), ("entities", {"entities": [{"set": "../x"}]}),
    ("fields", {"fields": {"vat": ""}, "vat": "without"}), ("fields", {"fields": {"sum": ""}}),
    ("entities", {"entities": [{"set": "Document_А", "fields": {"adress": "Адрес"}}]}),
    ("entities", {"entities": [{"set": "Document_А", "optional": ["orders"]}]}), ("page_mb", {"page_mb": 64}),
    ("profile", {"profile": "ut10"})])
def test_a_setting_that_cannot_work_is_told_by_its_key(key: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as failure:
        Source(**{"url": "http://1c.example.com/erp/odata/standard.odata", **more})
    assert {error["loc"][0] for error in failure.value.errors()} == {key}


def test_entities_and_fields_lie_over_the_profile(onec: OnecServer) -> None:
    entity = {"set": SALES, "fields": {"product": "", "address": ""}, "filter": "Number ne 'А-9'"}
    (line,) = asked(onec, entities=[entity], fields={"feature": ""}).lines
    assert (line.product, line.feature, line.address) == ("", "", "")
    assert "Number ne 'А-9'" in unquote(onec.requests[-1].query)


def test_a_day_beyond_the_period_is_not_asked_for(onec: OnecServer) -> None:
    assert not asked(onec, Period(date(2026, 2, 4), date(2026, 2, 5))).lines
