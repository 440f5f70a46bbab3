"""All that the ledger keeps of one customer, in plain values."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from rfm_service.domain.values import day_of
from rfm_service.ledger import forgetting, outbox
from rfm_service.ledger.forgetting import AMONG, VERSIONS

Row = dict[str, Any]

WHO = f"""SELECT customer_id, told, name, shown, email, phone, ref, tax_id, tax_code, category, manager,
    do_not_contact = 1 AS do_not_contact, version, (SELECT customer_id FROM customers AS owner
    WHERE owner.customer_no = customers.owner_no) AS counts_for FROM customers WHERE customer_no {AMONG}
    ORDER BY owner_no IS NOT NULL, customer_no"""
SALES = f"SELECT day, version_no, amount FROM lines WHERE customer_no {AMONG} AND until = 0"
SPAN = f"""SELECT min(lines.day) AS first_day, max(lines.day) AS last_day, count(DISTINCT version_no) AS versions
    FROM lines WHERE customer_no {AMONG} AND version_no {AMONG}"""
LINES_OF = f"lines WHERE customer_no {AMONG} AND version_no {AMONG}"
CONTRACTORS = f"""SELECT name FROM contractors WHERE name <> '' AND contractor_no IN
    (SELECT contractor_no FROM {LINES_OF}) ORDER BY 1"""
ADDRESSES = f"""SELECT address, site_id, channel FROM deliveries WHERE (address <> '' OR site_id <> '') AND
    delivery_no IN (SELECT delivery_no FROM {LINES_OF}) ORDER BY 1, 2, 3"""
CONTACTS = f"""SELECT day, outcome, note, next_day, author FROM contacts WHERE customer_no {AMONG} ORDER BY 1, 5"""
OFFERS = f"""SELECT campaign, day, segment, held = 1 AS held FROM offers WHERE customer_no {AMONG} ORDER BY 2, 1"""
MOVES = f"""SELECT as_of, from_segment, to_segment, cause FROM moves WHERE customer_no {AMONG} ORDER BY 1"""
SNAPSHOTS = f"""SELECT as_of, recency_days, frequency, monetary, r, f, m, segment, tier FROM snapshot_rows
    WHERE customer_no {AMONG} ORDER BY 1"""
FORECASTS = f"""SELECT as_of, p30, p90, spend30, spend90, due FROM forecast_rows WHERE customer_no {AMONG} ORDER BY 1"""
SINCE = f"SELECT min(day) FROM forgotten WHERE customer_no {AMONG}"
NIGHTS = f"""SELECT as_of FROM snapshots WHERE as_of IN (SELECT as_of FROM snapshot_rows WHERE customer_no {AMONG})
    OR as_of IN (SELECT as_of FROM moves WHERE customer_no {AMONG})
    OR EXISTS (SELECT 1 FROM lines WHERE customer_no {AMONG} AND day BETWEEN as_of - ? AND as_of)"""
SAME = f"""SELECT customer_id, name FROM customers WHERE name <> '' AND NOT customer_no {AMONG} AND customer_no IN (
    SELECT new_no FROM renames WHERE old_no {AMONG} UNION SELECT old_no FROM renames WHERE new_no {AMONG}) ORDER BY 2"""
DAYS = frozenset({"day", "next_day", "as_of", "due", "first_day", "last_day"})
FLAGS = frozenset({"do_not_contact", "held"})


@dataclass(frozen=True)
class Dossier:
    """What is kept of a customer and of all names that were joined with it; amounts in 1/10 000, days as dates.

    `forgotten`: since when nobody knows who it was; `who`: a row a name, that for which the others count first; `same`:
    who may be the same customer, renamed; `messages`: with the lists for sales managers that are kept, for any may name
    it.
    """

    numbers: tuple[int, ...]
    forgotten: date | None
    who: list[Row]
    same: list[Row]
    sales: list[Row]
    span: Row
    contractors: list[Row]
    addresses: list[Row]
    contacts: list[Row]
    offers: list[Row]
    moves: list[Row]
    snapshots: list[Row]
    forecasts: list[Row]
    quarantine: list[Row]
    messages: list[Row]


def dossier(connection: sa.Connection, named: str) -> Dossier:
    """All that is kept of the customer of an id, a reference or a name, be it one that was forgotten.

    Raises LedgerError where nobody or more than one is meant.
    """
    found = forgetting.whose(connection, named)
    among = json.dumps(found)
    versions = connection.exec_driver_sql(VERSIONS, (among,)).all()
    holders = sorted({row.customer_no for row in versions})
    lines = (json.dumps(holders), json.dumps([row.version_no for row in versions]))
    since = connection.exec_driver_sql(SINCE, (among,)).scalar_one()
    needles = forgetting.naming(connection, found)

    sold = connection.exec_driver_sql(SALES, (among,)).all()

    def rows(query: str, *values: str) -> list[Row]:
        return [_plain(row) for row in connection.exec_driver_sql(query, values or (among,)).mappings()]

    return Dossier(
        numbers=tuple(found), forgotten=None if since is None else day_of(since), who=rows(WHO),
        same=rows(SAME, among, among, among), sales=_years(sold), span=rows(SPAN, *lines)[0],
        contractors=rows(CONTRACTORS, *lines), addresses=rows(ADDRESSES, *lines), contacts=rows(CONTACTS),
        offers=rows(OFFERS), moves=rows(MOVES), snapshots=rows(SNAPSHOTS), forecasts=rows(FORECASTS),
        quarantine=rows(f"SELECT day, reason, row FROM quarantine WHERE row_no {AMONG}",
                        json.dumps(forgetting.rows_naming(connection, needles))),
        messages=rows(f"SELECT kind, state, text FROM outbox WHERE message_no {AMONG}",
                      json.dumps(_messages(connection, needles, known=since is None))))


def _messages(connection: sa.Connection, needles: Collection[str], *, known: bool) -> list[int]:
    """Those that name a customer by some texts, and the lists that may, where it is `known`: not forgotten."""
    lists = outbox.carrying_lists(connection) if known else []
    return sorted({*forgetting.messages_naming(connection, needles), *lists})


def _years(lines: Sequence[sa.Row[Any]]) -> list[Row]:
    """Documents, lines and sum of the live lines of each year, in its order."""
    by_year: defaultdict[int, list[sa.Row[Any]]] = defaultdict(list)
    for line in lines:
        by_year[day_of(line.day).year].append(line)
    return [{"year": year, "documents": len({line.version_no for line in sold}), "lines": len(sold),
             "amount": sum(line.amount for line in sold)} for year, sold in sorted(by_year.items())]


def nights(connection: sa.Connection, found: Sequence[int], window_days: int) -> set[date]:
    """The kept nights whose reports may name some customers: scored, moved, or with a line in the window."""
    among = json.dumps(list(found))
    rows = connection.exec_driver_sql(NIGHTS, (among, among, among, window_days - 1))
    return set(map(day_of, rows.scalars()))


def _plain(row: Any) -> Row:
    """Days as dates (None: none), flags as such."""
    return {name: (day_of(value) if value else None) if name in DAYS else bool(value) if name in FLAGS else value
            for name, value in row.items()}
