"""Pages for paper by typst: the same bytes every time, and words that can never be markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

import matplotlib
import typst

from rfm_service.drawing.style import FONTS
from rfm_service.texts.plain import places

PIXELS_PER_INCH = 150
"""1240 pixels to the width of an A4 page."""
DAY_SECONDS = 86_400


class Typesetter:
    """A template with the words that it shows: they go in as JSON, under `sys.inputs`."""

    def __init__(self, template: str, inputs: Mapping[str, object]) -> None:
        self._template = template.encode()
        words = {name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()}
        wide = any(places(letter) == 2 for text in words.values() for letter in set(text))
        self._compiler = typst.Compiler(self._template, font_paths=_fonts(wide=wide),
                                        sys_inputs={**words, "fonts": json.dumps(FONTS)})

    def pdf(self, day: int) -> bytes:
        """All pages, dated by a day number."""
        return self._made("pdf", day)[0]

    def png(self, day: int) -> bytes:
        """The first page as a picture, 1240 pixels wide."""
        return self._made("png", day)[0]

    def _made(self, form: Literal["pdf", "png"], day: int) -> list[bytes]:
        made = self._compiler.compile(self._template, format=form, ppi=PIXELS_PER_INCH, timestamp=day * DAY_SECONDS)
        return made if isinstance(made, list) else [made or b""]


@lru_cache(maxsize=2)
def _fonts(*, wide: bool) -> typst.Fonts:
    """Those that come with matplotlib, the same on every machine; for wide letters also what is installed."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=wide, include_embedded_fonts=False, font_paths=[folder])
