"""The XML side of OData: Atom, the list of sets, their description; as little of each as a client can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

from rfm_service.emulator.odata.fields import EntitySet, Field, Fields, Table
from rfm_service.emulator.odata.refusals import METADATA_NAMESPACE, Refused

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_NAMES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    f'xmlns:m="{METADATA_NAMESPACE}"'
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EDM = 'xmlns="http://schemas.microsoft.com/ado/2009/11/edm"'
_EDMX = 'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"'


def feed(name: str, rows: Iterable[str], base: str, count: int | None) -> str:
    """Return the rows, each given as a JSON object, as a feed. Raises Refused: XML cannot carry a character."""
    entries = "".join(_entry(name, row) for row in rows)
    counted = "" if count is None else f"<m:count>{count}</m:count>"
    return f"{_HEAD}<feed {_NAMES} xml:base={quoteattr(base)}>{entries}{counted}</feed>"


def entry(name: str, row: str) -> str:
    """Return one row, given as a JSON object, as an entry. Raises Refused: XML cannot carry a character."""
    return _HEAD + _entry(name, row).replace("<entry>", f"<entry {_NAMES}>", 1)


def service(names: Iterable[str], base: str) -> str:
    """Return the list of the published sets."""
    listed = "".join(
        f"<collection href={quoteattr(name)}><atom:title>{name}</atom:title></collection>" for name in names
    )
    return (
        f'{_HEAD}<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom" '
        f"xml:base={quoteattr(base)}><workspace><atom:title>Default</atom:title>{listed}</workspace></service>"
    )


def metadata(sets: Mapping[str, EntitySet]) -> str:
    """Return the description of the published sets: their fields and tabular parts."""
    types = "".join(_entity_type(each) for each in sets.values())
    listed = "".join(f'<EntitySet Name="{name}" EntityType="StandardODATA.{name}"/>' for name in sets)
    return (
        f'{_HEAD}<edmx:Edmx Version="1.0" {_EDMX}><edmx:DataServices xmlns:m="{METADATA_NAMESPACE}" '
        f'm:DataServiceVersion="3.0"><Schema Namespace="StandardODATA" {_EDM}>{types}'
        f'<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">{listed}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entry(name: str, row: str) -> str:
    values = json.loads(row, parse_float=str, parse_int=str, strict=False)
    key = values.get("Ref_Key", "")
    return (
        f"<entry><id>{name}(guid'{key}')</id><category term=\"StandardODATA.{name}\" "
        'scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/><title type="text"/>'
        f'<content type="application/xml"><m:properties>{_properties(values)}</m:properties></content></entry>'
    )


def _properties(values: Mapping[str, object]) -> str:
    return "".join(_property(name, value) for name, value in values.items() if "@" not in name)


def _property(name: str, value: object) -> str:
    match value:
        case None:
            return f'<d:{name} m:null="true"/>'
        case bool():
            return f"<d:{name}>{str(value).lower()}</d:{name}>"
        case dict():
            return f"<d:{name}>{_properties(value)}</d:{name}>"
        case list():
            elements = "".join(f"<d:element>{_properties(each)}</d:element>" for each in value)
            return f'<d:{name} m:type="Collection(StandardODATA.RowType)">{elements}</d:{name}>'
    text = str(value)
    if _FORBIDDEN.search(text):
        raise Refused(400, 4, "Текст XML содержит недопустимый символ")
    return f"<d:{name}>{escape(text)}</d:{name}>"


def _entity_type(entity: EntitySet) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.keys)
    fields = "".join(map(_described, entity.fields.values()))
    parts = "".join(
        f'<Property Name="{part}" Type="Collection(StandardODATA.{entity.name}_{part}_RowType)"/>'
        for part in entity.tables
    )
    rows = "".join(_row_type(entity, part) for part in entity.tables.values())
    return f'<EntityType Name="{entity.name}"><Key>{keys}</Key>{fields}{parts}</EntityType>{rows}'


def _row_type(entity: EntitySet, part: Table) -> str:
    fields: Fields = part.fields
    described = "".join(map(_described, fields.values()))
    return f'<ComplexType Name="{entity.name}_{part.name}_RowType">{described}</ComplexType>'


def _described(field: Field) -> str:
    nullable = "false" if field.name in ("Ref_Key", "LineNumber") else "true"
    return f'<Property Name="{field.name}" Type="{field.kind.edm}" Nullable="{nullable}"/>'
