"""The laws of the house that can be read off the sources: a law names the line of each fault of a module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from tests.architecture.reading import Definition, Module

Fault = tuple[int, str]
Law = Callable[[Module], Iterable[Fault]]

MODULE_LINES = 400
BODY_LINES = 50
PARAMETERS = 6

DOORS = frozenset({"rfm_service.cli", "rfm_service.console", "rfm_service.demo", "rfm_service.daemon"})
COMMANDS = "rfm_service.commands."
CLOCKS = frozenset({
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
    "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow",
    "time.ctime", "time.gmtime", "time.localtime", "time.strftime", "time.time", "time.time_ns"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.path.expandvars"})

THAWED = {
    "rfm_service.bot.polling.Bot": "remembers what it carried out, and how often it failed",
    "rfm_service.console.Speaker": "its language becomes known once the settings are read",
    "rfm_service.watch.children.Child": "a process under way: asked to end, its memory",
    "rfm_service.daemon.Daemon": "holds the child processes and what it has started",
    "rfm_service.journal.Journal": "adds up the seconds and counts of a run",
    "rfm_service.ledger.warehouse.Gate": "counts the connections that are open",
}
"""Dataclasses that are not frozen, and why."""

BANNED_WORDS = frozenset({"data", "info", "util", "utils", "helper", "helpers", "manager", "managers", "misc",
                          "process", "handle", "df"})
SALES_MANAGER = frozenset({"manager", "managers", "manager_lists"})
"""Names in which the word means the person who sells: columns and fields."""
NAMED_BY_LIBRARIES = frozenset({"proxy_manager_for"})
"""Methods of ours in place of a library's own."""

LATER = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def short_modules(module: Module) -> Iterator[Fault]:
    """A module has at most 400 lines."""
    if len(module.lines) > MODULE_LINES:
        yield len(module.lines), f"{len(module.lines)} lines; at most {MODULE_LINES}"


def short_functions(module: Module) -> Iterator[Fault]:
    """No body has more than 50 lines."""
    for function in module.functions:
        if (lines := module.code_lines(function)) > BODY_LINES:
            yield function.lineno, f"{function.name} has {lines} lines; at most {BODY_LINES}"


def few_parameters(module: Module) -> Iterator[Fault]:
    """A function takes at most six parameters, self and cls apart; a command takes as many as it has options."""
    for function in module.functions:
        given = function.args
        taken = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
        static = any(module.meaning(each) == "staticmethod" for each in function.decorator_list)
        count = len(taken) - (function in module.methods and not static)
        command = any(re.match(r"(app|group)\.command", ast.unparse(each)) for each in function.decorator_list)
        if count > PARAMETERS and not command:
            yield function.lineno, f"{function.name} takes {count} parameters; at most {PARAMETERS}"


def frozen_dataclasses(module: Module) -> Iterator[Fault]:
    """A dataclass is frozen, unless THAWED says why not."""
    for each in module.classes:
        if f"{module.dotted}.{each.name}" in THAWED:
            continue
        for decorator in each.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if module.meaning(call.func if call else decorator) == "dataclasses.dataclass" and not _is_frozen(call):
                yield each.lineno, f"the dataclass {each.name} is not frozen"


def clocks_in_doors(module: Module) -> Iterator[Fault]:
    """The wall clock is read in doors only."""
    return () if _is_door(module) else _uses(module, CLOCKS)


def environment_in_settings(module: Module) -> Iterator[Fault]:
    """The environment is read in settings only."""
    return () if module.dotted == "rfm_service.settings" else _uses(module, ENVIRONMENT)


def printing_in_the_door(module: Module) -> Iterator[Fault]:
    """Printing is the business of the doors."""
    return () if _is_door(module) else _uses(module, frozenset({"print", "pprint.pprint"}))


def _is_door(module: Module) -> bool:
    return module.dotted in DOORS or module.dotted.startswith(COMMANDS)


