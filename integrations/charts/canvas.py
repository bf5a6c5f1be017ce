"""Where charts are drawn: figures without a window, in a theme's colours, to PNG and SVG."""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from integrations.charts.look import Look

__all__ = ["WIDTH", "drawable", "families", "figure", "png", "style", "svg", "title"]

WIDTH = 6.4
"""Inches. At 200 dots an inch: 1280 pixels, which Discord shows at about half of that."""

_DPI = 200
_NO_SIGN = "▯"
_OWN_ID = re.compile(r'(\bid="|url\(#|href="#)')
_DOTTED = re.compile(
    r'(?P<pattern><pattern [^>]*)width="72" height="72"(?P<ground>>\s*<rect [^>]*>\s*<path d=")'
    r'(?P<dots>M [^"L]*\nz\n)"'
)
"""A pattern of closed curves alone: matplotlib's dots, all of an inch (72 points) both ways."""

_ROWS = 2
"""Rows of dots until they stand as in the first again."""

_START = re.compile(r"M (\S+) (\S+)")
_JOINERS = "\u200d\ufe0e\ufe0f"
_WANTED = (
    "DejaVu Sans",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans JP",
    "Noto Sans",
    "Noto Sans Symbols2",
    "Unifont",
)


@functools.cache
def families() -> list[str]:
    """Return the fonts to draw names with: matplotlib's own first, then what the machine has."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in _WANTED if name in known]


@functools.cache
def _signs() -> frozenset[int]:
    """Return the code points that one of the fonts can draw."""
    signs: set[int] = set()
    for family in families():
        font = font_manager.get_font(font_manager.findfont(family))
        signs.update(font.get_charmap())
    return frozenset(signs)


def drawable(text: str) -> str:
    """Return a text that the fonts can draw: a plain letter for a fancy one, else a box.

    Dollars are escaped: between two of them matplotlib reads a formula.
    """
    drawn = "".join(_drawable(sign) for sign in text if sign not in _JOINERS)
    return drawn.replace("$", r"\$")


def _drawable(sign: str) -> str:
    if ord(sign) in _signs():
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    return plain if all(ord(one) in _signs() for one in plain) else _NO_SIGN


def figure(height: float, look: Look) -> tuple[Figure, Axes]:
    """Return a figure of that many inches, and the axes in it, without a frame."""
    drawn = Figure(figsize=(WIDTH, height), dpi=_DPI, facecolor=look.theme.background)
    FigureCanvasAgg(drawn)
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_facecolor(look.theme.background)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(
        length=0, colors=look.theme.faint, labelsize=10, labelfontfamily="DejaVu Sans", pad=5
    )
    return drawn, axes


def title(drawn: Figure, text: str, note: str, look: Look, size: float = 9) -> None:
    """Write a title at the top left and a note of that size, of any lines, at the bottom right."""
    height = drawn.get_figheight()
    drawn.text(
        0.035,
        1 - 0.2 / height,
        drawable(text),
        color=look.theme.ink,
        fontsize=13,
        fontweight="bold",
        fontfamily=families(),
        va="top",
    )
    drawn.text(
        0.965,
        0.1 / height,
        "\n".join(map(drawable, note.splitlines())),
        color=look.theme.faint,
        fontsize=size,
        fontfamily=families(),
        ha="right",
        va="bottom",
    )


def style(size: float, colour: str) -> dict[str, Any]:
    """Return how a text in a chart is written."""
    return {"fontsize": size, "color": colour, "fontfamily": families()}


def png(drawn: Figure) -> bytes:
    """Return a figure as a PNG."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", facecolor=drawn.get_facecolor())
    return buffer.getvalue()


def svg(drawn: Figure, look: Look, salt: str) -> str:
    """Return a figure as SVG for a page, its colours as CSS variables (``--chart-ink``).

    Args:
        drawn: drawn in the theme of ``look``.
        look: which colours have which name.
        salt: makes the ids of this chart different from those of others on the page.
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        drawn.savefig(
            buffer, format="svg", facecolor=drawn.get_facecolor(), metadata={"Date": None}
        )
    text = buffer.getvalue()
    text = _OWN_ID.sub(rf"\1{salt}-", text[text.index("<svg") :])
    text = _DOTTED.sub(_least, text)
    for name, colour in look.theme.named().items():
        text = text.replace(colour, f"var(--chart-{name})")
    return text


def _least(pattern: re.Match[str]) -> str:
    """Return the least part of a pattern of dots that is the same picture when it is repeated.

    Every other row stands between the dots of those beside it, so two rows are repeated. All dots
    of an inch, each of them drawn by eight curves, are a quarter of a megabyte.
    """
    dots = {
        (float(start[1]), float(start[2])): dot
        for dot in pattern["dots"].split("z\n")[:-1]
        if (start := _START.search(dot)) is not None
    }
    rows = sorted({y for _x, y in dots})
    in_first = sorted(x for x, y in dots if y == rows[0])
    if len(rows) <= _ROWS or len(in_first) <= 1:
        return pattern[0]  # another matplotlib draws them otherwise
    (left, right), first, third = in_first[:2], rows[0], rows[_ROWS]
    wide, high = right - left, third - first
    kept = [f"{dot}z\n" for (x, y), dot in dots.items() if x <= right and y <= third]
    size = f'width="{wide:g}" height="{high:g}"'
    return f'{pattern["pattern"]}{size}{pattern["ground"]}{"".join(kept)}"'
