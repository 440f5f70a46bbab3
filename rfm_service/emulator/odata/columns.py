"""What $select and $expand leave of a row, and the row as JSON text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rfm_service.emulator import json_rows
from rfm_service.emulator.odata.fields import PRESENTATION, EntitySet, Field, Table
from rfm_service.emulator.odata.refusals import no_segment

Cell = Callable[[Any], str]
Sets = Mapping[str, EntitySet]
_ALL = "*"
_ALL_BUT_TABLES = "**"
_ALL_PRESENTATIONS = f"*{PRESENTATION}"


class Columns:
    """The columns of an answer: fields, tabular parts with theirs, references to expand."""

    def __init__(self, entity: EntitySet, sets: Sets, expand: Sequence[str]) -> None:
        self._entity, self._sets = entity, sets
        self._fields: dict[str, Field] = {}
        self._tables: dict[str, dict[str, Field]] = {}
        self._expanded: dict[str, EntitySet] = {each: self._target(each) for each in expand}
        self._of_expanded: dict[str, dict[str, Field]] = {}
        self.links = False

    @classmethod
    def of(cls, entity: EntitySet, sets: Sets, select: Sequence[str] | None, expand: Sequence[str]) -> Columns:
        """Return the columns that the options leave. Raises Refused."""
        columns = cls(entity, sets, expand)
        wanted = (_ALL, *(f"{each}/{_ALL}" for each in expand)) if select is None else tuple(select)
        for name in wanted:
            columns._take(name, tables=_ALL_BUT_TABLES not in wanted or _ALL in wanted)
        columns.links = _ALL in wanted
        return columns

    def writer(self, *, links: bool) -> Cell:
        """Return what writes a row as a JSON object; with `links` where to follow its references, too."""
        cells = [_cell(name, field) for name, field in self._fields.items()]
        cells += [_table_cell(self._entity.tables[name], fields) for name, fields in self._tables.items()]
        cells += [_expanded_cell(self._entity.links[name], fields) for name, fields in self._of_expanded.items()]
        if links and self.links:
            cells += [_link_cell(self._entity, name) for name in self._entity.links]
        return _object(cells)

    def _take(self, name: str, *, tables: bool) -> None:
        entity = self._entity
        head, _, tail = name.partition("/")
        if name in (_ALL, _ALL_BUT_TABLES):
            self._fields |= entity.fields
            whole = entity.tables.values() if tables else ()
            self._tables |= {table.name: dict(table.fields) for table in whole}
        elif name == _ALL_PRESENTATIONS:
            self._fields |= {key: field for key, field in entity.presentations.items() if key != "Presentation"}
        elif head in entity.tables:
            self._take_of_table(entity.tables[head], tail, tables=tables)
        elif head in entity.links and (tail or head in self._expanded):
            self._take_of_expanded(head, tail or _ALL)
        elif (field := entity.find(name)) is not None:
            self._fields[name] = field
        else:
            raise no_segment(name)

    def _take_of_table(self, table: Table, name: str, *, tables: bool) -> None:
        if not tables:
            return
        columns = self._tables.setdefault(table.name, {})
        if name in ("", _ALL, _ALL_BUT_TABLES):
            columns |= table.fields
        elif (field := table.find(name)) is not None:
            columns[name] = field
        else:
            raise no_segment(f"{table.name}/{name}")

    def _take_of_expanded(self, link: str, name: str) -> None:
        """Take a field of what a reference points at; without $expand 1C silently leaves it out."""
        target = self._expanded.get(link)
        if target is None:
            return
        columns = self._of_expanded.setdefault(link, {})
        if name in (_ALL, _ALL_BUT_TABLES):
            columns |= target.fields
        elif (field := target.find(name)) is not None:
            columns[name] = field
        else:
            raise no_segment(f"{link}/{name}")

    def _target(self, name: str) -> EntitySet:
        link = self._entity.links.get(name)
        target = self._sets.get(link.target) if link is not None else None
        if target is None:
            raise no_segment(name)
        return target


def _object(cells: Iterable[Cell]) -> Cell:
    each = tuple(cells)
    return lambda row: "{" + ",".join([cell(row) for cell in each]) + "}"


def _cell(name: str, field: Field) -> Cell:
    start, get, text = f"{json_rows.string(name)}:", field.get, field.kind.text
    return lambda row: start + text(get(row))


def _table_cell(table: Table, fields: Mapping[str, Field]) -> Cell:
    start, rows = f"{json_rows.string(table.name)}:[", table.rows
    written = _object(_cell(name, field) for name, field in fields.items())
    return lambda row: start + ",".join([written(each) for each in rows(row)]) + "]"


def _expanded_cell(link: Field, fields: Mapping[str, Field]) -> Cell:
    start, follow = f"{json_rows.string(link.stem)}:", link.follow
    written = _object(_cell(name, field) for name, field in fields.items())

    def cell(row: Any) -> str:
        found = follow(row) if follow is not None else None
        return start + ("null" if found is None else written(found))

    return cell


def _link_cell(entity: EntitySet, name: str) -> Cell:
    start, key = f'"{name}@navigationLinkUrl":', entity.fields.get("Ref_Key")
    if key is None:
        return lambda _: f'{start}"{entity.name}/{name}"'
    get = key.get
    return lambda row: f"{start}\"{entity.name}(guid'{get(row)}')/{name}\""
