"""The pictures of the benchmarks, in the look of glassnet's own plots: a PNG and an SVG of each."""

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from glassnet.plots.style import GRID, INK, PALETTE, new_figure, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = {  # a tool's colour and marker
    "glassnet native": (PALETTE[1], "D"),
    "kernel alone": (PALETTE[4], "d"),
    "glassnet NumPy": (PALETTE[4], "o"),
    "scikit-learn": (PALETTE[7], "s"),
    "PyTorch eager": (PALETTE[0], "v"),
    "PyTorch compiled": (PALETTE[5], "^"),
    "JAX": (PALETTE[2], "P"),
    "JAX tuned": (PALETTE[2], "*"),
    "Keras on JAX": (PALETTE[3], "X"),
}
Times = dict[str, dict[str, float | None]]  # of a row: each tool's, None where it has none


def dots(path: Path, title: str, unit: str, table: Times) -> list[Path]:
    """One band a row, one dot a tool, each a little lower than the last, on a logarithmic axis."""
    tools = [tool for tool in LOOKS if any(tool in values for values in table.values())]
    figure, (axes,) = new_figure(9.0, 1.5 + max(1.5, 0.72 * len(table)))
    for place in range(0, len(table), 2):
        axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.45, linewidth=0)
    for number, tool in enumerate(tools):
        lower = 0.62 * ((number + 0.5) / len(tools) - 0.5)
        points = [(v[tool], p + lower) for p, v in enumerate(table.values()) if v.get(tool)]
        colour, marker = LOOKS[tool]
        axes.scatter(
            [x for x, _ in points], [y for _, y in points], s=52, color=colour, marker=marker,
            label=tool if points else f"{tool}: missing", zorder=3, edgecolors="white", lw=0.6,
        )  # fmt: skip
    style_axes(axes, title=title, x_label=f"{unit}, logarithmic (left is faster)", grid="x")
    axes.set_xscale("log")
    _plain_logarithmic(axes, "x")
    axes.set_yticks(range(len(table)), list(table))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, labelcolor=INK)
    return _saved(figure, path)


Curves = dict[str, tuple[list[float], list[float], float | None]]  # sizes, times, slope


def lines(path: Path, title: str, unit: str, panels: dict[str, Curves]) -> list[Path]:
    """One panel a dimension, both axes logarithmic; the legends tell the fitted slopes."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = new_figure(4.0 * columns, 3.4 * rows + 0.3, rows, columns)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for place, (axes, (name, curves)) in enumerate(zip(grid, panels.items(), strict=False)):
        for tool, (sizes, times, slope) in curves.items():
            colour, marker = LOOKS.get(tool, (INK, "o"))
            label = tool if slope is None else f"{tool}: slope {slope:+.2f}"
            axes.plot(sizes, times, marker=marker, color=colour, label=label, ms=4.5, lw=1.4)
        style_axes(axes, x_label=name, y_label="" if place % columns else unit)
        axes.set(xscale="log", yscale="log")
        low, high = axes.get_ylim()
        axes.set_ylim(low / 1.5, high * 2.2)  # room for the legend
        _plain_logarithmic(axes, "y")
        every = sorted({size for sizes, _, _ in curves.values() for size in sizes})
        shown = every[:: -(-len(every) // 5)]
        axes.xaxis.set_major_locator(FixedLocator(shown))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(_plain))
        axes.legend(frameon=False, fontsize=8.5, loc="upper left", labelcolor=INK)
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontweight="bold", fontsize=12)
    return _saved(figure, path)


def _plain_logarithmic(axes: "Axes", name: str) -> None:
    """Ticks at 1, 2 and 5 times the powers of ten, or at the powers alone; plain numbers."""
    axis = axes.xaxis if name == "x" else axes.yaxis
    low, high = axes.get_xlim() if name == "x" else axes.get_ylim()
    subs = (1.0, 2.0, 5.0) if high / low < 2000 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(_plain))


def _plain(value: float, _: int | None = None) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _saved(figure: "Figure", path: Path) -> list[Path]:
    paths = [path.with_suffix(suffix) for suffix in (".png", ".svg")]
    for target in paths:
        figure.savefig(target, dpi=150)
    return paths
