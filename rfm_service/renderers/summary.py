"""summary.html, .pdf and .png: the morning page, one A4 or one phone screen; names no customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import matplotlib
import typst
from jinja2 import Environment, StrictUndefined, Template

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing.morning import Page, page_of
from rfm_service.drawing.style import FONTS
from rfm_service.ports import Texts
from rfm_service.texts.plain import places

PIXELS_PER_INCH = 150
"""1240 pixels to the width of an A4 page."""
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Renderer:
    """Makes the page by the templates summary.html.j2 and summary.typ."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """The page for the browser, for paper, and for chats."""
        page = page_of(findings, texts)
        pdf, png = _typeset(page, made=day_number(findings.basis.as_of) * DAY_SECONDS)
        return {"summary.html": _html(page), "summary.pdf": pdf, "summary.png": png}


def _html(page: Page) -> bytes:
    html = _template().render({field.name: getattr(page, field.name) for field in fields(page)})
    return html.encode("utf-8", "replace")


def _typeset(page: Page, *, made: int) -> tuple[bytes, bytes]:
    """The page as PDF and PNG. Its words go in as JSON, so that none of them can be markup."""
    words = json.dumps(asdict(page), ensure_ascii=False)
    template = _source("summary.typ").encode()
    fonts = _fonts(wide=any(places(letter) == 2 for letter in words))
    compiler = typst.Compiler(template, font_paths=fonts, sys_inputs={"page": words, "fonts": json.dumps(FONTS)})
    pdf = compiler.compile(template, format="pdf", timestamp=made)
    png = compiler.compile(template, format="png", ppi=PIXELS_PER_INCH)
    return _whole(pdf), _whole(png)


def _whole(made: bytes | list[bytes] | None) -> bytes:
    """The one page of a picture, or the document."""
    pages = made if isinstance(made, list) else [made or b""]
    return pages[0]


@lru_cache(maxsize=2)
def _fonts(*, wide: bool) -> typst.Fonts:
    """Those that come with matplotlib, the same on every machine; for wide letters also what is installed."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=wide, include_embedded_fonts=False, font_paths=[folder])


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_source("summary.html.j2"))


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
