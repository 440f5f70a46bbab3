"""The page as one file: contents, words, style and scripts, allowed by their hashes and nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from rfm_service.dashboard.payload import payload
from rfm_service.dashboard.sealing import ROUNDS, sealed
from rfm_service.dashboard.words import catalogues, colours, words
from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts

BEFORE = ("packing", "words", "formats", "elements", "state", "tabs", "folding", "search", "sorting", "columns",
          "filters", "grid", "panels", "records", "why", "rhythm", "worklist", "listed", "alerts")
TABS = ("pieces", "charts", "today", "overview", "maps", "forecast", "customers", "moves", "cohorts", "products",
        "counted")
AFTER = ("card", "daycard", "tables", "marks", "lock", "start")
"""The files of `app/` in their order. They see each other's names, but a tab shares its own with no other file: what
others may ask of it hangs on `rfm`. Tabs stand on the page as they do here."""


def page(findings: Findings, texts: Texts, *, password: str = "", contacts: bool = True) -> bytes:
    """dashboard.html; with a password its findings can only be read by one who has it."""
    script, languages = scripts(), catalogues(findings.currency)
    style = asset("app.css") + asset("tabs.css")
    spoken = {"language": texts.language, "words": words(script, findings, languages), "colours": colours(findings)}
    content = payload(findings, languages, contacts=contacts)
    html = _environment().from_string(asset("shell.html.j2")).render(
        language=texts.language, title=texts("Customers and segments"), company=findings.company,
        loading=texts("Opening the report …"), no_scripts=texts("This page needs JavaScript."),
        policy=_policy(script, style), style=Markup(style), script=Markup(script),  # noqa: S704 - both are ours
        words=_text(gzip.compress(json.dumps(spoken, ensure_ascii=True).encode(), mtime=0)),
        rounds=ROUNDS if password else None, findings=_text(sealed(content, password) if password else content))
    return html.encode("utf-8", "replace")


COMMENT = re.compile(r"(?ms)^ *(?:/\*\*.*?\*/|//[^\n]*)\n|^ +")


@lru_cache(maxsize=1)
def scripts() -> str:
    """The scripts of the page as one, without comments and indents, which every page would carry."""
    parts = [asset(f"{name}.js") for name in BEFORE]
    parts += [f"{{\n{asset(f'{name}.js')}}}\n" for name in TABS]
    parts += [asset(f"{name}.js") for name in AFTER]
    return COMMENT.sub("", '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n")


def asset(name: str) -> str:
    """A file of `app/` as text."""
    return files(__package__).joinpath("app", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _policy(script: str, style: str) -> str:
    """Nothing but the page's own script and style, by their hashes, and pictures that it holds itself."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
            "img-src data: blob:; base-uri 'none'; form-action 'none'")


def _text(content: bytes) -> Markup:
    return Markup(base64.b64encode(content).decode("ascii"))  # noqa: S704 - letters and digits