def encodings(module: Module) -> Iterator[Fault]:
    """A text is opened, and the output of a program read, with an encoding that is written down."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _reads_text(module, node) and not _has(node, "encoding"):
            yield node.lineno, f"`{ast.unparse(node.func)}` without encoding="


def plain_words(module: Module) -> Iterator[Fault]:
    """No public name holds a word that says nothing."""
    for name, line in _public_names(module):
        words = {word.lower() for word in WORD.findall(name)}
        for word in sorted(words & BANNED_WORDS if name not in SALES_MANAGER | NAMED_BY_LIBRARIES else ()):
            yield line, f"the word `{word}` in the name `{name}`"


def sentences(module: Module) -> Iterator[Fault]:
    """Modules and public functions and classes tell in a sentence what they are."""
    nodes: list[tuple[str, ast.Module | Definition]] = [(module.path, module.tree), *module.public]
    for name, node in nodes:
        told = ast.get_docstring(node)
        if told is None and isinstance(node, ast.Module) and not module.text.strip():
            continue
        first = (told or "").partition("\n\n")[0].strip()
        if len(first.split()) < 2 or first[-1] not in ".:!?":
            yield getattr(node, "lineno", 1), f"`{name}` has no docstring of a sentence: {first!r}"


def nothing_for_later(module: Module) -> Iterator[Fault]:
    """No comment puts work off."""
    for line, comment in module.comments():
        if LATER.search(comment):
            yield line, comment


def no_mocks(module: Module) -> Iterator[Fault]:
    """A test works with real things and fakes of ports: it may turn a CONSTANT, and never swaps a function."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported = [getattr(node, "module", None) or "", *(name.name for name in node.names)]
            if any(part in ("mock", "pytest_mock") for name in imported for part in name.split(".")):
                yield node.lineno, "imports a mock"
        elif isinstance(node, ast.arg) and node.arg == "mocker":
            yield node.lineno, "asks for `mocker`"
        elif isinstance(node, ast.Call) and module.meaning(node.func) == "monkeypatch.setattr":
            name = node.args[1] if len(node.args) > 2 else None
            if not (isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.isupper()):
                yield node.lineno, "monkeypatch.setattr of something that is no CONSTANT"


LAWS_OF_THE_PACKAGE: tuple[Law, ...] = (
    short_modules, short_functions, few_parameters, frozen_dataclasses, clocks_in_doors, environment_in_settings,
    printing_in_the_door, encodings, plain_words, sentences, nothing_for_later)
LAWS_OF_THE_TESTS: tuple[Law, ...] = (short_modules, short_functions, encodings, nothing_for_later, no_mocks)


def _is_frozen(call: ast.Call | None) -> bool:
    return call is not None and _truth(call, "frozen")


def _uses(module: Module, banned: frozenset[str]) -> Iterator[Fault]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and (meaning := module.meaning(node)) in banned:
            yield node.lineno, meaning


def _reads_text(module: Module, call: ast.Call) -> bool:
    if _truth(call, "text") or _truth(call, "universal_newlines"):
        return module.meaning(call.func).startswith("subprocess.")
    if module.meaning(call.func) in ("open", "io.open", "os.fdopen"):
        return "b" not in _mode(call, 1)
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in ("read_text", "write_text"):
        return len(call.args) < (1 if call.func.attr == "read_text" else 2)
    # `open` of a path takes a mode first or nothing; other things that open take what is no mode.
    written = call.args[0] if call.args else None
    of_path = isinstance(written, ast.Constant) or (written is None and _has(call, "mode"))
    return call.func.attr == "open" and of_path and "b" not in _mode(call, 0)


def _mode(call: ast.Call, place: int) -> str:
    written = [key.value for key in call.keywords if key.arg == "mode"] or call.args[place:place + 1]
    return str(written[0].value) if written and isinstance(written[0], ast.Constant) else "r"


def _has(call: ast.Call, name: str) -> bool:
    return any(key.arg in (name, None) for key in call.keywords)


def _truth(call: ast.Call, name: str) -> bool:
    return any(key.arg == name and isinstance(key.value, ast.Constant) and key.value.value is True
               for key in call.keywords)


def _public_names(module: Module) -> Iterator[tuple[str, int]]:
    """Module, classes, functions, their parameters, constants and fields."""
    yield from ((part, 1) for part in module.dotted.split(".")[1:])
    yield from _assigned(module.tree.body)
    for _, node in module.public:
        yield node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            yield from _assigned(node.body)
        else:
            given = node.args
            yield from ((each.arg, each.lineno) for each in [*given.posonlyargs, *given.args, *given.kwonlyargs])


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(
            node, ast.AnnAssign) else []
        yield from ((target.id, target.lineno) for target in targets
                    if isinstance(target, ast.Name) and not target.id.startswith("_"))
