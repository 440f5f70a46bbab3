"""A figure as PNG or SVG, the same bytes every time."""

from __future__ import annotations

import re
from html import escape
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rfm_service.drawing.style import house_style

SVG_FONTS = "DejaVu Sans, Verdana, Segoe UI, Noto Sans, PingFang SC, Microsoft YaHei, sans-serif"
FAMILY = re.compile(r"font-family: [^;\"]+")
GROUP_ID = re.compile(r"(<g) id=\"[^\"]+\"")
STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


def png(figure: Figure) -> bytes:
    """The figure as a PNG picture, 1024 pixels wide."""
    content = BytesIO()
    with house_style():
        FigureCanvasAgg(figure)
        figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def svg(figure: Figure, salt: str = "rfm") -> str:
    """The figure as an `<svg>` element; ids of figures with different salts never meet on one page."""
    content = BytesIO()
    with house_style(salt):
        unnamed = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(content, format="svg", metadata=unnamed)
    drawn = content.getvalue().decode()
    element = GROUP_ID.sub(r"\1", STYLE.sub("", drawn[drawn.index("<svg"):]))
    title = escape(figure.get_suptitle().replace("\n", " "), quote=True)
    opening = (f'<svg role="img" aria-label="{title}" font-family="{SVG_FONTS}" stroke-linejoin="round" '
               'stroke-linecap="butt" ')
    return opening + FAMILY.sub("font-family: inherit", element.removeprefix("<svg ")).strip()
