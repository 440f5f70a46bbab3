"""Pages of the local OData: whole, true while the shop changes, and made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.papers import Paper, guid
from rfm_service.emulator.shop import ListShop, document_of
from tests.emulator.odata.asking import SALE, SALES, Base, PaperList, papers_of, published

HEADERS = {"$select": "Ref_Key,DataVersion,Posted,DeletionMark,Date"}
FIRST = datetime(2026, 8, 1)


def window(start: datetime, end: datetime) -> dict[str, str]:
    return {"$filter": f"Date ge datetime'{start.isoformat()}' and Date lt datetime'{end.isoformat()}'"}


def pages(base: Base, resource: str, told: dict[str, str], size: int) -> Iterator[list[dict[str, Any]]]:
    skip = 0
    while found := base.rows(resource, told | {"$top": str(size), "$skip": str(skip)}):
        assert len(found) <= size
        yield found
        skip += size


class Counting(PaperList):
    """A shop whose documents are a function of its clock, and which counts how often it is read."""

    def __init__(self, kept: list[Paper]) -> None:
        super().__init__(kept)
        self.clock = date(2026, 9, 1)
        self.read: list[tuple[date, date]] = []

    def papers(self, start: date, end: date) -> Iterator[Paper]:
        self.read.append((start, end))
        shown = [paper._replace(version=self.clock.day) for paper in self.kept if paper.day <= self.clock]
        return (paper for paper in shown if start <= paper.day < end)


def counting(documents: int) -> Counting:
    lines = [SALE._replace(date=FIRST + timedelta(hours=5 * n), sale_id=f"ТМ00-{n:06d}") for n in range(documents)]
    return Counting([Paper(guid("d", n), "sale", 1, posted=True, marked=False, lines=(line, line))
                     for n, line in enumerate(lines)])


SIZES = st.integers(1, 7)
TIMES = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 3_600, 86_399])), max_size=25)


@settings(max_examples=12, deadline=None)
@given(TIMES, SIZES)
def test_pages_by_date_and_reference_hold_every_document_once(times: list[tuple[int, int]], size: int) -> None:
    shop = ListShop([SALE._replace(date=FIRST + timedelta(days, seconds), sale_id=f"ТМ00-{n:06d}")
                     for n, (days, seconds) in enumerate(times)])
    start, end = FIRST + timedelta(5, 3_600), FIRST + timedelta(35, 3_600)
    with published(shop) as base:
        told = HEADERS | window(start, end) | {"$orderby": "Date,Ref_Key"}
        found = [row for page in pages(base, SALES, told, size) for row in page]
    expected = {paper.ref for paper in papers_of(shop) if start <= paper.lines[0].date < end}
    assert len(found) == len(expected)
    assert {row["Ref_Key"] for row in found} == expected
    assert [row["Date"] for row in found] == sorted(row["Date"] for row in found)


def test_a_window_is_read_once_for_all_its_pages_and_sets() -> None:
    shop = counting(60)
    with published(shop) as base:
        told = HEADERS | window(FIRST, FIRST + timedelta(7)) | {"$orderby": "Date,Ref_Key"}
        assert sum(map(len, pages(base, SALES, told, 5))) == 34
        base.rows("Document_КорректировкаРеализации", told)
        day = base.rows(SALES, window(FIRST + timedelta(2), FIRST + timedelta(3)))
        assert day
        base.rows(SALES, {"$filter": f"Ref_Key eq guid'{day[0]['Ref_Key']}'"})
        assert shop.read == [(date(2026, 8, 1), date(2026, 8, 9))]


def test_another_clock_is_another_shop() -> None:
    shop = counting(10)
    with published(shop) as base:
        before = base.rows(SALES, HEADERS)
        shop.clock = date(2026, 8, 2)
        after = base.rows(SALES, HEADERS)
    assert (len(before), len(after)) == (10, 10)
    assert not {row["DataVersion"] for row in before} & {row["DataVersion"] for row in after}
    assert len(shop.read) == 2


def test_a_shop_that_a_test_changes_is_read_anew_each_time() -> None:
    shop = ListShop([SALE])
    with published(shop) as base:
        told = window(FIRST, FIRST + timedelta(40)) | {"$select": "Number"}
        assert base.rows(SALES, told) == [{"Number": "ТМ00-180814"}]
        shop.add(SALE._replace(sale_id="ТМ00-180815"))
        assert len(base.rows(SALES, told)) == 2
        shop.remove(document_of(SALE))
        assert base.rows(SALES, told) == [{"Number": "ТМ00-180815"}]


def test_references_are_found_wherever_their_documents_are_dated() -> None:
    shop = counting(60)
    refs = [paper.ref for paper in shop.kept]
    wanted = {"$filter": " or ".join(f"Ref_Key eq guid'{ref}'" for ref in (refs[3], refs[50], guid("none")))}
    with published(shop) as base:
        assert {row["Ref_Key"] for row in base.rows(SALES, wanted)} == {refs[3], refs[50]}
        read = len(shop.read)
        assert {row["Ref_Key"] for row in base.rows(SALES, wanted | {"$select": "Ref_Key"})} == {refs[3], refs[50]}
        assert len(shop.read) == read
        shop.kept = [paper._replace(lines=(SALE._replace(date=datetime(2026, 8, 31)),)) for paper in shop.kept]
        shop.clock = date(2026, 9, 2)
        moved = base.rows(SALES, {"$filter": f"Ref_Key eq guid'{refs[3]}'"})
        assert [row["Date"] for row in moved] == ["2026-08-31T00:00:00"]
        assert len(base.rows(f"{SALES}_Товары", {"$filter": f"Ref_Key eq guid'{refs[3]}'"})) == 1


def test_row_17_lines_that_are_equal_for_orderby_shuffle_between_pages() -> None:
    shop = counting(12)
    with published(shop, Publication(shuffles_ties=True)) as base:
        told = {"$select": "Ref_Key,LineNumber"}
        paged = [row for page in pages(base, f"{SALES}_Товары", told | {"$orderby": "СтавкаНДС"}, 4) for row in page]
        assert len(paged) == 24
        assert len({tuple(row.values()) for row in paged}) < 24
        whole = [row for page in pages(base, f"{SALES}_Товары", told | {"$orderby": "Ref_Key,LineNumber"}, 4)
                 for row in page]
        assert len({tuple(row.values()) for row in whole}) == 24


def test_a_header_takes_145_bytes() -> None:
    with published(counting(50)) as base:
        size = len(base.ask(SALES, {"$format": "application/json;odata=nometadata"} | HEADERS).content)
    assert size / 50 < 146


@pytest.mark.slow
def test_a_sweep_of_many_documents_takes_seconds() -> None:
    lines = (SALE, SALE)
    shop = Counting([Paper(guid("d", n), "sale", 1, posted=True, marked=False,
                           lines=(lines[0]._replace(date=FIRST + timedelta(seconds=n * 15)), lines[1]))
                     for n in range(60_000)])
    with published(shop) as base:
        told = HEADERS | window(FIRST, FIRST + timedelta(12)) | {"$orderby": "Date,Ref_Key"}
        assert sum(map(len, pages(base, SALES, told, 1000))) == 60_000
    assert len(shop.read) == 1
