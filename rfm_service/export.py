"""What `export` writes: customers, moves or sale lines, as files for people or for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from xlsxwriter.exceptions import XlsxWriterException

from rfm_service import wiring
from rfm_service.analysis import conclusions, sentences
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.months import iso_month
from rfm_service.analysis.value import standings
from rfm_service.domain.errors import RenderError
from rfm_service.domain.tables import DAY_COLUMNS, FORECAST, MONEY_COLUMNS, PUBLISHED_CUSTOMERS, PUBLISHED_MOVES
from rfm_service.domain.values import MONEY_SCALE, QUANTITY_SCALE, Basis, day_of, money
from rfm_service.listing import Made, listed
from rfm_service.settings import Settings
from rfm_service.texts.plain import unmarked

if TYPE_CHECKING:
    from rfm_service.ledger.ledger import Ledger

COMMA_LANGUAGES = ("ru", "tr")
EXCEL_ROWS = 1_048_575
RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""A cell that begins so could run as a formula; in East Asia the wide signs too."""

CUSTOMERS, MOVES = list(PUBLISHED_CUSTOMERS), list(PUBLISHED_MOVES)
SALES = ["date", "organisation", "document", "order", "customer_id", "customer", "contractor", "product", "feature",
         "category", "quantity", "amount", "cost", "returned", "address", "site_id", "channel", "manager"]

Frames = Generator[pd.DataFrame, None, None]


def export(settings: Settings, what: str, file_format: str, output: Path) -> int:
    """Write a file and return its rows. Raises LedgerError, RenderError."""
    ledger = wiring.ledger(settings)
    rows_of = {"customers": _customers, "moves": _moves, "sales": _sales}[what]
    draft = output.with_name(output.name + ".draft")
    try:
        with closing(rows_of(ledger, settings)) as frames:
            rows = WRITERS[file_format](frames, draft, settings.language)
        draft.replace(output)
    except (OSError, XlsxWriterException) as error:
        raise RenderError("The file {path} cannot be written: {reason}.", path=str(output),
                          reason=getattr(error, "strerror", None) or str(error)) from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _customers(ledger: Ledger, settings: Settings) -> Frames:
    newest = ledger.previous(date.max)
    if newest is None:
        yield pd.DataFrame(columns=CUSTOMERS)
        return
    before, told = ledger.previous(newest.as_of), ledger.told_on(newest.as_of)
    basis = Basis(newest.as_of, settings.rules, newest.ingest)
    engine = wiring.engine(settings)
    purchases, foretold = engine.purchases(ledger.facts, basis), told.frame if told else empty(FORECAST)
    value = standings(purchases, newest.snapshot, basis, settings.lifecycle.borders, settings.classes.borders)
    _, worklist = listed((ledger, engine), basis, Made(newest.snapshot, purchases, foretold),
                         wiring.contacting(settings))
    names = conclusions.Named(_called(ledger.customers(), ledger, settings), ledger.products())
    full = conclusions.named_snapshot(newest.snapshot, before.snapshot if before else None, names,
                                      (value, foretold, worklist.outreach))
    for column in MONEY_COLUMNS:
        full[column] = full[column].map(money)
    for column in DAY_COLUMNS:
        full[column] = [day_of(number) if number else None for number in full[column].tolist()]
    full["cohort"] = full["cohort"].map(iso_month)
    yield full[CUSTOMERS]


def _moves(ledger: Ledger, settings: Settings) -> Frames:
    newest = ledger.previous(date.max)
    if newest is None:
        yield pd.DataFrame(columns=MOVES)
        return
    moves = ledger.moves(newest.as_of)
    details = sentences.sentences(moves, wiring.texts(settings), settings.rfm.window_days,
                                  ledger.document_numbers(moves["document_no"]))
    full = moves.assign(detail=details).merge(_called(ledger.customers(), ledger, settings), on="customer_no",
                                              how="left")
    yield full.sort_values("customer_id")[MOVES]


def _sales(ledger: Ledger, settings: Settings) -> Frames:
    sold, forgotten = False, ledger.rights.forgotten()
    for stored in ledger.sales():
        sold, frame = True, conclusions.called(stored, forgotten, wiring.texts(settings))
        frame["amount"] = frame["amount"].map(lambda units: money(int(units)))
        frame["quantity"] = frame["quantity"] / QUANTITY_SCALE
        frame["date"] = pd.to_datetime(frame.pop("day"), unit="D") + pd.to_timedelta(frame.pop("second"), unit="s")
        frame["cost"] = frame["cost"].map(lambda units: None if pd.isna(units) else money(int(units)))
        yield frame[SALES]
    if not sold:
        yield pd.DataFrame(columns=SALES)


def _called(rows: pd.DataFrame, ledger: Ledger, settings: Settings) -> pd.DataFrame:
    return conclusions.called(rows, ledger.rights.forgotten(), wiring.texts(settings))


def _csv(frames: Frames, path: Path, language: str) -> int:
    """For people: BOM, semicolons, no live formula."""
    rows = 0
    comma = "," if language in COMMA_LANGUAGES else "."
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as opened:
        for frame in frames:
            frame.map(lambda cell: _guarded(cell, comma)).to_csv(opened, sep=";", index=False, header=not rows)
            rows += len(frame)
    return rows


def _guarded(cell: object, comma: str) -> object:
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(RISKY) else cell
    return str(cell).replace(".", comma) if hasattr(cell, "as_tuple") or isinstance(cell, float) else cell


def _xlsx(frames: Frames, path: Path, _language: str) -> int:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False,
                                           "strings_to_urls": False, "default_date_format": "dd.mm.yyyy"})
    sheet, rows = book.add_worksheet(), 0
    for frame in frames:
        if rows + len(frame) > EXCEL_ROWS:
            book.close()
            raise RenderError("Excel holds at most {rows} rows; export as csv or parquet.", rows=EXCEL_ROWS)
        if not rows:
            sheet.write_row(0, 0, list(frame.columns))
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
            rows += 1
            for column, cell in enumerate(row):
                sheet.write(rows, column, _cell(cell))
    book.close()
    return rows


def _cell(value: object) -> object:
    if isinstance(value, str):
        return unmarked(value)
    return float(value) if isinstance(value, Decimal) else value


def _json(frames: Frames, path: Path, _language: str) -> int:
    """A JSON array, a row an object; money as text, so that it stays exact."""
    rows = 0
    with path.open("w", encoding="utf-8", errors="replace") as opened:
        opened.write("[")
        for frame in frames:
            for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
                opened.write((",\n" if rows else "\n") + json.dumps(row, ensure_ascii=False, default=str))
                rows += 1
        opened.write("\n]\n")
    return rows


def _parquet(frames: Frames, path: Path, _language: str) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    rows, writer = 0, None
    for frame in frames:
        table = pa.Table.from_pandas(_decimals(frame), preserve_index=False)
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table.cast(writer.schema))
        rows += len(frame)
    if writer is None:
        parquet.write_table(pa.table({}), path)
    else:
        writer.close()
    return rows


def _decimals(frame: pd.DataFrame) -> pd.DataFrame:
    import pyarrow as pa

    kind = pd.ArrowDtype(pa.decimal128(20, len(str(MONEY_SCALE)) - 1))
    exact = [name for name in (*MONEY_COLUMNS, "amount", "cost") if name in frame.columns]
    return frame.astype(dict.fromkeys(exact, kind))


WRITERS: dict[str, Callable[[Frames, Path, str], int]] = {"csv": _csv, "xlsx": _xlsx, "json": _json,
                                                          "parquet": _parquet}
