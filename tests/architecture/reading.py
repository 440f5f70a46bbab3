"""The sources of the house as the laws read them: parsed modules, their functions, what their names stand for."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rfm_service"
TESTS = ROOT / "tests"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One source file: its path below the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def dotted(self) -> str:
        """The name under which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def names(self) -> dict[str, str]:
        """What the imported names stand for: `dt` -> datetime, `now_of` -> time.time; wherever they are imported."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {name.asname or name.name.partition(".")[0]: name.name if name.asname else
                          name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
        return found

    def meaning(self, node: ast.AST) -> str:
        """The dotted name that an expression stands for, '' where it is none."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.meaning(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    @cached_property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]

    @cached_property
    def methods(self) -> frozenset[Function]:
        return frozenset(node for each in self.classes for node in each.body if isinstance(node, Function))

    @cached_property
    def public(self) -> list[tuple[str, Definition]]:
        """The functions and classes that others may use, by their name within the module."""
        return list(_public(self.tree.body, ""))

    def comments(self) -> Iterator[tuple[int, str]]:
        """Every comment with its line."""
        for token in tokenize.generate_tokens(StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def code_lines(self, function: Function) -> int:
        """Lines of a body that are not empty, without its docstring."""
        body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
        if not body or all(_is_ellipsis(node) for node in body):
            return 0
        return sum(1 for line in self.lines[body[0].lineno - 1:body[-1].end_lineno] if line.strip())


def _public(body: list[ast.stmt], place: str) -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield place + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{place}{node.name}.")


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def modules(folder: Path) -> list[Module]:
    """Every module below a folder of the repository."""
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            for path in sorted(folder.rglob("*.py"))]
