"""Settings that were changed since the night before, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rfm_service.domain.findings import SettingChange
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.ports import Texts
from rfm_service.texts.labels import setting_labels, setting_values
from rfm_service.texts.plain import shortened

MOST_SHOWN = 6
PLACES = 40
RULES = "rfm.thresholds"
"""The one setting that is too long to be told: that it is otherwise must do."""
IN_MONEY = frozenset({"rfm.gift_below", "rfm.cuts.m", "lifecycle.vip_money"})
LEVELS = "tiers."


@dataclass(frozen=True)
class ChangedSetting:
    """A setting by its name, and both values as they are shown; '' twice where only the change is told."""

    name: str
    before: str
    after: str


def changed_settings(changes: Sequence[SettingChange], texts: Texts) -> list[ChangedSetting]:
    """The changes, at most MOST_SHOWN of them."""
    labels, words = setting_labels(texts), setting_values(texts)
    return [ChangedSetting(labels.get(change.key, shortened(change.key, PLACES)),
                           *(("", texts("changed")) if change.key == RULES else
                             (_value(change.key, value, words, texts) for value in (change.before, change.after))))
            for change in changes[:MOST_SHOWN]]


def more_settings(changes: Sequence[SettingChange], texts: Texts) -> str:
    """How many changes are not shown; '' where all are."""
    rest = len(changes) - MOST_SHOWN
    return texts.plural("and {count} more setting", "and {count} more settings", rest) if rest > 0 else ""


def _value(key: str, value: str, words: Mapping[str, str], texts: Texts) -> str:
    """A value as it is said: by a word, as money, as numbers, or as it was written."""
    if value in words:
        return words[value]
    try:
        numbers = [Decimal(part) for part in value.split(", ")]
    except InvalidOperation:
        return shortened(value, PLACES)
    if not all(number.is_finite() for number in numbers):
        return shortened(value, PLACES)
    if key in IN_MONEY or key.startswith(LEVELS):
        return " · ".join(texts.amount(int(number * MONEY_SCALE), _digits(number)) for number in numbers)
    return " · ".join(texts.number(number, _digits(number)) for number in numbers)


def _digits(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return min(max(-int(exponent), 0), 4)
