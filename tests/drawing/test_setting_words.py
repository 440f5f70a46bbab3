"""Every setting that shapes figures has a name and readable values."""

from __future__ import annotations

import pytest

from rfm_service.domain.findings import SettingChange
from rfm_service.drawing.setting_words import IN_MONEY, LEVELS, MOST_SHOWN, changed_settings, more_settings
from rfm_service.rule_tables import CutsTable
from rfm_service.settings import MONEY_KEY, Settings, shaping
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.labels import setting_labels
from tests.renderers.findings import HOSTILE_NAMES

RU = Catalogue("ru", "RUB")
KEYS = {*shaping(Settings(home=".")), *(f"rfm.cuts.{score}" for score in CutsTable.model_fields)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_a_name_of_its_own(language: str) -> None:
    labels = setting_labels(Catalogue(language, "RUB"))
    assert labels.keys() == KEYS
    assert len(set(labels.values())) == len(labels)


def test_what_is_held_as_money_is_shown_as_money() -> None:
    assert {key for key in KEYS if MONEY_KEY.fullmatch(key)} == {
        key for key in KEYS if key in IN_MONEY or key.startswith(LEVELS)}


@pytest.mark.parametrize(("key", "before", "after", "shown"), [
    ("rfm.window_days", "180", "365", ("180", "365")),
    ("rfm.cuts", "monthly", "", ("раз в месяц", "—")),
    ("rfm.cuts.m", "", "1000, 2000.5, 3000, 4000", ("—", "1 000 ₽ · 2 000,5 ₽ · 3 000 ₽ · 4 000 ₽")),
    ("tiers.whale", "500000", "600000", ("500 000 ₽", "600 000 ₽")),
    ("lifecycle.churn_multiplier", "1.5", "2.0", ("1,5", "2")),
    ("rfm.returns", "net", "ignore", ("вычитаются", "не учитываются")),
    ("timezone", "Europe/Moscow", "Asia/Omsk", ("Europe/Moscow", "Asia/Omsk")),
    ("rfm.thresholds", '{"segment": "a"}', '{"segment": "b"}', ("", "изменены")),
    ("classes.a", "NaN", "Infinity", ("NaN", "Infinity")),
])
def test_values_are_said_as_people_say_them(key: str, before: str, after: str, shown: tuple[str, str]) -> None:
    (found,) = changed_settings([SettingChange(key, before, after)], RU)
    assert tuple(value.replace("\xa0", " ") for value in (found.before, found.after)) == shown


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    changes = [SettingChange("rfm.fallback", name, "x") for name in HOSTILE_NAMES]
    found = changed_settings(changes, RU)
    assert len(found) == MOST_SHOWN
    assert all(len(change.before) <= 40 for change in found)
    rest = len(changes) - MOST_SHOWN
    assert more_settings(changes, RU) == RU.plural("and {count} more setting", "and {count} more settings", rest)
    assert more_settings(changes[:MOST_SHOWN], RU) == ""
