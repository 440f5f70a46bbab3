"""What $filter means: a test of a row, and which rows can pass it at all."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from rfm_service.emulator.odata.fields import EntitySet, Field, Fields, Get, Plan, Reference
from rfm_service.emulator.odata.refusals import failed, no_function, no_segment, unreadable
from rfm_service.emulator.odata.syntax import Both, Call, Compare, Expression, Lambda, Literal, Negation, Path

Test = Callable[[Any], Any]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}
_SWAPPED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_ORDERED = ("moment", "number", "text")
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "substringof": lambda part, whole: part in whole,
    "startswith": lambda whole, part: whole.startswith(part),
    "endswith": lambda whole, part: whole.endswith(part),
}
_DATED = ("Date", "Period")
_REFERRED = ("Ref_Key", "Recorder", "Recorder_Key")


class _Side(NamedTuple):
    """One side of a comparison: what it can be compared with, and its value for a row."""

    group: str
    get: Get
    target: str = ""


class _Scope(NamedTuple):
    """Where names are looked up: the fields, the tabular parts by name, and the variable of a lambda before them."""

    entity: EntitySet
    fields: Fields
    variable: str = ""


def predicate_of(entity: EntitySet, expression: Expression) -> Test:
    """Return the test that a row passes or not. Raises Refused."""
    if not entity.sorts and _joined_lambdas(expression):
        raise failed("Неверные параметры: несколько условий any() по набору записей")
    return _condition(_Scope(entity, entity.fields), expression)


def plan_of(expression: Expression | None) -> Plan:
    """Return what can pass: the days and the references that the filter leaves."""
    if expression is None:
        return Plan()
    match expression:
        case Both("and", left, right):
            one, other = plan_of(left), plan_of(right)
            refs = other.refs if one.refs is None else one.refs if other.refs is None else one.refs & other.refs
            return Plan(max(one.start, other.start), min(one.end, other.end), refs)
        case Both("or", left, right):
            one, other = plan_of(left), plan_of(right)
            refs = None if one.refs is None or other.refs is None else one.refs | other.refs
            return Plan(min(one.start, other.start), max(one.end, other.end), refs)
        case Compare():
            return _plan_of_comparison(expression)
        case Lambda(_, "any", _, condition) if condition is not None:
            return plan_of(condition)
    return Plan()


def _plan_of_comparison(compared: Compare) -> Plan:
    name, word, value = compared.left, compared.operator, compared.right
    if isinstance(value, Path):
        name, word, value = value, _SWAPPED.get(word, word), name
    if not isinstance(name, Path):
        return Plan()
    field = name.segments[-1]
    if field in _DATED and isinstance(value, Literal) and isinstance(value.value, datetime):
        return _days(word, value.value.date())
    if field in _REFERRED and word == "eq" and (key := _key_of(value)):
        return Plan(refs=frozenset((key,)))
    return Plan()


def _days(word: str, day: date) -> Plan:
    after = date.max if day == date.max else day + timedelta(days=1)
    match word:
        case "eq":
            return Plan(day, after)
        case "ge" | "gt":
            return Plan(start=day)
        case "le" | "lt":
            return Plan(end=after)
    return Plan()


def _key_of(value: Expression) -> str:
    if isinstance(value, Call) and value.name == "cast" and value.given:
        value = value.given[0]
    return str(value.value) if isinstance(value, Literal) and value.group == "guid" else ""


def _condition(scope: _Scope, expression: Expression) -> Test:
    match expression:
        case Both("and", left, right):
            one, other = _condition(scope, left), _condition(scope, right)
            return lambda row: one(row) and other(row)
        case Both():
            return _any_of(scope, expression)
        case Negation(inner):
            opposite = _condition(scope, inner)
            return lambda row: not opposite(row)
        case Compare():
            return _comparison(scope, expression)
        case Lambda():
            return _lambda(scope, expression)
    side = _side(scope, expression)
    if side.group != "flag":
        raise unreadable("ожидается логическое выражение")
    return side.get


def _any_of(scope: _Scope, expression: Both) -> Test:
    """Return the test of conditions joined by `or`; `key eq a or key eq b ...` looks at each row once."""
    each = list(_alternatives(expression))
    tests, sought = [_condition(scope, one) for one in each], [_sought(one) for one in each]
    paths = {path for path, _ in sought}
    side = _side(scope, sought[0][0]) if len(paths) == 1 and sought[0][0] is not None else None
    if side is not None and side.group == "guid":
        get, keys = side.get, frozenset(key for _, key in sought)
        return lambda row: get(row) in keys
    return lambda row: any(test(row) for test in tests)


def _alternatives(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Both) and expression.word == "or":
        yield from _alternatives(expression.left)
        yield from _alternatives(expression.right)
    else:
        yield expression


def _sought(expression: Expression) -> tuple[Path | None, object]:
    """Return the field and the key of a condition of the form `field eq guid'...'`; nothing of others."""
    match expression:
        case Compare("eq", Path() as path, Literal("guid", key)):
            return path, key
    return None, None


def _comparison(scope: _Scope, compared: Compare) -> Test:
    left, right = _side(scope, compared.left), _side(scope, compared.right)
    compare, groups = _OPERATORS[compared.operator], {left.group, right.group}
    if compared.operator not in ("eq", "ne") and not groups <= set(_ORDERED):
        raise failed("Операции больше и меньше не допускаются для этих типов")
    if groups == {"composite", "guid"}:
        return _reference_test(left, right, compare)
    if len(groups) > 1:
        raise failed("Неверные параметры в операции сравнения")
    if isinstance(compared.right, Literal):
        value = right.get(None)
        return _known(left.get, compare, value)
    return lambda row: _compared(compare, left.get(row), right.get(row))


def _known(get: Get, compare: Callable[[Any, Any], bool], value: object) -> Test:
    def passes(row: Any) -> bool:
        found = get(row)
        return found is not None and compare(found, value)

    return passes


def _compared(compare: Callable[[Any, Any], bool], one: object, other: object) -> bool:
    return one is not None and other is not None and compare(one, other)


def _reference_test(left: _Side, right: _Side, compare: Callable[[Any, Any], bool]) -> Test:
    """Return the test of a composite against a GUID: equal only for a cast to what the field points at."""
    composite, key = (left, right) if left.group == "composite" else (right, left)
    target = key.target

    def passes(row: Any) -> bool:
        found = composite.get(row)
        meant = Reference(target, key.get(row)) if target else None
        return found is not None and compare(found, meant)

    return passes


def _side(scope: _Scope, expression: Expression) -> _Side:
    match expression:
        case Literal(group, value):
            return _Side(group, lambda _: value)
        case Path(segments):
            return _field(scope, segments)
        case Call("cast", given):
            return _cast(given)
        case Call("isof", given):
            return _is_of(scope, given)
        case Call(name, given):
            return _function(scope, name, given)
    condition = _condition(scope, expression)
    return _Side("flag", lambda row: bool(condition(row)))


def _field(scope: _Scope, segments: tuple[str, ...]) -> _Side:
    if scope.variable:
        if segments[0] != scope.variable:
            raise no_segment(segments[0])
        segments = segments[1:]
    found = scope.fields.get(segments[0]) if len(segments) == 1 else None
    if found is None:
        raise no_segment("/".join(segments) or scope.variable)
    return _Side(found.kind.group, _value(found), found.target)


def _value(field: Field) -> Get:
    get, units = field.get, Decimal(field.kind.units)
    if field.kind.units == 1:
        return get

    def number(row: Any) -> Decimal | None:
        found = get(row)
        return None if found is None else found / units

    return number


def _cast(given: tuple[Expression, ...]) -> _Side:
    match given:
        case (Literal("guid", value), Literal("text", kind)):
            key = Reference(str(kind), str(value))
            return _Side("composite", lambda _: key)
    raise no_function("cast")


def _is_of(scope: _Scope, given: tuple[Expression, ...]) -> _Side:
    match given:
        case (Path() as path, Literal("text", kind)):
            side = _side(scope, path)
            if side.group == "composite":
                return _Side("flag", lambda row: (found := side.get(row)) is not None and found.type == kind)
    raise no_function("isof")


def _function(scope: _Scope, name: str, given: tuple[Expression, ...]) -> _Side:
    test = _TEXT_TESTS.get(name)
    sides = [_side(scope, each) for each in given] if test is not None else []
    if test is None or [side.group for side in sides] != ["text", "text"]:
        raise no_function(name)
    one, other = sides
    return _Side("flag", lambda row: test(one.get(row), other.get(row)))


def _lambda(scope: _Scope, asked: Lambda) -> Test:
    table = None if scope.variable else scope.entity.tables.get(asked.table)
    if table is None:
        raise no_segment(asked.table)
    rows = table.rows
    if asked.condition is None:
        return lambda row: bool(rows(row))
    condition = _condition(_Scope(scope.entity, table.fields, asked.variable), asked.condition)
    over: Callable[[Iterable[object]], bool] = any if asked.name == "any" else all
    return lambda row: over(condition(each) for each in rows(row))


def _joined_lambdas(expression: Expression) -> bool:
    if isinstance(expression, Both):
        both = (expression.left, expression.right)
        return (expression.word == "and" and all(map(_has_lambda, both))) or any(map(_joined_lambdas, both))
    return isinstance(expression, Negation) and _joined_lambdas(expression.inner)


def _has_lambda(expression: Expression) -> bool:
    match expression:
        case Lambda():
            return True
        case Both(_, left, right):
            return _has_lambda(left) or _has_lambda(right)
        case Negation(inner):
            return _has_lambda(inner)
    return False
