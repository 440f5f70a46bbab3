"""summary.html, .pdf and .png: the morning page, and behind it the top of the day's list.

The picture, which goes to chats, is the page alone and names no customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing.morning import Page, page_of
from rfm_service.drawing.typesetting import Typesetter
from rfm_service.ports import Texts


@dataclass(frozen=True)
class Renderer:
    """Makes the page by the templates summary.html.j2 and summary.typ."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """The page for the browser, for paper, and for chats."""
        page = page_of(findings, texts)
        paper, day = Typesetter(_source("summary.typ"), {"page": asdict(page)}), day_number(findings.basis.as_of)
        return {"summary.html": _html(page), "summary.pdf": paper.pdf(day), "summary.png": paper.png(day)}


def _html(page: Page) -> bytes:
    html = _template().render({field.name: getattr(page, field.name) for field in fields(page)})
    return html.encode("utf-8", "replace")


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_source("summary.html.j2"))


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
