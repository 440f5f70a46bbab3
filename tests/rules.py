"""The rules of a night for tests: the seed's segments unless said otherwise."""

from __future__ import annotations

from typing import Any

from rfm_service import presets
from rfm_service.domain.values import Rules


def ruled(preset: str = "seed", **changes: Any) -> Rules:
    return Rules(presets.preset(preset), **changes)
