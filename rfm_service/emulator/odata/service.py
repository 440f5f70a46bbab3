"""Standard OData of 1C over a shop, read only: what the local 1C answers below `/odata/standard.odata/`."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import unquote

from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Answer, Request
from rfm_service.emulator.json_rows import string
from rfm_service.emulator.odata import atom
from rfm_service.emulator.odata.columns import Columns
from rfm_service.emulator.odata.fields import EntitySet
from rfm_service.emulator.odata.filter import plan_of, predicate_of
from rfm_service.emulator.odata.options import JSON, Format, Options, format_of, options_of, sorted_rows
from rfm_service.emulator.odata.publication import Publication, Sets, altered, sets_of
from rfm_service.emulator.odata.refusals import (
    BOM,
    Refused,
    forbidden,
    no_instance,
    no_key,
    no_segment,
    no_set,
    page,
)
from rfm_service.emulator.odata.refusals import JSON as JSON_TYPE
from rfm_service.emulator.odata.refusals import XML as XML_TYPE
from rfm_service.emulator.odata.shelf import Shelf
from rfm_service.emulator.odata.syntax import Both, Compare, Expression, Literal, Path, literal
from rfm_service.emulator.shop import Shop

LONGEST_QUERY = 2_048
"""Characters of a query, as sent, that IIS lets through."""
LONGEST_SEGMENT = 260
"""Characters of one segment of the path, as sent, that http.sys lets through."""

_ROOT = "/odata/standard.odata"
_RESOURCE = re.compile(r"(?P<name>[^()]+)(?:\((?P<key>.*)\))?", re.DOTALL)
_ATOM_TYPE = "application/atom+xml;type=feed;charset=utf-8"
_VERSION = {"DataServiceVersion": "3.0"}


class _Asked(NamedTuple):
    """A request that could be read: where it came in, what it asks for, what of the rows the fault spoils."""

    base: str
    options: Options
    fault: Fault


class OdataService:
    """Answers requests that were let in; `publication` may be changed between them."""

    def __init__(self, shop: Shop, publication: Publication | None = None) -> None:
        """Publish the shop."""
        self.publication = publication or Publication()
        self._shelf = Shelf(shop)
        self._sets = lru_cache(4)(lambda published: sets_of(self._shelf, published))
        self._answers = count()

    def answer(self, request: Request, fault: Fault) -> Answer:
        """Return the answer; of the fault `empty`, `drop_column` and `rename_column` are minded."""
        refusal = _stopped_before(request)
        if refusal is not None:
            return refusal
        as_json = "json" in request.query + request.headers.get("accept", "")
        try:
            as_json = format_of(request.query, request.headers.get("accept", "")).name == JSON
            return self._served(request, fault)
        except Refused as refused:
            return refused.answer(as_json=as_json)

    def _served(self, request: Request, fault: Fault) -> Answer:
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, 19, "Использованный HTTP-метод запрещен в данном контексте")
        before, _, resource = request.path.partition(_ROOT)
        base = f"http://{request.headers.get('host', 'localhost')}{before}{_ROOT}/"
        options = options_of(request.query, request.headers.get("accept", ""))
        self._shelf.refresh()
        match [unquote(part) for part in resource.split("/") if part]:
            case []:
                return _service(self._sets(self.publication), base, options.format)
            case ["$metadata"]:
                return Answer(body=atom.metadata(self._sets(self.publication)).encode(), content_type=XML_TYPE)
            case [name, *more]:
                return self._resource(name, more, _Asked(base, options, fault))
        raise no_set("")

    def _resource(self, text: str, more: Sequence[str], asked: _Asked) -> Answer:
        found = _RESOURCE.fullmatch(text)
        if found is None:
            raise Refused(400, 6, "Неверный URL")
        entity = self._entity(found["name"], asked.fault)
        if more == ["$count"] and found["key"] is None and self.publication.counts:
            size = len(self._rows(entity, asked.options, asked.fault))
            return Answer(body=BOM + str(size).encode(), content_type="text/plain;charset=utf-8")
        if more:
            raise no_segment(more[0])
        if found["key"]:
            return self._one(entity, found["key"], asked)
        return self._page(entity, asked)

    def _entity(self, name: str, fault: Fault) -> EntitySet:
        found = self._sets(self.publication).get(name)
        if found is None:
            raise no_set(name)
        if fault.drop_column is None and fault.rename_column is None:
            return found
        return altered(found, fault.drop_column, fault.rename_column)

    def _page(self, entity: EntitySet, asked: _Asked) -> Answer:
        options = asked.options
        columns = self._columns(entity, options, options.expand)
        rows = self._rows(entity, options, asked.fault)
        size = len(rows) if options.counted else None
        if not options.counted:
            end = None if options.top is None else options.skip + options.top
            rows = rows[options.skip : end]
        write = columns.writer(links=options.format.with_metadata)
        return _page(entity, [write(row) for row in rows], asked, size)

    def _columns(self, entity: EntitySet, options: Options, expand: Sequence[str]) -> Columns:
        return Columns.of(entity, self._sets(self.publication), options.select, expand)

    def _rows(self, entity: EntitySet, options: Options, fault: Fault) -> list[Any]:
        """Return the rows that pass the filter and that the user may see, in order."""
        condition = options.condition
        test = predicate_of(entity, condition) if condition is not None else None
        if fault.empty:
            return []
        plan = plan_of(condition)

        def made() -> list[Any]:
            rows = entity.rows(plan)
            found = list(rows) if test is None else [row for row in rows if test(row)]
            return self._sorted(entity, options, self._allowed(entity, found, allowed_only=options.allowed_only))

        passing = fault.drop_column or fault.rename_column or (entity.parts and self.publication.shuffles_ties)
        if passing or plan.refs is not None:
            return made()
        key = (entity.name, options.filter, options.orderby, options.allowed_only, self.publication)
        return self._shelf.kept(key, made)

    def _sorted(self, entity: EntitySet, options: Options, rows: list[Any]) -> list[Any]:
        if not (options.orderby and entity.sorts):
            return rows
        if entity.parts and self.publication.shuffles_ties:
            random.Random(next(self._answers)).shuffle(rows)
        return sorted_rows(entity, options.orderby, rows)

    def _allowed(self, entity: EntitySet, rows: list[Any], *, allowed_only: bool) -> list[Any]:
        hidden, organisation = self.publication.hidden_organisations, entity.organisation
        if not hidden or organisation is None:
            return rows
        allowed = [row for row in rows if organisation(row) not in hidden]
        if len(allowed) < len(rows) and not allowed_only:
            raise forbidden()
        return allowed

    def _one(self, entity: EntitySet, key: str, asked: _Asked) -> Answer:
        columns = self._columns(entity, asked.options, ())
        condition = _key_condition(entity, key)
        test = predicate_of(entity, condition)
        found = [row for row in entity.rows(plan_of(condition)) if test(row)]
        found = self._allowed(entity, found, allowed_only=False)
        if not found or asked.fault.empty:
            raise no_instance(entity.name)
        row = columns.writer(links=asked.options.format.with_metadata)(found[0])
        return _instance(entity, row, asked)


def _stopped_before(request: Request) -> Answer | None:
    """Return what the web server says to an address that it does not let through."""
    if any(len(part) > LONGEST_SEGMENT for part in request.path.split("/")):
        return page(400, "Bad Request - Invalid URL")
    if len(request.query) > LONGEST_QUERY:
        return page(404, "404 - File or directory not found.")
    return None


def _service(sets: Sets, base: str, wanted: Format) -> Answer:
    if wanted.name != JSON:
        return Answer(body=atom.service(sets, base).encode(), content_type=XML_TYPE)
    listed = ",".join(f'{{"name":"{name}","url":"{name}"}}' for name in sets)
    return Answer(body=f'{{"odata.metadata":"{base}$metadata","value":[{listed}]}}'.encode(), content_type=JSON_TYPE)


def _page(entity: EntitySet, rows: Sequence[str], asked: _Asked, size: int | None) -> Answer:
    if asked.options.format.name != JSON:
        body = atom.feed(entity.name, rows, asked.base, size)
        return Answer(body=body.encode(), content_type=_ATOM_TYPE, headers=_VERSION)
    head = _metadata_of(entity, asked)
    head += "" if size is None else f'"odata.count":"{size}",'
    return _json(f'{{{head}"value":[{",".join(rows)}]}}')


def _instance(entity: EntitySet, row: str, asked: _Asked) -> Answer:
    if asked.options.format.name != JSON:
        return Answer(body=atom.entry(entity.name, row).encode(), content_type=_ATOM_TYPE, headers=_VERSION)
    return _json("{" + _metadata_of(entity, asked, "/@Element") + row[1:])


def _metadata_of(entity: EntitySet, asked: _Asked, more: str = "") -> str:
    if not asked.options.format.with_metadata:
        return ""
    return f'"odata.metadata":{string(f"{asked.base}$metadata#{entity.name}{more}")},'


def _json(text: str) -> Answer:
    return Answer(body=text.encode(), content_type=JSON_TYPE, headers=_VERSION)


def _key_condition(entity: EntitySet, key: str) -> Expression:
    """Return the condition that an instance has the key: `guid'...'`, or all parts of it by name."""
    parts = dict(_named_part(entity, part) for part in key.split(","))
    missing = [name for name in entity.keys if name not in parts]
    if missing:
        raise no_key(missing[0])
    conditions: list[Expression] = [Compare("eq", Path((name,)), parts[name]) for name in entity.keys]
    return reduce(lambda one, other: Both("and", one, other), conditions)


def _named_part(entity: EntitySet, part: str) -> tuple[str, Literal]:
    name, mark, value = part.strip(" ").partition("=")
    return (name, literal(value)) if mark else (entity.keys[0], literal(name))
