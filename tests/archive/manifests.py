"""Manifests of nights as the service writes them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

FILES = {"summary.html": "0", "dashboard.html": "0", "RFM.xlsx": "0", "customers.csv": "0"}


def manifest(night: date, **changes: Any) -> bytes:
    """A manifest; a change to a part of it is laid over that part."""
    told: dict[str, Any] = {
        "as_of": night.isoformat(), "run": "1", "data_through": night.isoformat(), "complete": True, "settings": "0",
        "rows": {"customers": 1200, "moves": 34}, "files": FILES,
        "totals": {"orders": 4100, "revenue": "1234567.5", "currency": "RUB"}}
    for name, value in changes.items():
        told[name] = {**told.get(name, {}), **value} if isinstance(value, dict) and name != "files" else value
    return json.dumps(told).encode()
