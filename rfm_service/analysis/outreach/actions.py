"""What to do with a customer of the list: by value tier, channel and situation, from a table (reference S3-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rfm_service.domain.outreach import Action
from rfm_service.ports import Texts

PRODUCT = "{product}"
"""Stands in a text for what the customer mostly buys."""
USUAL = (
    Action("welcome", situation="new"),
    Action("care", tier="high", situation="silent"),
    Action("ask", tier="high", situation="dropped"),
    Action("show", tier="high", situation="active"),
    Action("restock", tier="middle", situation="silent"),
    Action("sorry", tier="middle", situation="dropped"),
    Action("bundle", tier="middle", situation="active"),
    Action("sale", tier="low"),
)
"""What is done where the settings say nothing else: every tier and situation has a row."""


def action_texts(texts: Texts) -> Mapping[str, str]:
    """Action -> what it tells the sales manager to do; PRODUCT stands where the product comes."""
    return {
        "welcome": texts("Welcome them, help with the second order"),
        "care": texts("Call in person: ask how things are, offer help with the next order"),
        "ask": texts("Call in person: find out why they buy less"),
        "show": texts("Write in person: show what is new, and what goes well with {product}", product=PRODUCT),
        "restock": texts("Write: {product} is there, with a small discount on the next order", product=PRODUCT),
        "sorry": texts("Say sorry if something went wrong, with a voucher for the next order"),
        "bundle": texts("Offer a set with the best sellers, beginning with {product}", product=PRODUCT),
        "sale": texts("Tell of a sale: what is cheap for a short time"),
    }


def actions(rows: pd.DataFrame, table: Sequence[Action], texts: Texts) -> pd.Series[str]:
    """What to do with each row of a snapshot with OUTREACH and `favourite`, on its index.

    The first row of the table that holds counts; behind its own rows stand the usual ones.
    """
    which, found = chosen(rows, table)
    wordings = [wording(action, texts) for action in found]
    told = [wordings[number].replace(PRODUCT, favourite or texts("what they usually buy"))
            for number, favourite in zip(which, rows["favourite"].tolist(), strict=True)]
    return pd.Series(told, index=rows.index, dtype="str", name="action")


def chosen(rows: pd.DataFrame, table: Sequence[Action]) -> tuple[list[int], list[Action]]:
    """The number of each row's action in the list of those that any row has, and that list."""
    known: dict[tuple[str, str, str], Action] = {}
    keys = list(zip(*(rows[name].tolist() for name in ("value_tier", "channel", "situation")), strict=True))
    for key in keys:
        if key not in known:
            known[key] = _first(table, *key)
    found: list[Action] = []
    for action in known.values():
        if action not in found:
            found.append(action)
    number = {key: found.index(action) for key, action in known.items()}
    return [number[key] for key in keys], found


def wording(action: Action, texts: Texts) -> str:
    """The text in the language, else in any that it is written in, else ours of that name, else as it stands.

    PRODUCT is left in it.
    """
    if action.texts:
        return action.texts.get(texts.language) or next(iter(action.texts.values()))
    return action_texts(texts).get(action.text, action.text)


def _first(table: Sequence[Action], tier: str, channel: str, situation: str) -> Action:
    return next(each for each in (*table, *USUAL) if each.tier in ("", tier) and each.channel in ("", channel)
                and each.situation in ("", situation))
