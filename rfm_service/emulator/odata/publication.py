"""What of a shop is published over OData: which configuration, which sets, who may see what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rfm_service.emulator.odata.catalogues import catalogue_sets
from rfm_service.emulator.odata.documents import document_sets
from rfm_service.emulator.odata.fields import EntitySet, Fields, Table
from rfm_service.emulator.odata.register import register_sets
from rfm_service.emulator.odata.shelf import Shelf
from rfm_service.emulator.odata.words import CONFIGURATIONS, PARTNERS, RETAIL, Desk, Made, Words
from rfm_service.emulator.papers import Paper

Configuration = Literal["ut11", "bp3", "unf"]
Sets = dict[str, EntitySet]


@dataclass(frozen=True)
class Publication:
    """How the base is published; what is not named is as an administrator would have it.

    `unpublished` objects are left out, as after an update that shrank the composition of OData; with `retail_reports`
    sales to nobody in particular are Document_ОтчетОРозничныхПродажах; `counts` False has no `/$count`;
    `line_presentations` False has no presentations in tabular parts; `shuffles_ties` orders rows of a tabular part
    that are equal for $orderby anew in every answer; documents of `hidden_organisations` are forbidden to the user.
    """

    configuration: Configuration = "ut11"
    unpublished: frozenset[str] = frozenset()
    retail_reports: bool = False
    counts: bool = True
    line_presentations: bool = True
    shuffles_ties: bool = False
    hidden_organisations: frozenset[str] = frozenset()


def sets_of(shelf: Shelf, publication: Publication) -> Sets:
    """Return the entity sets of the publication by name."""
    words = CONFIGURATIONS[publication.configuration]
    names: set[str] = set()
    desk = Desk(shelf, words, names.__contains__)
    found = [*_documents(desk, publication), *catalogue_sets(desk)]
    if words.buyers == PARTNERS:
        found += register_sets(desk, lambda paper: made_of(words, publication, paper))
    gone = publication.unpublished
    kept = {each.name: each for each in found if not any(f"{each.name}_".startswith(f"{name}_") for name in gone)}
    if not publication.line_presentations:
        kept = {name: _bare(each) for name, each in kept.items()}
    # The fields ask this only when they are read: whether what they point at is published.
    names.update(kept)
    return kept


def _bare(found: EntitySet) -> EntitySet:
    def bare(fields: Fields) -> Fields:
        return {name: field._replace(shown=None) for name, field in fields.items()}

    tables = {name: Table(name, bare(each.fields), each.rows) for name, each in found.tables.items()}
    return replace(found, tables=tables)


def made_of(words: Words, publication: Publication, paper: Paper) -> Made:
    """Return the set of documents that the paper is in."""
    if publication.retail_reports and paper.kind == "sale" and not paper.lines[0].buyer:
        return RETAIL
    return next(made for made in words.made if made.kind == paper.kind)


def altered(found: EntitySet, dropped: str | None, renamed: tuple[str, str] | None) -> EntitySet:
    """Return the set as after an update of the base that dropped an attribute or gave it another name."""

    def after(fields: Fields) -> Fields:
        known = (field._replace(name=_renamed(field.name, renamed)) for field in fields.values())
        return {field.name: field for field in known if dropped is None or field.name not in _names(dropped)}

    tables = {name: Table(name, after(each.fields), each.rows) for name, each in found.tables.items()}
    return replace(found, fields=after(found.fields), tables=tables)


def _names(attribute: str) -> tuple[str, str, str]:
    return attribute, f"{attribute}_Key", f"{attribute}_Type"


def _renamed(name: str, renamed: tuple[str, str] | None) -> str:
    old, new = renamed or ("", "")
    return new + name.removeprefix(old) if name in _names(old) else name


def _documents(desk: Desk, publication: Publication) -> list[EntitySet]:
    def of(made: Made) -> list[EntitySet]:
        return document_sets(desk, made, lambda paper: made_of(desk.words, publication, paper) == made)

    return [each for made in (*desk.words.made, RETAIL) for each in of(made)]
