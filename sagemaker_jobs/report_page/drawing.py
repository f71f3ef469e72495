"""Small plots as SVG that takes the page's colours and fonts, in light and in dark.

matplotlib knows fixed colours only. So it draws with stand-ins, which become the page's custom
properties in the SVG's style attributes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand-ins for the page's custom properties. Each colour means one thing on the whole page.
INK, SOFT, HAIR, CARD = "#010203", "#010204", "#010205", "#010206"  # SOFT: what is compared with
MODEL, TARGET = "#010207", "#010208"  # what was measured of the model; its goals
POSITIVE, NEGATIVE = "#010209", "#01020a"  # reviews by their label
_PROPERTIES = {
    INK: "--ink",
    SOFT: "--soft",
    HAIR: "--hair",
    CARD: "--card",
    MODEL: "--model",
    TARGET: "--goal",
    POSITIVE: "--positive",
    NEGATIVE: "--negative",
}
SIZE = (4.0, 2.85)  # inches of 72 units: about a phone's width, so that text keeps its size there
_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": HAIR,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": HAIR,
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "text.color": INK,
    "xtick.color": HAIR,
    "xtick.labelcolor": SOFT,
    "xtick.labelsize": 8.5,
    "ytick.color": HAIR,
    "ytick.labelcolor": SOFT,
    "ytick.labelsize": 8.5,
}
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_FONT = re.compile(r"'DejaVu Sans'(?:, [^;\"]*?sans-serif)?")
_NAME = re.compile(r'(\bid="|url\(#|href="#)')


@contextmanager
def drawing(*, rows: tuple[float, ...] = (1,)) -> Iterator[tuple[Figure, list[Axes]]]:
    """Yield a figure with one plot a row, of these relative heights; the style holds inside."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as NewFigure

    with mpl.rc_context(_STYLE):
        figure = NewFigure(figsize=SIZE, layout="constrained")
        grid = figure.subplots(
            len(rows), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": rows}
        )
        yield figure, [axes for (axes,) in grid]


def as_svg(figure: Figure, name: str, description: str) -> Markup:
    """Return the figure as an inline <svg> with its description; `name` makes its ids unique."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = _METADATA.sub("", buffer.getvalue())
    svg = svg[svg.index("<svg") :].strip()
    for stand_in, custom_property in _PROPERTIES.items():
        svg = svg.replace(stand_in, f"var({custom_property})")
    svg = _FONT.sub("var(--sans)", svg).replace("xlink:href", "href")
    svg = _NAME.sub(rf"\g<1>{name}-", svg)
    view_box = re.search(r'viewBox="[^"]*"', svg)
    start = f'<svg class="plot" role="img" aria-label="{escape(description)}" '
    start += f"{view_box[0] if view_box else ''}>"
    return Markup(start + svg[svg.index(">") + 1 :])  # noqa: S704 - matplotlib escapes its texts
