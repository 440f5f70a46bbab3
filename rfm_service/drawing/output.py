"""A figure as PNG and SVG, laid out once, the same bytes every time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from rfm_service.drawing.style import house_style

SVG_FONTS = "DejaVu Sans, Verdana, Segoe UI, Noto Sans, PingFang SC, Microsoft YaHei, sans-serif"
FAMILY = re.compile(r"font-family: [^;\"]+")
GROUP_ID = re.compile(r"(<g) id=\"[^\"]+\"")
STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


@dataclass(frozen=True)
class Drawn:
    """One drawing in both forms: a PNG picture, and an `<svg>` element whose text stays text."""

    png: bytes
    svg: str


def drawn(figure: Figure, salt: str = "rfm") -> Drawn:
    """The figure in both forms. It is spent: what it holds is let go."""
    both = Drawn(png(figure), svg(figure, salt))
    figure.clear()
    return both


def png(figure: Figure) -> bytes:
    """The figure as a PNG picture, 1024 pixels wide."""
    content = BytesIO()
    with house_style():
        canvas = FigureCanvasAgg(figure)
        _lay_out(figure)
        canvas.print_png(content, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return content.getvalue()


def svg(figure: Figure, salt: str = "rfm") -> str:
    """The figure as an `<svg>` element; ids of figures with different salts never meet on one page."""
    content = BytesIO()
    with house_style(salt):
        FigureCanvasAgg(figure)
        _lay_out(figure)
        # savefig would draw twice, the first time to find a layout
        unnamed = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        FigureCanvasSVG(figure).print_svg(content, metadata=unnamed)  # type: ignore[no-untyped-call]
    element = content.getvalue().decode()
    element = GROUP_ID.sub(r"\1", STYLE.sub("", element[element.index("<svg"):]))
    title = escape(figure.get_suptitle().replace("\n", " "), quote=True)
    opening = (f'<svg role="img" aria-label="{title}" font-family="{SVG_FONTS}" stroke-linejoin="round" '
               'stroke-linecap="butt" ')
    return opening + FAMILY.sub("font-family: inherit", element.removeprefix("<svg ")).strip()


def _lay_out(figure: Figure) -> None:
    """Find the places once, by the letters of the picture: both forms keep them."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
