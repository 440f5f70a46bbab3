"""The same customers in a page of Tabulator: what the dashboard's speed is compared with.

It is packed as the dashboard is, columns in gzip, the best of the ways that were tried; what is searched is made
lower-case once. So it is a quick page, not a straw man.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
from pathlib import Path

import pandas as pd

from rfm_service.domain.findings import Findings
from rfm_service.domain.tables import MONEY_COLUMNS, PUBLISHED_CUSTOMERS
from rfm_service.domain.values import MONEY_SCALE
from tests.browsers.axe import VENDOR

SEARCHED = ("customer_id", "customer", "email", "manager", "segment", "tier")
SHOWN = PUBLISHED_CUSTOMERS[:17]
TEMPLATE = Path(__file__).with_name("peer.html")


def peer_page(findings: Findings) -> bytes:
    """An HTML file of all customers; every other table of the findings is packed with them, and not shown."""
    beside = {field.name: _columns(frame) for field in dataclasses.fields(findings)
              if isinstance(frame := getattr(findings, field.name), pd.DataFrame) and field.name != "snapshot"}
    customers = findings.snapshot[list(PUBLISHED_CUSTOMERS)]
    packed = gzip.compress(json.dumps({"customers": _columns(customers), **beside}, separators=(",", ":"),
                                      default=str).encode(), mtime=0)
    kinds = [(name, "number" if pd.api.types.is_numeric_dtype(customers[name]) else "string") for name in SHOWN]
    library = VENDOR / "tabulator"
    page = TEMPLATE.read_text(encoding="utf-8")
    for place, text in (("css", (library / "tabulator.min.css").read_text(encoding="utf-8")),
                        ("library", (library / "tabulator.min.js").read_text(encoding="utf-8")),
                        ("packed", base64.b64encode(packed).decode("ascii")),
                        ("shown", json.dumps(kinds)), ("searched", json.dumps(SEARCHED))):
        page = page.replace("{{" + place + "}}", text)
    return page.encode("utf-8")


def _columns(frame: pd.DataFrame) -> dict[str, list[object]]:
    scaled = frame.assign(**{name: frame[name] / MONEY_SCALE for name in MONEY_COLUMNS & set(frame.columns)}).round(4)
    return {str(name): scaled[name].tolist() for name in scaled.columns}
