"""Whose customers are whose: sales managers as the lists know them, and the files that hold their lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from rfm_service.domain.values import clean_name
from rfm_service.ports import Texts
from rfm_service.sheets.slugs import latin, slugs
from rfm_service.texts.plain import plain


def owner(name: str) -> str:
    """A sales manager by the letters of the name that can be seen; '' for customers that have none."""
    return clean_name(plain(name))


def list_files(names: Iterable[str], texts: Texts) -> Mapping[str, str]:
    """Each owner among the sales managers of customers, and nobody ('') -> the path of the list in the night's folder.

    `names` are those of all customers, listed or not: which others there are decides what a file is called.
    """
    owners = sorted({"", *map(owner, names)})
    named, nobody = slugs([each for each in owners if each]), texts("without a sales manager")
    return {each: f"managers/{named[each] if each else latin(nobody) or 'nobody'}.xlsx" for each in owners}


def meant(written: str, owners: Collection[str]) -> str | None:
    """The owner whom a name of the settings means: the one spelled so, else the only one that differs in case alone.

    None where there is none, and where several differ in case alone: nobody is shown a list that may be another's.
    """
    name = owner(written)
    found = [name] if name in owners else alike(name, owners)
    return found[0] if name and len(found) == 1 else None


def alike(written: str, owners: Collection[str]) -> list[str]:
    """The owners who differ from a name at most in case."""
    name = owner(written).casefold()
    return sorted(each for each in owners if each and each.casefold() == name)


def nearest(written: str, owners: Collection[str]) -> str:
    """The owner whose name is most like one that nobody has; '' where there are no owners."""
    folded = {each.casefold(): each for each in sorted(owners) if each}
    near = get_close_matches(owner(written).casefold(), list(folded), n=1, cutoff=0)
    return folded[near[0]] if near else ""
