"""Every plot and table of the book: one object carries the picture and the words in every language.

To add a figure:
1. figures.toml: [your_figure.alt] and any other word, in each language ([common.*] holds the shared ones).
2. Here: a function that takes arrays and returns ``Figure.plot("your_figure", draw, size, **values)``, where
   ``draw(fig, words)`` is called once per language (``words["layer"]`` is the text; no text elsewhere) and ``values``
   fill the {placeholders} of ``alt``, so that the alternative text states what this run measured.
3. In the page, ``glue("name", figures.your_figure(...))`` in a cell, and ``{glue:figure} name`` where it stands.
`layer_lines` is the model. Colours: `COLORS`; names beside the lines: `label_ends`. Tables: `Table.of`.
"""

import base64
import html
import io
import os
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from textwrap import wrap

import numpy as np

from utils import _arguments as args
from utils import evidence

LANGUAGES = ("es", "en")
MIME = "application/vnd.redes-profundas.v1+json"
COLORS = ("#0060a0", "#c04a00", "#00795a", "#9c4f86", "#806000", "#333333")  # distinct for colour-blind eyes; 4.5:1
MARKERS = ("o", "s", "^", "D", "v", "P")  # a second channel beside colour
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DPI = 200  # twice the size on the page: sharp on a projector
STYLE = {
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@cache
def _table() -> dict:
    return tomllib.loads(Path(__file__).with_name("figures.toml").read_text("utf-8"))


def words(key: str, language: str) -> dict[str, str]:
    """The words of one figure or table in one language, the shared ones included.

    Raises:
        ValueError: `key` is not in figures.toml, or `language` is not in `LANGUAGES`.
    """
    table = _table()
    if key not in table:
        raise ValueError(f"key must be a section of figures.toml ({', '.join(table)}); received: {key!r}")
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}; received: {language!r}")
    return _Words({name: text[language] for name, text in (table["common"] | table[key]).items()})


class _Words(dict):
    def __missing__(self, name):
        args.reject("name", name, f"a word of figures.toml, one of {sorted(self)}")


def _own_language() -> str:
    language = os.environ.get("COURSE_LANG", LANGUAGES[0])
    if language not in LANGUAGES:
        raise ValueError(f"COURSE_LANG must be one of {', '.join(LANGUAGES)}; received: {language!r}")
    return language


@dataclass(frozen=True)
class Figure:
    """A plot in every language: ``languages[language] = {"png": base64, "alt": sentences, "width": CSS pixels}``."""

    languages: dict[str, dict]

    @classmethod
    def plot(cls, key: str, draw, size: tuple[float, float] = (6.4, 3.8), **values) -> "Figure":
        """Call ``draw(fig, words)`` on an empty matplotlib figure, once per language.

        Args:
            key: section of figures.toml; its ``alt`` is the alternative text.
            draw: draws on the figure; may return more sentences for the alternative text.
            size: width and height in inches (100 CSS pixels each).
            values: fill the placeholders of ``alt``.
        """
        import matplotlib
        from matplotlib.figure import Figure as Canvas

        languages = {}
        for language in LANGUAGES:
            text = words(key, language)
            with matplotlib.rc_context(STYLE):
                fig = Canvas(figsize=size)
                sentences = draw(fig, text) or []
                png = io.BytesIO()
                fig.savefig(png, format="png", dpi=DPI, metadata={"Software": None})  # the same bytes every time
            languages[language] = {
                "png": base64.b64encode(png.getvalue()).decode(),
                "alt": " ".join([text["alt"].format(**values), *sentences]),
                "width": round(100 * size[0]),
            }
        return cls(languages)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        own = self.languages[_own_language()]
        return {MIME: self.languages, "image/png": own["png"], "text/plain": own["alt"]}


@dataclass(frozen=True)
class Table:
    """A table in every language: ``languages[language] = {"head": [cells], "rows": [[cells]]}``, cells as MyST text."""

    languages: dict[str, dict]

    @classmethod
    def of(cls, key: str, columns, rows) -> "Table":
        """Build a table; `columns` and cells that are words of figures.toml are translated, the rest stays as it is.

        Args:
            key: section of figures.toml.
            columns: one name per column.
            rows: sequences of cells, formatted strings, as many as there are columns.

        Raises:
            ValueError: a row has another number of cells.
        """
        for row in rows:
            if len(row) != len(columns):
                raise ValueError(f"rows must have {len(columns)} cells each; received: {row!r}")
        text = {language: words(key, language) for language in LANGUAGES}
        return cls(
            {
                language: {
                    "head": [text[language].get(cell, cell) for cell in columns],
                    "rows": [[text[language].get(cell, cell) for cell in row] for row in rows],
                }
                for language in LANGUAGES
            }
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        own = self.languages[_own_language()]
        head, *body = (
            "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
            for tag, row in [("th", own["head"]), *(("td", row) for row in own["rows"])]
        )
        return {
            MIME: self.languages,
            "text/html": f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in body)}</table>",
            "text/plain": "\n".join(" | ".join(row) for row in [own["head"], *own["rows"]]),
        }


@dataclass(frozen=True)
class Text:
    """Prose in every language: ``languages[language] = {"text": MyST}``; a notebook shows it without its markup."""

    languages: dict[str, dict]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        own = self.languages[_own_language()]["text"]
        own = re.sub(r"^(?:\(\S+\)=|:{3,}.*)\n?", "", own, flags=re.MULTILINE)
        own = re.sub(r"\{[\w:]+\}`([^`<]*)[^`]*`", r"\1", own)
        return {MIME: self.languages, "text/markdown": own, "text/plain": own}


class CourseRenderer:
    """Renderer for MyST-NB (entry point): a `Figure`, `Table` or `Text` in the page's language, with alternative text.

    An output that is glued stands where it is pasted, not under its cell too; run as a notebook, the cell shows it.
    """

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.cell_index is not None and "scrapbook" in data.output_metadata:
            return []
        if data.mime_type != MIME:
            return None
        own = data.content[renderer.renderer.sphinx_env.config.language]
        if "rows" in own:
            return [_table_node(renderer.renderer, data.line or 0, own["head"], own["rows"])]
        if "text" in own:
            return [_text_node(renderer.renderer, data.line or 0, own["text"])]
        data.mime_type, data.content = "image/png", own["png"]
        (image,) = renderer.render_image(data)
        image["alt"], image["width"] = own["alt"], f"{own['width']}px"
        return [image]


def _table_node(renderer, line, head, rows):
    from docutils import nodes

    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=round(100 / len(head))) for _ in head]
    for section, content in ((nodes.thead(), [head]), (nodes.tbody(), rows)):
        for cells in content:
            row = nodes.row()
            for cell in cells:
                entry = nodes.entry()
                with renderer.current_node_context(entry):
                    renderer.nested_render_text(cell, line, inline=True)
                row += nodes.entry("", nodes.paragraph("", "", *entry.children))
            section += row
        group += section
    return nodes.table("", group)


def _text_node(renderer, line, text):
    from docutils import nodes

    group = nodes.container()
    with renderer.current_node_context(group):
        renderer.nested_render_text(text, line)
    for heading in group.findall(nodes.rubric):  # outside of sections MyST makes no other
        heading["heading-level"] = heading["level"]
    return group


def label_ends(ax, ends, side: str = "right") -> None:
    """Write each line's name beside its end, moved apart where names would touch.

    Args:
        ax: axes on which everything else is drawn (the scale must be final).
        ends: (x, y, name, color) per line, in data coordinates.
        side: "right", or "left", which moves the numbers of the vertical axis to the right.
    """
    if side == "left":
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
        ax.spines["left"].set_visible(False)
        ax.spines["right"].set_visible(True)
    from scipy.optimize import isotonic_regression

    ax.figure.draw_without_rendering()  # settles the layout: positions in pixels are known from here
    ends = sorted(ends, key=lambda end: end[1])
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = np.clip([to_axes.transform((x, y))[1] for x, y, *_ in ends], 0, 1)
    gap = 1.4 * STYLE["font.size"] / 72 * ax.figure.dpi / ax.bbox.height
    steps = gap * np.arange(len(ends))
    placed = isotonic_regression(wanted - steps).x + steps  # least squares under a minimal gap
    for (x, y, name, color), height in zip(ends, placed, strict=True):
        ax.annotate(
            name,
            xy=(x, y),
            xytext=(1.03 if side == "right" else -0.03, height),
            textcoords="axes fraction",
            color=color,
            ha="left" if side == "right" else "right",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3},
        )


def number(value: float) -> str:
    """A number of an alternative text, two digits long: 0.32, −12, 1.2 · 10⁻³⁸."""
    text = f"{value:.1e}"
    mantissa, exponent = text.split("e")
    if -3 <= int(exponent) <= 2:
        return f"{float(text):g}".replace("-", "−")
    return f"{mantissa.replace('-', '−')} · 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def layer_ticks(depth: int) -> list[int]:
    """Layers to mark on an axis: 1 and round numbers."""
    step = next(step for step in (1, 5, 10, 20, 50, depth) if depth <= 12 * step)
    return sorted({1, *range(step, depth + 1, step)})


def decade_ticks(ax) -> None:
    """Mark the vertical logarithmic axis at powers of ten only, at most eight of them and at least two."""
    low, high = np.log10(ax.get_ylim())
    if np.floor(high) - np.ceil(low) < 1:
        low, high = np.floor(low), np.ceil(high)
        ax.set_ylim(10**low, 10**high)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if high - low <= 8 * step)
    powers = np.arange(np.ceil(low / step) * step, high + 0.01, step)
    ax.set_yticks(10.0**powers)
    ax.minorticks_off()


def level_lines(ax, levels: dict, text: dict, side: str = "left") -> None:
    """Dotted horizontal lines, each with its name above one end.

    Args:
        levels: name (a word) -> height.
        text: words of the figure.
        side: "left" or "right", where the names stand.
    """
    for name, value in levels.items():
        ax.axhline(value, color="#555555", linestyle=":", linewidth=1.4)
        ax.annotate(
            text[name], (0 if side == "left" else 1, value), (4 if side == "left" else -4, 3),
            xycoords=("axes fraction", "data"), textcoords="offset points", color="#555555", ha=side,
        )  # fmt: skip


def layer_lines(
    key: str, series: dict, theory: dict | None = None, levels: dict | None = None, side: str = "right"
) -> Figure:
    """Values per layer, layer 1 at the left, on a logarithmic axis; each line is named at one end.

    A value that is exactly 0 has no place on the axis: the line stops there, and the alternative text says 0.

    Args:
        key: section of figures.toml with ``value`` (the vertical axis) and ``alt``.
        series: name (a word of figures.toml) -> values (layers,), non-negative.
        theory: name of a series -> values (layers,), dashed in the colour of that series, and named if there is a word
            ``<series>_theory``.
        levels: name (a word) -> value of a dotted horizontal line, such as the smallest number of a float type.
        side: where the names stand, as in `label_ends`.

    Raises:
        ValueError: a series that is not one-dimensional, finite and non-negative with a positive value, or a theory
            line without its series.
    """
    theory, levels = theory or {}, levels or {}
    series = {name: np.asarray(values, dtype=float) for name, values in series.items()}
    for name, values in series.items():
        if values.ndim != 1 or not np.all(np.isfinite(values) & (values >= 0)) or not np.any(values > 0):
            raise ValueError(f"series[{name!r}] must hold finite values >= 0, not all 0, one per layer; got: {values}")
    if unknown := set(theory) - set(series):
        raise ValueError(f"theory must name series ({', '.join(series)}); received: {', '.join(sorted(unknown))}")
    names = list(series)

    def draw(fig, text):
        ax = fig.subplots()
        ax.set_yscale("log")
        ends = []
        for i, name in enumerate(names):
            color, values = COLORS[i % len(COLORS)], np.where(series[name] > 0, series[name], np.nan)
            layers = np.arange(1, len(values) + 1)
            ax.plot(layers, values, color=color, marker=MARKERS[i % len(MARKERS)], markevery=-(-len(values) // 20))
            if name in theory:
                ax.plot(np.arange(1, len(theory[name]) + 1), theory[name], color=color, linestyle="--", linewidth=1.2)
                if f"{name}_theory" in text:
                    end = -1 if side == "right" else 0
                    ends.append((layers[end], theory[name][end], text[f"{name}_theory"], color))
            end = np.flatnonzero(series[name])[-1 if side == "right" else 0]
            ends.append((layers[end], values[end], text[name], color))
        level_lines(ax, levels, text, {"left": "right", "right": "left"}[side])
        decade_ticks(ax)
        ax.set_xticks(layer_ticks(max(map(len, series.values()))))
        ax.set_xlabel(text["layer"])
        ax.set_ylabel(text["value"])
        label_ends(ax, ends, side)
        return _layer_sentences(text, series, theory, levels)

    return Figure.plot(key, draw)


def _level_sentences(text, levels) -> list[str]:
    names = [", ".join(dict.fromkeys((text[name], number(value)))) for name, value in levels.items()]
    return [text["level_alt"].format(level=name) for name in names]


def _layer_sentences(text, series, theory, levels) -> list[str]:
    """What the lines show, in words and numbers."""
    sentences = [
        text["series_alt"].format(
            name=text[name], first=number(values[0]), x_first=1, last=number(values[-1]), x_last=len(values)
        )
        for name, values in series.items()
    ]
    sentences += [text["theory_alt"]] * bool(theory)
    return sentences + _level_sentences(text, levels)


def _arrays(name: str, values: dict, ndim: int, like: dict | None = None) -> dict:
    """The finite arrays of a dict by word; with `like`, of the same words and with as many entries in a row."""
    if not isinstance(values, dict) or not values or (like is not None and values.keys() != like.keys()):
        args.reject(name, values, "a non-empty dict" if like is None else f"a dict with the keys {list(like)}")
    arrays = {key: args.floats(f"{name}[{key!r}]", array, ndim) for key, array in values.items()}
    for key, model in (like or {}).items():
        if arrays[key].shape[-1] != model.shape[-1]:
            args.reject(f"{name}[{key!r}]", arrays[key], f"an array with {model.shape[-1]} entries in a row")
    return arrays


def _curves(**arrays) -> list:
    """Arrays (points,) of one length."""
    arrays = _arrays("the curves", arrays, 1)
    if len({array.size for array in arrays.values()}) > 1:
        args.reject(" and ".join(arrays), [array.size for array in arrays.values()], "arrays of one length")
    return list(arrays.values())


def gradient_bars(norms) -> Figure:
    """Ten bars: one number per layer, the same on a linear axis and on a logarithmic one; whiskers from min to max.

    Args:
        norms: positive array (networks, layers), layer 1 first; the bar is the median over networks.
    """
    norms = args.floats("norms", norms, 2)
    if norms.min() <= 0:
        args.reject("norms", norms, "positive")
    middle, low, high = np.median(norms, axis=0), np.min(norms, axis=0), np.max(norms, axis=0)
    layers, whiskers = np.arange(1, len(middle) + 1), [middle - low, high - middle]

    def draw(fig, text):
        for ax, scale in zip(fig.subplots(2, sharex=True), ("linear", "log"), strict=True):
            ax.set_yscale(scale)
            ax.bar(layers, middle, color=COLORS[0], yerr=whiskers, error_kw={"ecolor": "#333333", "capsize": 3})
            ax.set_ylabel(text[scale])
        ax.set_xticks(layers)
        ax.set_xlabel(text["layer"])

    return Figure.plot(
        "gradient_bars", draw, (5.6, 5.0), layers=len(layers), first=number(middle[0]), last=number(middle[-1])
    )


def jacobian_products(log_norms: dict, theory: dict) -> Figure:
    """Norm of a product of random Jacobians against the number of factors: one thin line per draw, theory dashed.

    Args:
        log_norms: name (a word) -> log10 of the norms, array (draws, factors).
        theory: the same names -> log10 of the theory, array (factors,).
    """
    log_norms = _arrays("log_norms", log_norms, 2)
    theory = _arrays("theory", theory, 1, log_norms)

    def draw(fig, text):
        ax, ends, sentences = fig.subplots(), [], []
        ax.set_yscale("log")
        for i, (name, logs) in enumerate(log_norms.items()):
            factors = np.arange(1, logs.shape[1] + 1)
            ax.plot(factors, 10 ** np.transpose(logs), color=COLORS[i], linewidth=0.7, alpha=0.5)
            ax.plot(factors, 10 ** np.asarray(theory[name]), color="#222222", linestyle="--", linewidth=1.2)
            ends.append((factors[-1], 10 ** np.median(logs[:, -1]), text[name], COLORS[i]))
            sentences.append(text["end_alt"].format(name=text[name], value=number(ends[-1][1])))
        decade_ticks(ax)
        ax.set_xlabel(text["factors"])
        ax.set_ylabel(text["value"])
        label_ends(ax, ends)
        return sentences

    return Figure.plot("jacobian_products", draw, factors=next(iter(log_norms.values())).shape[1])


def curve_and_slope(z, values, slopes, highest: float) -> Figure:
    """A function and its derivative on one pair of axes, with the derivative's highest value.

    Args:
        z, values, slopes: arrays (points,).
        highest: height of the dotted line.
    """
    (z, values, slopes), highest = _curves(z=z, values=values, slopes=slopes), args.real("highest", highest)

    def draw(fig, text):
        ax = fig.subplots()
        ax.plot(z, values, color=COLORS[0])
        ax.plot(z, slopes, color=COLORS[1])
        level_lines(ax, {"highest": highest}, text)
        ax.set_xlabel(text["z"])
        label_ends(ax, [(z[-1], values[-1], text["value"], COLORS[0]), (z[-1], slopes[-1], text["slope"], COLORS[1])])

    return Figure.plot("curve_and_slope", draw, (5.6, 3.2), highest=f"{highest:.2f}")


def saturation(z, values, slopes, tangents, edge: float) -> Figure:
    """A function with tangents above its derivative; the saturated regions |z| > edge are shaded.

    Args:
        z, values, slopes: arrays (points,).
        tangents: (z, value, slope) per tangent.
        edge: where the shaded regions begin.
    """
    (z, values, slopes), edge = _curves(z=z, values=values, slopes=slopes), args.real("edge", edge, positive=True)
    tangents = args.floats("tangents", tangents, 2)
    if tangents.shape[1] != 3:
        args.reject("tangents", tangents, "rows (z, value, slope)")

    def draw(fig, text):
        top, bottom = fig.subplots(2, sharex=True)
        for ax in (top, bottom):
            ax.axvspan(z[0], -edge, color="#e8dcd2")
            ax.axvspan(edge, z[-1], color="#e8dcd2")
        top.plot(z, values, color=COLORS[0])
        for at, value, slope in tangents:
            reach = np.array([-1.6, 1.6])
            top.plot(at + reach, value + slope * reach, color=COLORS[1], linewidth=2.4)
            top.plot(at, value, "o", color=COLORS[1])
            bottom.plot(at, slope, "o", color=COLORS[1])
        bottom.plot(z, slopes, color=COLORS[0], zorder=1)
        for side in (-1, 1):
            top.text(side * (edge + z[-1]) / 2, np.mean(values), text["saturated"], ha="center", color="#6b3a10")
        top.set_ylabel(text["value"])
        bottom.set_ylabel(text["slope"])
        bottom.set_xlabel(text["z"])

    return Figure.plot("saturation", draw, (5.6, 4.6), edge=f"{edge:.1f}", end_slope=f"{tangents[-1][2]:.3f}")


def unit_ranges(z: dict, edges: dict) -> Figure:
    """Where the pre-activation of each unit moves over the examples; the saturated regions |z| > edge are shaded.

    Args:
        z: activation (a word) -> pre-activations of one layer, array (examples, units).
        edges: activation -> where saturation begins.
    """
    z = _arrays("z", z, 2)
    if not isinstance(edges, dict) or edges.keys() != z.keys():
        args.reject("edges", edges, f"a dict with the keys {list(z)}")
    edges = {name: args.real(f"edges[{name!r}]", edge, positive=True) for name, edge in edges.items()}
    limit = 1.08 * max(np.max(np.abs(values)) for values in z.values())

    def draw(fig, text):
        sentences = []
        for ax, (name, values) in zip(fig.subplots(len(z), sharex=True), z.items(), strict=True):
            values = values[:, np.argsort(values.mean(axis=0))]
            low, high, units = values.min(axis=0), values.max(axis=0), np.arange(1, values.shape[1] + 1)
            for sign in (-1, 1):
                ax.axhspan(sign * edges[name], sign * limit, color="#e8dcd2")
            crosses = (low < 0) & (high > 0)
            for chosen, color in ((~crosses, COLORS[1]), (crosses, COLORS[0])):
                ax.vlines(units[chosen], low[chosen], high[chosen], color=color, linewidth=2.6)
            ax.set_ylim(-limit, limit)
            ax.set_ylabel(text["value"])
            ax.text(0.02, 0.96, text[name], transform=ax.transAxes, va="top", fontweight="bold")
            ax.text(0.98, 0.96, text["saturated"], transform=ax.transAxes, va="top", ha="right", color="#6b3a10")
            if not crosses.all():
                ax.text(0.98, 0.04, text["fixed"], transform=ax.transAxes, ha="right", color=COLORS[1])
            sentences.append(text["panel_alt"].format(name=text[name], fixed=(~crosses).sum(), units=len(units)))
        ax.set_xlabel(text["unit"])
        return sentences

    return Figure.plot("unit_ranges", draw, (5.6, 5.4))


def error_and_weight_gradients(errors: dict, weights: dict, theory: dict) -> Figure:
    """Two panels over the layers, logarithmic: mean squares of dC/dz above, of dC/dW below.

    Args:
        errors, weights: activation (a word) -> values of layers 2, 3, …, array (layers,).
        theory: activation -> (errors, weights), dashed.
    """
    errors = _arrays("errors", errors, 1)
    weights, theory = _arrays("weights", weights, 1, errors), _arrays("theory", theory, 2, errors)

    def draw(fig, text):
        sentences = []
        for row, (ax, series) in enumerate(zip(fig.subplots(2, sharex=True), (errors, weights), strict=True)):
            ax.set_yscale("log")
            ends = []
            for i, (name, values) in enumerate(series.items()):
                layers = np.arange(2, 2 + len(values))
                ax.plot(layers, values, color=COLORS[i], marker=MARKERS[i])
                ax.plot(layers, theory[name][row], color=COLORS[i], linestyle="--", linewidth=1.2)
                ends.append((layers[0], values[0], text[name], COLORS[i]))
                sentences.append(
                    text["series_alt"].format(
                        name=f"{text[('error', 'weight')[row]]}, {text[name]}", x_first=2, first=number(values[0]),
                        x_last=layers[-1], last=number(values[-1]),
                    )
                )  # fmt: skip
            decade_ticks(ax)
            ax.set_ylabel(text[("error", "weight")[row]])
            ax.set_xticks(layers)
            if row:
                ax.set_xlabel(text["layer"])
            label_ends(ax, ends, "left")
        return sentences

    return Figure.plot("error_and_weight_gradients", draw, (5.6, 5.6))


def layer_histograms(key: str, values: dict, bins: dict) -> Figure:
    """A grid of panels, one histogram per layer in each: the darker, the more of the layer's values lie there.

    Args:
        key: section of figures.toml.
        values: scheme (a word) -> activation (a word) -> one array of values per layer, layer 1 first.
        bins: activation -> edges of the bins.
    """
    bins = _arrays("bins", bins, 1)
    for name, edges in bins.items():
        if edges.size < 2 or np.diff(edges).min() <= 0:
            args.reject(f"bins[{name!r}]", edges, "two or more increasing edges")
    if not isinstance(values, dict) or not values or any(set(panels) != set(bins) for panels in values.values()):
        args.reject("values", values, f"a non-empty dict of dicts with the keys {list(bins)}")
    values = {
        scheme: {
            name: [args.floats(f"values[{scheme!r}][{name!r}]", layer, 1) for layer in panels[name]] for name in bins
        }
        for scheme, panels in values.items()
    }
    schemes, names = list(values), list(next(iter(values.values())))

    def draw(fig, text):
        axes = fig.subplots(len(schemes), len(names), sharex=True, sharey="col", squeeze=False)
        for row, scheme in zip(axes, schemes, strict=True):
            for ax, name in zip(row, names, strict=True):
                counts = np.array([np.histogram(layer, bins[name])[0] for layer in values[scheme][name]], dtype=float)
                counts /= np.maximum(counts.max(axis=1, keepdims=True), 1)  # each layer against its own fullest bin
                layers = np.arange(len(counts) + 1) + 0.5
                ax.pcolormesh(layers, bins[name], np.sqrt(counts.T), cmap="Blues", vmin=0, vmax=1, rasterized=True)
                ax.grid(False)
                ax.set_xticks([1, len(counts) // 2, len(counts)])
                ax.tick_params(labelsize=9)
            row[0].annotate(
                text[scheme], (0, 0.5), (-46, 0), xycoords="axes fraction", textcoords="offset points",
                rotation=90, ha="center", va="center",
            )  # fmt: skip
        for ax, name in zip(axes[0], names, strict=True):
            ax.annotate(
                text[name], (0.5, 1), (0, 20), xycoords="axes fraction", textcoords="offset points", ha="center",
                fontweight="bold",
            )  # fmt: skip
            ax.annotate(
                text[f"{name}_axis"], (0.5, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
                ha="center", fontsize=9,
            )  # fmt: skip
        fig.supxlabel(text["layer"], fontsize=10)

    return Figure.plot(key, draw, (6.2, 7.2))


def underflow(sizes: dict, floors: dict) -> Figure:
    """Size of dC/dz against the number of layers below the output; a line ends where all entries are exactly 0.

    Args:
        sizes: name (a word) -> values by layers descended (0 = output layer), array (layers,), 0 allowed.
        floors: name (a word) -> value of a dotted line.
    """
    sizes = {name: args.floats(f"sizes[{name!r}]", values, 1) for name, values in sizes.items()}
    for name, values in sizes.items():
        if values.min() < 0 or not values.any():
            args.reject(f"sizes[{name!r}]", values, "at least 0, and not 0 everywhere")
    floors = {name: args.real(f"floors[{name!r}]", floor, positive=True) for name, floor in floors.items()}

    def draw(fig, text):
        ax, sentences = fig.subplots(), []
        ax.set_yscale("log")
        for i, (name, values) in enumerate(sizes.items()):
            alive = np.flatnonzero(values)
            last = alive[-1]
            ax.plot(alive, values[alive], color=COLORS[i], linewidth=(6.0, 3.5, 1.4)[i], solid_capstyle="butt")
            ends = last < len(values) - 1
            if ends:
                ax.plot(last, values[last], MARKERS[i], color=COLORS[i], markersize=8)
            place = (9, 7) if ends else (7, -9)
            ax.annotate(text[name], (last, values[last]), place, textcoords="offset points", color=COLORS[i])
            sentences.append(text["end_alt"].format(name=text[name], layers=last, value=number(values[last])))
        level_lines(ax, floors, text)
        sentences += _level_sentences(text, floors)
        decade_ticks(ax)
        ax.set_xlim(right=1.5 * ax.get_xlim()[1])  # room for the names
        ax.set_xlabel(text["descended"])
        ax.set_ylabel(text["value"])
        return sentences

    return Figure.plot("underflow", draw)


def change_per_layer(key: str, x, changes: dict, fixed: dict, scale: str = "linear") -> Figure:
    """What a layer changes of a number, against the number itself: zero at the fixed points of its map.

    Args:
        key: section of figures.toml with ``x`` and ``change`` (the axes) and ``alt``.
        x: the number in one layer, array (points,).
        changes: map (a word) -> change to the next layer, array (points,).
        fixed: map -> the fixed points to mark, array, for the maps that have some.
        scale: of the horizontal axis, "linear" or "log".
    """
    x, changes = args.floats("x", x, 1), _arrays("changes", changes, 1)
    args.choice("scale", scale, ("linear", "log"))
    if any(change.shape != x.shape for change in changes.values()):
        args.reject("changes", {name: change.shape for name, change in changes.items()}, f"arrays of shape {x.shape}")
    if not isinstance(fixed, dict) or not fixed.keys() <= changes.keys():
        args.reject("fixed", fixed, f"a dict with keys among {list(changes)}")
    fixed = {name: args.floats(f"fixed[{name!r}]", points, 1) for name, points in fixed.items()}

    def draw(fig, text):
        ax, sentences = fig.subplots(), []
        ax.set_xscale(scale)
        ax.axhline(0, color="#555555", linestyle=":", linewidth=1.4)
        for i, (name, change) in enumerate(changes.items()):
            ax.plot(x, change, color=COLORS[i])
            if name in fixed:
                points = ", ".join(map(number, fixed[name]))
                ax.plot(fixed[name], 0 * fixed[name], MARKERS[i], color=COLORS[i], markersize=8)
                sentences.append(text["fixed_alt"].format(name=text[name], points=points))
        ax.set_xlabel(text["x"])
        ax.set_ylabel(text["change"])
        ends = [(x[0], change[0], text[name], COLORS[i]) for i, (name, change) in enumerate(changes.items())]
        label_ends(ax, ends, "left")
        return sentences

    return Figure.plot(key, draw, (6.4, 3.8))


def edge_of_chaos(key: str, lines: dict, points: dict, limits) -> Figure:
    """Lines and points in the plane of σ_w² (to the right) and σ_b² (upwards).

    Args:
        key: section of figures.toml with ``alt``.
        lines: line -> array (points, 2) of (σ_w², σ_b²), or a list of such arrays. A word names it in the legend; a
            number as text makes it a contour, thin and grey, with the number written on it.
        points: name (a word) -> array (points, 2) of (σ_w², σ_b²).
        limits: (lowest σ_w², highest σ_w², highest σ_b²) of the frame.
    """
    left, right, top = args.floats("limits", limits, 1)
    pieces = {name: line if isinstance(line, list) else [line] for name, line in lines.items()}
    pieces = {name: [args.floats(f"lines[{name!r}]", piece, 2) for piece in line] for name, line in pieces.items()}
    points = {name: args.floats(f"points[{name!r}]", array, 2) for name, array in points.items()}

    def visible(piece):
        return piece[(left <= piece[:, 0]) & (piece[:, 0] <= right) & (piece[:, 1] <= top)]

    for name, line in pieces.items():
        if not all(visible(piece).size for piece in line):
            args.reject("limits", limits, f"a frame in which every piece of the line {name!r} has a point")
    contours = [name for name in pieces if name.isdigit()]

    def draw(fig, text):
        ax, sentences, handles, color = fig.subplots(), [], {}, iter(COLORS)
        for name, line in pieces.items():
            style = {"color": "#555555", "linewidth": 1.1} if name in contours else {"color": next(color)}
            for piece in line:
                (handle,) = ax.plot(*piece.T, **style)
                seen = visible(piece)
                low, high = seen[seen[:, 1].argmin()], seen[seen[:, 1].argmax()]
                if name in contours:  # each at a height of its own, so that the numbers of neighbours do not meet
                    height = (0.85 - 0.2 * contours.index(name)) * top
                    place = seen[np.abs(seen[:, 1] - height).argmin()]
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
                    ax.annotate(name, place, color="#333333", fontsize=10, ha="center", va="center", bbox=box)
                else:
                    handles[text[name]] = handle
                ends = zip(("x", "y", "x_end", "y_end"), map(number, (*low, *high)), strict=True)
                sentences.append(text["line_alt"].format(name=text.get(name, name), **dict(ends)))
        for i, (name, array) in enumerate(points.items()):
            style = {"color": "#333333", "linestyle": "none", "markersize": 8, "clip_on": False, "zorder": 3}
            (handles[text[name]],) = ax.plot(*array.T, MARKERS[i], **style)
            for x, y in array:
                sentences.append(text["point_alt"].format(name=text[name], x=number(x), y=number(y)))
        ax.set_xlim(left, right)
        ax.set_ylim(0, top)
        ax.set_xlabel("σ_w²")
        ax.set_ylabel("σ_b²")
        fig.legend(handles.values(), handles, loc="outside upper center", ncols=min(4, len(handles)))
        return sentences

    return Figure.plot(key, draw, (6.4, 4.8))


def step_lines(key: str, steps, panels: dict, scale: str = "log", levels: dict | None = None) -> Figure:
    """Values over training, one panel above another, each line named at its end.

    A value that is nan has no place: a line that stops before the last step ends in a cross (a divergence).

    Args:
        key: section of figures.toml with ``value``, ``alt`` and, if there are several panels, their words.
        steps: updates of the weights at which values were taken, increasing, array (points,).
        panels: panel (a word) -> line (a word, or a number as text) -> values, array (points,), nan allowed.
        scale: of the vertical axis, "log" or "linear".
        levels: name (a word) -> height of a dotted line.
    """
    steps = args.floats("steps", steps, 1)
    args.choice("scale", scale, ("log", "linear"))
    if not isinstance(panels, dict) or not panels or not all(isinstance(p, dict) and p for p in panels.values()):
        args.reject("panels", panels, "a non-empty dict of non-empty dicts, panel -> line -> values")
    panels = {title: {name: args.floats("panels", v) for name, v in lines.items()} for title, lines in panels.items()}
    for values in (values for lines in panels.values() for values in lines.values()):
        known = values[~np.isnan(values)]
        if values.shape != steps.shape or not known.size or (scale == "log" and known.min() <= 0):
            args.reject("panels", values, f"values of shape {steps.shape}, not all nan, > 0 on a logarithmic axis")

    def draw(fig, text):
        sentences, ends, axes = [], [], fig.subplots(len(panels), sharex=True, sharey=True, squeeze=False)[:, 0]
        for ax, (title, lines) in zip(axes, panels.items(), strict=True):
            ax.set_yscale(scale)
            shades = len(lines) if all(name.isdigit() for name in lines) else 0
            ends.append([])
            for i, (name, values) in enumerate(lines.items()):
                # Layers are an ordered family: from orange, below, to blue, above.
                color = _blend(COLORS[1], COLORS[0], i / max(1, shades - 1)) if shades else COLORS[i]
                known = np.flatnonzero(~np.isnan(values))
                ax.plot(steps[known], values[known], color=color)
                if known[-1] < len(steps) - 1:
                    ax.plot(steps[known[-1]], values[known[-1]], "X", color=color, markersize=9)
                ends[-1].append((steps[known[-1]], values[known[-1]], text.get(name, name), color))
                sentences.append(
                    text["step_alt"].format(
                        name=text.get(name, name), panel=text[title] + ", " if len(panels) > 1 else "",
                        first=number(values[known[0]]), last=number(values[known[-1]]), step=f"{steps[known[-1]]:g}",
                    )
                )  # fmt: skip
            level_lines(ax, levels or {}, text)
            if len(panels) > 1:
                ax.set_title(text[title], loc="left", fontsize=STYLE["font.size"], fontweight="bold")
            ax.set_ylabel(text["value"])
        for ax in axes if scale == "log" else ():  # now that the axis, which all share, spans the values of all
            decade_ticks(ax)
        axes[-1].set_xlabel(text["steps"])
        for ax, lines in zip(axes, ends, strict=True):
            label_ends(ax, lines)
        return sentences

    return Figure.plot(key, draw, (6.4, 3.8 if len(panels) == 1 else 2.5 * len(panels)))


def _blend(first: str, last: str, share: float) -> tuple:
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * np.array(to_rgb(first)) + share * np.array(to_rgb(last)))


def accuracy_by_depth(depths, panels: dict, chance: float, key: str = "accuracy_by_depth") -> Figure:
    """Accuracy against depth, one panel beside another, each point a mean over seeds with its 95 % t interval.

    Args:
        depths: numbers of hidden layers, increasing, array (depths,).
        panels: panel (a word) -> line (a word) -> accuracies from 0 to 1, array (depths, seeds).
        chance: accuracy of a guess, the dotted line.
        key: section of figures.toml, with the words of ``accuracy_by_depth``.
    """
    depths, chance = args.floats("depths", depths, 1), args.real("chance", chance)
    if not isinstance(panels, dict) or not panels:
        args.reject("panels", panels, "a non-empty dict, panel -> line -> accuracies")
    panels = {title: _arrays("panels", lines, 2) for title, lines in panels.items()}
    for values in (values for lines in panels.values() for values in lines.values()):
        if len(values) != len(depths) or values.shape[1] < 2:
            args.reject("panels", values, f"accuracies of shape ({len(depths)}, seeds), of 2 seeds or more")

    def draw(fig, text):
        sentences, axes = [], fig.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (title, lines) in zip(axes, panels.items(), strict=True):
            for i, (name, values) in enumerate(lines.items()):
                mean, low, high = np.array([evidence.mean_interval(row) for row in values]).T * 100
                shift = 0.12 * (i - (len(lines) - 1) / 2)
                ax.errorbar(
                    depths + shift, mean, [mean - low, high - mean], color=COLORS[i], marker=MARKERS[i], capsize=3,
                    label=text[name],
                )  # fmt: skip
                ends = ", ".join(f"{value:.0f}" for value in mean)
                sentences.append(text["line_alt"].format(panel=text[title], name=text[name], values=ends))
            ax.axhline(100 * chance, color="#555555", linestyle=":", linewidth=1.4)
            ax.annotate(
                text["chance"], (0, 100 * chance), (4, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", color="#555555",
            )  # fmt: skip
            ax.set_title(text[title], fontsize=STYLE["font.size"], fontweight="bold")
            ax.set_xticks(depths)
            ax.set_xlabel(text["depth"])
            ax.set_ylim(0, 100)
        axes[0].set_ylabel(text["value"])
        fig.legend(
            *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(next(iter(panels.values())))
        )
        return sentences

    return Figure.plot(key, draw, (6.6, 3.8), layers=", ".join(f"{depth:g}" for depth in depths))


def verdict_table(judged: dict) -> Table:
    """What replications say of claims: a row for each claim and optimizer, with its interval and verdict.

    Args:
        judged: claim (a word) -> (`evidence.Verdict`, factor of its differences), as of `replications.judged`.
    """
    if not isinstance(judged, dict) or not judged:
        args.reject("judged", judged, "a non-empty dict, claim -> (verdict, factor)")
    rows = []
    for claim, (verdict, factor) in judged.items():
        for i, (optimizer, effect) in enumerate(verdict.effects.items()):
            mean, low, high, p = _estimate(effect, factor)
            rows.append((*((claim, verdict.key) if not i else ("", "")), optimizer, f"{mean} [{low}, {high}]", p))
    return Table.of("verdict_table", ("claim", "verdict", "optimizer", "difference", "p"), rows)


def _estimate(effect, factor: float) -> tuple[str, str, str, str]:
    """Mean difference, both ends of its interval, and p."""
    shown = [factor * value for value in effect.paired[:3]]
    digits = 1 if abs(shown[2] - shown[1]) >= 0.2 else 2
    p = f"{effect.p:.3f}" if effect.p >= 0.001 else "<\u00a00.001"
    return *(f"{value:+z.{digits}f}".replace("-", "−") for value in shown), p


def _about(claim: str, key: str) -> str:
    """The entry of a section of figures.toml for a claim: the first of those whose pattern (``R2-he-*``) it fits."""
    found = next((pattern for pattern in _table()[key] if fnmatchcase(claim, pattern)), None)
    return found or args.reject("claim", claim, f"a claim with words in [{key}] of figures.toml")


def _findings(found) -> None:
    if not isinstance(found, dict) or not found:
        args.reject("found", found, "a non-empty dict, claim -> replications.Finding")


def claim_summary(found: dict) -> Table:
    """How the claims of each replication came out: a row for each replication, which leads to its account.

    Args:
        found: replication -> claim -> `replications.Finding`, as of `replications.findings`.
    """
    _findings(found)
    text, tables = {language: words("verdict_table", language) for language in LANGUAGES}, {}
    for language, said in text.items():
        rows = []
        for id, claims in found.items():
            _findings(claims)
            counts = Counter(finding.verdict.key for finding in claims.values())
            verdicts = "; ".join(f"{said[key]}: {count}" for key, count in counts.items())
            rows.append([f"{{ref}}`{id} · {said[id]} <claims-{id.lower()}>`", verdicts])
        tables[language] = {"head": [said["replication"], said["verdicts"]], "rows": rows}
    return Table(tables)


def claim_title(id: str) -> Text:
    """The heading over the account of a replication; `claim_summary` leads there.

    Args:
        id: key of `replications.REPLICATIONS`.
    """
    text = {language: words("verdict_table", language)[id] for language in LANGUAGES}
    return Text({language: {"text": f"(claims-{id.lower()})=\n### {id} · {said}"} for language, said in text.items()})


def claim_account(found: dict) -> Text:
    """What sources report, what was measured and what would change the verdict, for the claims of a replication.

    Claims with one source and the same words stand together. A verdict's sentence holds its scope.

    Args:
        found: claim -> `replications.Finding`.
    """
    _findings(found)
    groups, languages = {}, {}
    for claim, finding in found.items():
        groups.setdefault((_about(claim, "claim_reports"), finding.claim.source), []).append(claim)
    for language in LANGUAGES:
        said, reports = words("verdict_table", language), words("claim_reports", language)
        changes, cards = words("claim_changes", language), []
        for (pattern, source), claims in groups.items():
            head = f"{{cite:t}}`{source}`" if source else said["tradition"]
            lines = [f"- {_verdict_sentence(claim, found[claim], said)}" for claim in claims]
            change = list(dict.fromkeys(changes[_about(claim, "claim_changes")] for claim in claims))
            body = [f"**{said['reports']}** {reports[pattern]}", f"**{said['measured']}**", "\n".join(lines)]
            foot = f"**{said['changes']}** {' '.join(change)}"
            parts = [f":::{{card-header}}\n{head}\n:::", *body, f":::{{card-footer}}\n{foot}\n:::"]
            cards.append("\n\n".join(["::::{card}", *parts, "::::"]))
        languages[language] = {"text": "\n\n".join(cards)}
    return Text(languages)


def _verdict_sentence(claim: str, finding, said: dict) -> str:
    """Claim, verdict, scope and what each optimizer gave."""
    trial, effects = finding.trial, finding.verdict.effects
    kind = "_untrained" if "untrained" in effects else ""
    scope = said[f"scope{kind}"].format(
        data=said[trial.data], depth=len(finding.hidden), width=finding.hidden[0], steps=trial.steps,
        optimizers=said["and"].join(said[optimizer] for optimizer in effects), seeds=trial.seeds,
    )  # fmt: skip
    results = []
    for optimizer, effect in effects.items():
        mean, low, high, p = _estimate(effect, finding.factor)
        results.append(
            said[f"effect{kind}"].format(
                name=said[optimizer], mean=mean, unit=said[f"unit_{finding.claim.metric}"], low=low, high=high, p=p
            )
        )
    return said["sentence"].format(
        claim=said[claim], verdict=said[finding.verdict.key], scope=scope, effects="; ".join(results)
    )


def claim_points(found: dict) -> Figure:
    """Differences of a replication's claims, seed by seed, with means and 95 % intervals; a panel for each measure.

    The axis is linear up to the margin that a difference must reach, which is shaded, and logarithmic beyond.

    Args:
        found: claim -> `replications.Finding`.
    """
    _findings(found)
    metrics = list(dict.fromkeys(finding.claim.metric for finding in found.values()))
    panels = [{key: f for key, f in found.items() if f.claim.metric == metric} for metric in metrics]
    room = {key: max(len(wrap(words("verdict_table", l)[key], 44)) for l in LANGUAGES) for key in found}  # lines
    rows = [sum(room[key] + len(f.differences) for key, f in panel.items()) for panel in panels]

    def draw(fig, text):
        sentences, axes = [], fig.subplots(len(panels), height_ratios=rows, squeeze=False)[:, 0]
        for ax, panel, metric, height in zip(axes, panels, metrics, rows, strict=True):
            top, (margin, factor) = 0, next((f.margin, f.factor) for f in panel.values())
            ax.set_xscale("symlog", linthresh=factor * margin)
            ax.axvspan(-factor * margin, factor * margin, color="#e8e8e8", linewidth=0)
            ax.axvline(0, color="#333333", linewidth=1.2)
            for claim, finding in panel.items():
                ax.annotate(
                    "\n".join(wrap(text[claim], 44)), (0, top + room[claim] / 2), xycoords=("axes fraction", "data"),
                    va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                )  # fmt: skip
                top += room[claim]
                for optimizer, effect in finding.verdict.effects.items():
                    _seed_row(ax, top + 0.5, factor * finding.differences[optimizer], effect, factor)
                    ax.annotate(text[optimizer], (1.02, top + 0.5), xycoords=("axes fraction", "data"), va="center")
                    mean, low, high, _ = _estimate(effect, factor)
                    sentences.append(
                        text["points_alt"].format(
                            claim=text[claim], optimizer=text[optimizer], mean=mean, low=low, high=high,
                            unit=text[f"unit_{metric}"], above=effect.paired.wins, n=effect.paired.n,
                        )
                    )  # fmt: skip
                    top += 1
            ax.set_ylim(height, 0)
            ax.set_yticks([])
            powers = factor * margin * 10.0 ** np.arange(4)
            ends, ticks = ax.get_xlim(), np.concatenate([-powers[::-1], [0], powers])
            ax.set_xticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
            ax.set_xlim(ends)
            ax.minorticks_off()
            ax.set_xlabel("\n".join(wrap(text[f"metric_{metric}"], 40)))
        return sentences

    return Figure.plot("verdict_table", draw, (5.2, 0.32 * sum(rows) + 0.75 * len(rows)))


def _seed_row(ax, y: float, values, effect, factor: float) -> None:
    """One dot per seed, the mean in a ring where the comparison has no clear side, and the interval."""
    color = {"reproduced": COLORS[0], "reversed": COLORS[1]}.get(effect.key, "#555555")
    height = y + 0.18 * np.resize([-1, 0, 1], len(values))
    ax.plot(values, height, "o", color=color, markersize=4, alpha=0.45, markeredgewidth=0)
    mean, low, high = (factor * value for value in effect.paired[:3])
    ax.plot([low, high], [y, y], color=color, linewidth=2.4)
    ax.plot(mean, y, "D", color=color, markersize=8, markerfacecolor="white" if color == "#555555" else color)


def layer_panels(
    key: str, panels: dict, theory: dict | None = None, limits=None, start=1, faded=(), size=(6.6, 5.6), linear=()
) -> Figure:
    """Values per layer in a grid of panels whose rows share an axis, logarithmic if nothing else is said.

    Args:
        key: section of figures.toml; a word of each row names its vertical axis.
        panels: row (a word) -> column (a word) -> line (a word) -> values (layers,), ≥ 0 on a logarithmic axis.
        theory: the same, for some of the lines, dashed.
        limits: lowest and highest value of the vertical axes; a line that leaves them is cut, and one that lies wholly
            outside is named at that edge. None: each row has the range of its lines.
        start: number of the first layer; 0 stands for the input.
        faded: lines in grey behind the others, without a name.
        size: width and height in inches.
        linear: rows with a linear axis.
    """
    if not isinstance(panels, dict) or not panels or not all(isinstance(row, dict) and row for row in panels.values()):
        args.reject("panels", panels, "a non-empty dict of non-empty dicts, row -> column -> line -> values")
    columns = list(next(iter(panels.values())))
    panels = {row: {col: _arrays("panels", lines, 1) for col, lines in cols.items()} for row, cols in panels.items()}
    if any(list(cols) != columns for cols in panels.values()):
        args.reject("panels", [list(cols) for cols in panels.values()], f"rows with the columns {columns}")
    rows = [cols for row, cols in panels.items() if row not in linear]
    if any(values.min() < 0 for cols in rows for lines in cols.values() for values in lines.values()):
        args.reject("panels", panels, "values >= 0")
    if limits is not None:
        limits = args.floats("limits", limits, 1)
        if limits.shape != (2,) or not 0 < limits[0] < limits[1]:
            args.reject("limits", limits, "a positive number and a larger one")

    def draw(fig, text):
        axes = fig.subplots(len(panels), len(columns), sharex=True, sharey="row", squeeze=False)
        handles, sentences = {}, []
        for line, (row, cols) in zip(axes, panels.items(), strict=True):
            for ax, (col, lines) in zip(line, cols.items(), strict=True):
                ax.set_yscale("linear" if row in linear else "log")
                named = [name for name in lines if name not in faded]
                for name in sorted(lines, key=lambda name: name in named):
                    values = np.where((lines[name] > 0) | (row in linear), lines[name], np.nan)
                    layers = np.arange(start, start + len(values))
                    i = named.index(name) if name in named else None
                    color = "#bbbbbb" if i is None else COLORS[i]
                    (drawn,) = ax.plot(
                        layers, values, color=color, linewidth=1.2 if i is None else 2.2,
                        marker=None if i is None else MARKERS[i], markevery=-(-len(values) // 8),
                    )  # fmt: skip
                    handles.setdefault(text[name] if i is not None else text["faded"], drawn)
                    dashed = (theory or {}).get(row, {}).get(col, {}).get(name)
                    if dashed is not None and i is not None:
                        ax.plot(layers, dashed, color="#222222", linestyle="--", linewidth=1.2)
                    if i is not None:
                        outside = limits is not None and not ((values >= limits[0]) & (values <= limits[1])).any()
                        if outside:
                            high = np.nanmax(np.append(values, -np.inf)) > limits[1]
                            ax.text(
                                0.5, 0.95 if high else 0.05, text["outside"], color=color, ha="center",
                                va="top" if high else "bottom", transform=ax.transAxes,
                            )  # fmt: skip
                        sentences.append(
                            text["panel_alt"].format(
                                panel=f"{text[row]}, {text[col]}", name=text[name], x_first=start,
                                first=number(lines[name][0]), x_last=layers[-1], last=number(lines[name][-1]),
                            )
                        )  # fmt: skip
                if limits is not None:
                    ax.set_ylim(*limits)
                ticks = layer_ticks(layers[-1]) if start else layers
                ax.set_xticks(ticks if len(columns) < 3 or len(ticks) < 5 else [1, layers[-1] // 2, layers[-1]])
            for ax in line if row not in linear else ():  # now that the axis, which the row shares, spans all values
                decade_ticks(ax)
            line[0].set_ylabel(text[row])
        for ax, col in zip(axes[0], columns, strict=True):
            ax.set_title(text[col], fontsize=STYLE["font.size"], fontweight="bold")
        fig.supxlabel(text["layer"], fontsize=STYLE["font.size"])
        fig.legend(handles.values(), handles, loc="outside upper center", ncols=min(4, len(handles)))
        return sentences

    return Figure.plot(key, draw, size)


def function_family(z, values: dict, slopes: dict, bends: dict | None = None, key: str = "function_family") -> Figure:
    """Several functions above their derivatives, on one horizontal axis.

    Args:
        z: array (points,).
        values, slopes: function (a word) -> array (points,).
        bends: of the second derivative, a third panel, or None.
        key: section of figures.toml, with the words of ``function_family``.
    """
    z = args.floats("z", z, 1)
    values = _arrays("values", values, 1, None)
    rows = {"value": values, "slope": _arrays("slopes", slopes, 1, values)}
    if bends is not None:
        rows["bend"] = _arrays("bends", bends, 1, values)
    if any(curve.shape != z.shape for curve in values.values()):
        args.reject("values", {name: curve.shape for name, curve in values.items()}, f"arrays of shape {z.shape}")

    def draw(fig, text):
        for ax, (row, curves) in zip(fig.subplots(len(rows), sharex=True), rows.items(), strict=True):
            for i, curve in enumerate(curves.values()):
                ax.plot(z, curve, color=COLORS[i], linewidth=2.4 - 0.3 * i)
            ax.set_ylabel(text[row])
            ends = [(z[0], curve[0], text[name], COLORS[i]) for i, (name, curve) in enumerate(curves.items())]
            label_ends(ax, ends, "left")
        ax.set_xlabel(text["z"])
        return [
            text["end_alt"].format(name=text[name], z=number(-z[0]), slope=number(curve[0]).replace("-", "−"))
            for name, curve in rows["slope"].items()
        ]

    return Figure.plot(key, draw, (5.8, 2.7 * len(rows)))


def moment_field(key: str, starts, ends: dict, orbits: dict, size=(6.0, 4.6)) -> Figure:
    """Where a layer takes a mean and a variance: arrows, orbits of networks over them, a cross at mean 0, variance 1.

    Args:
        key: section of figures.toml with ``mean``, ``variance``, ``orbit_alt``, ``alt`` and the names of the panels.
        starts: means and variances > 0, array (points, 2); they span the axes.
        ends: panel (a word) -> those of the next layer, array (points, 2). Arrows longer than ½ are shortened.
        orbits: panel -> array (orbits, layers, 2), the input first; what leaves the axes is cut.
        size: width and height in inches.
    """
    starts, ends, orbits = args.floats("starts", starts, 2), _arrays("ends", ends, 2), _arrays("orbits", orbits, 3)
    if ends.keys() != orbits.keys() or any(array.shape != starts.shape for array in ends.values()):
        args.reject("ends", {name: array.shape for name, array in ends.items()}, f"arrays of shape {starts.shape}")
    if min(array[..., 1].min() for array in (starts, *ends.values(), *orbits.values())) <= 0:
        args.reject("starts, ends and orbits", starts, "arrays whose variances are > 0")

    def place(points):
        return np.stack([points[..., 0], np.log2(points[..., 1])], axis=-1)

    def draw(fig, text):
        sentences, axes = [], fig.subplots(1, len(ends), sharex=True, sharey=True, squeeze=False)[0]
        (left, low), (right, high) = place(starts).min(axis=0), place(starts).max(axis=0)
        for ax, (panel, reached) in zip(axes, ends.items(), strict=True):
            arrows = place(reached) - place(starts)
            arrows *= np.minimum(1, 0.5 / np.linalg.norm(arrows, axis=1, keepdims=True).clip(1e-12))
            ax.quiver(
                *place(starts).T, *arrows.T, angles="xy", scale_units="xy", scale=1.6, color="#9aa7b0",
                units="inches", width=0.02,
            )  # fmt: skip
            for i, orbit in enumerate(orbits[panel]):
                color = COLORS[i % len(COLORS)]
                ax.plot(*place(orbit).T, color=color, marker="o", markersize=3.5, linewidth=1.4)
                ax.plot(*place(orbit[0]), marker=MARKERS[i % len(MARKERS)], color=color, markersize=9)
                values = [number(value) for value in (*orbit[0], *orbit[-1])]
                sentences.append(
                    text["orbit_alt"].format(
                        panel=text[panel], mean=values[0], variance=values[1], last_mean=values[2],
                        last_variance=values[3], layers=len(orbit) - 1,
                    )
                )  # fmt: skip
            ax.plot(0, 0, marker="x", color="#111111", markersize=11, markeredgewidth=2.4, zorder=5)
            ax.set_xlim(left - 0.15, right + 0.15)
            ax.set_ylim(low - 0.4, high + 0.4)
            ticks = np.arange(np.ceil(low), high + 0.01)
            ax.set_yticks(ticks, [f"{2.0**tick:g}" if tick >= 0 else f"1/{2.0**-tick:g}" for tick in ticks])
            if len(ends) > 1:
                ax.set_title(text[panel], fontsize=STYLE["font.size"], fontweight="bold")
        axes[0].set_ylabel(text["variance"])
        fig.supxlabel(text["mean"], fontsize=STYLE["font.size"])
        return sentences

    return Figure.plot(key, draw, size)


def constant_plane(alphas, scales, mean, variance, points: dict) -> Figure:
    """Mean and variance of λ·ELU_α over the plane of both constants: the lines of mean 0 and of variance 1, and points.

    Args:
        alphas, scales: increasing, arrays (columns,) and (rows,).
        mean, variance: arrays (rows, columns) that reach 0 and 1.
        points: name (a word) -> (α, λ).
    """
    alphas, scales = args.floats("alphas", alphas, 1), args.floats("scales", scales, 1)
    grids = _arrays("mean and variance", {"mean": mean, "variance": variance}, 2)
    for (name, grid), level in zip(grids.items(), (0, 1), strict=True):
        if grid.shape != (len(scales), len(alphas)) or not grid.min() < level < grid.max():
            args.reject(name, grid, f"an array of shape {len(scales), len(alphas)} that reaches {level}")

    def draw(fig, text):
        ax, sentences = fig.subplots(), []
        for i, ((name, grid), level) in enumerate(zip(grids.items(), (0, 1), strict=True)):
            (line,) = ax.contour(alphas, scales, grid, [level], colors=COLORS[i], linewidths=2.2).allsegs
            at = line[0][len(line[0]) // 5]
            ax.annotate(text[name], at, (8, 4), textcoords="offset points", color=COLORS[i])
        for name, (alpha, scale) in points.items():
            ax.plot(alpha, scale, "o", color="#111111", markersize=8)
            ax.annotate(text[name], (alpha, scale), (9, 7), textcoords="offset points")
            sentences.append(text["point_alt"].format(name=text[name], alpha=f"{alpha:.4f}", scale=f"{scale:.4f}"))
        ax.set_xlabel(text["alpha"])
        ax.set_ylabel(text["scale"])
        return sentences

    return Figure.plot("constant_plane", draw, (5.8, 3.8))


def random_gates(z, means: dict, limit) -> Figure:
    """Means of random gates over z, one panel for each number of gates, around the curve that they tend to.

    Args:
        z: array (points,).
        means: gates in a mean (a number as text) -> means, array (points,).
        limit: the curve, array (points,).
    """
    means, (z, limit) = _arrays("means", means, 1), _curves(z=z, limit=limit)
    if any(values.shape != z.shape for values in means.values()):
        args.reject("means", means, f"arrays of shape {z.shape}")

    def draw(fig, text):
        sentences = []
        axes = fig.subplots(1, len(means), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (n, values) in zip(axes, means.items(), strict=True):
            ax.plot(z, limit, color=COLORS[1], linewidth=2.4)
            ax.plot(z, values, ".", color=COLORS[0], markersize=5)
            ax.set_title(text["panel"].format(n=n), fontsize=STYLE["font.size"])
            gap = np.sqrt(np.mean((values - limit) ** 2))
            sentences.append(text["panel_alt"].format(n=n, gap=number(gap)))
        axes[0].set_ylabel(text["value"])
        fig.supxlabel(text["z"], fontsize=STYLE["font.size"])
        return sentences

    return Figure.plot("random_gates", draw, (6.6, 3.2))


def error_lines(key: str, counts, errors: dict, theory: dict) -> Figure:
    """Errors against the number of draws, both axes logarithmic, theory dashed; each line is named at its end.

    Args:
        key: section of figures.toml with ``count``, ``value``, ``alt`` and the words of `layer_lines`.
        counts: array (points,), increasing, > 0.
        errors, theory: line (a word) -> errors > 0, array (points,).
    """
    counts, errors = args.floats("counts", counts, 1), _arrays("errors", errors, 1)
    theory = _arrays("theory", theory, 1, errors)
    if counts.min() <= 0 or any(v.shape != counts.shape or v.min() <= 0 for v in (*errors.values(), *theory.values())):
        args.reject("errors", errors, f"positive arrays of shape {counts.shape}, for counts > 0")

    def draw(fig, text):
        ax, ends, sentences = fig.subplots(), [], []
        ax.set_xscale("log")
        ax.set_yscale("log")
        for i, (name, values) in enumerate(errors.items()):
            ax.plot(counts, values, MARKERS[i], color=COLORS[i])
            ax.plot(counts, theory[name], color=COLORS[i], linestyle="--", linewidth=1.2)
            ends.append((counts[-1], values[-1], text[name], COLORS[i]))
            sentences.append(
                text["line_alt"].format(
                    name=text[name], first=number(values[0]), n_first=f"{counts[0]:g}",
                    last=number(values[-1]), n_last=f"{counts[-1]:g}",
                )
            )  # fmt: skip
        decade_ticks(ax)
        ax.set_xlabel(text["count"])
        ax.set_ylabel(text["value"])
        label_ends(ax, ends)
        return [*sentences, text["theory_alt"]]

    return Figure.plot(key, draw, (5.8, 3.6))


def unit_raster(epochs, silent: dict) -> Figure:
    """Units × epochs: which ones are silent, and which have come back; one panel per layer.

    Args:
        epochs: of the records, increasing, array (records,).
        silent: layer (a number as text) -> bool array (records, units).
    """
    epochs = args.floats("epochs", epochs, 1)
    silent = {layer: states > 0 for layer, states in _arrays("silent", silent, 2).items()}
    if any(len(states) != len(epochs) for states in silent.values()):
        args.reject(
            "silent", {layer: s.shape for layer, s in silent.items()}, f"arrays of shape ({len(epochs)}, units)"
        )
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colors, names = ("#dce9f2", "#26262b", COLORS[1]), ("awake", "silent", "back")

    def draw(fig, text):
        sentences, axes = [], fig.subplots(len(silent), sharex=True, squeeze=False)[:, 0]
        for ax, (layer, states) in zip(axes, silent.items(), strict=True):
            before = np.logical_or.accumulate(states, axis=0)
            kind = np.where(states, 1, np.where(before, 2, 0))
            order = np.lexsort((states.argmax(axis=0), -states.sum(axis=0)))
            ax.imshow(
                kind[:, order].T, aspect="auto", interpolation="nearest", cmap=ListedColormap(colors), vmin=0, vmax=2,
                extent=(-0.5, len(epochs) - 0.5, states.shape[1] + 0.5, 0.5),
            )  # fmt: skip
            ax.grid(False)
            ax.set_yticks([1, states.shape[1]])
            ax.set_ylabel(text["unit"].format(layer=layer))
            counts = states.any(axis=0).sum(), states[-1].sum(), (before[-1] & ~states[-1]).sum()
            sentences.append(text["layer_alt"].format(layer=layer, ever=counts[0], end=counts[1], back=counts[2]))
        shown = np.arange(0, len(epochs), max(1, len(epochs) // 5))
        ax.set_xticks(shown, [f"{epochs[i]:g}" for i in shown])
        ax.set_xlabel(text["epoch"])
        fig.legend(
            [Patch(facecolor=c, edgecolor="#888888") for c in colors], [text[name] for name in names],
            loc="outside upper center", ncols=3,
        )  # fmt: skip
        return sentences

    return Figure.plot("unit_raster", draw, (6.2, 1.9 * len(silent) + 0.8))


def silent_shares(epochs, panels: dict) -> Figure:
    """Share of silent units over training: a grid of panels on the same axes, one line per layer.

    Args:
        epochs: of the records, increasing, array (records,).
        panels: row (a word) -> column (a text) -> layer (a number as text) -> shares from 0 to 1, array (records,).
    """
    epochs = args.floats("epochs", epochs, 1)
    if not isinstance(panels, dict) or not panels or not all(isinstance(row, dict) and row for row in panels.values()):
        args.reject("panels", panels, "a non-empty dict of non-empty dicts, row -> column -> layer -> shares")
    panels = {row: {col: _arrays("panels", lines, 1) for col, lines in cols.items()} for row, cols in panels.items()}
    every = [values for cols in panels.values() for lines in cols.values() for values in lines.values()]
    if any(values.shape != epochs.shape or values.min() < 0 or values.max() > 1 for values in every):
        args.reject("panels", panels, f"shares from 0 to 1 of shape {epochs.shape}")
    wide = max(map(len, panels.values()))

    def draw(fig, text):
        sentences, axes = [], fig.subplots(len(panels), wide, sharex=True, sharey=True, squeeze=False)
        for line, (row, cols) in zip(axes, panels.items(), strict=True):
            for ax, (col, lines) in zip(line, cols.items(), strict=False):
                for i, (layer, values) in enumerate(lines.items()):
                    ax.plot(
                        epochs, 100 * values, color=COLORS[i], marker=MARKERS[i], markevery=5,
                        label=text["layer_name"].format(layer=layer),
                    )  # fmt: skip
                ax.set_title(text["panel"].format(row=text[row], col=col), fontsize=STYLE["font.size"])
                last = ", ".join(f"{100 * values[-1]:.0f}" for values in lines.values())
                sentences.append(text["panel_alt"].format(row=text[row], col=col, values=last))
            line[0].set_ylabel(text["value"])
        for ax in axes[-1]:
            ax.set_xlabel(text["epoch"])
        fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=len(lines))
        return sentences

    return Figure.plot("silent_shares", draw, (6.6, 2.4 * len(panels) + 0.8))


def kill_step(rates, highest: dict, intervals: dict) -> Figure:
    """Highest pre-activation of a unit after one step, against the learning rate; below 0 the unit is dead.

    Args:
        rates: array (points,).
        highest: unit (a word) -> highest z over the examples, array (points,).
        intervals: unit -> lowest and highest rate that kill it; (inf, inf) if none does.
    """
    rates, highest = args.floats("rates", rates, 1), _arrays("highest", highest, 1)
    if any(values.shape != rates.shape for values in highest.values()) or intervals.keys() != highest.keys():
        args.reject("highest", highest, f"arrays of shape {rates.shape}, with an interval for each of them")

    def draw(fig, text):
        ax, sentences, ends = fig.subplots(), [], []
        ax.axhspan(min(values.min() for values in highest.values()) - 0.3, 0, color="#e8dcd2")
        ax.axhline(0, color="#555555", linewidth=1.2)
        for i, (name, values) in enumerate(highest.items()):
            ax.plot(rates, values, color=COLORS[i])
            low, high = intervals[name]
            ends.append((rates[-1], values[-1], text[name], COLORS[i]))
            if np.isfinite(low):
                reach = min(high, rates[-1])
                ax.plot([low, reach], [0, 0], color=COLORS[i], linewidth=6, solid_capstyle="butt")
                ax.annotate(text["dies"], (low, 0), (-4, -16), textcoords="offset points", color=COLORS[i], ha="right")
            limits = [f"{rate:.2g}" if np.isfinite(rate) else "∞" for rate in (low, high)]
            sentences.append(text["dies_alt" if np.isfinite(low) else "lives_alt"].format(
                name=text[name], low=limits[0], high=limits[1]))  # fmt: skip
        ax.set_xlabel(text["rate"])
        ax.set_ylabel(text["value"])
        label_ends(ax, ends)
        return sentences

    return Figure.plot("kill_step", draw)


def random_slopes(samples: dict, marks: dict, bins) -> Figure:
    """Histograms of random slopes, one panel each, with named vertical lines.

    Args:
        samples: panel (a word) -> slopes drawn in training, array (draws,).
        marks: panel -> line (a word) -> slope.
        bins: edges, increasing, array.
    """
    samples, bins = _arrays("samples", samples, 1), args.floats("bins", bins, 1)
    if not isinstance(marks, dict) or marks.keys() != samples.keys():
        args.reject("marks", marks, f"a dict with the keys {list(samples)}")

    def draw(fig, text):
        sentences, axes = [], fig.subplots(len(samples), sharex=True, squeeze=False)[:, 0]
        for ax, (panel, slopes) in zip(axes, samples.items(), strict=True):
            ax.hist(slopes, bins, density=True, color="#a9c6dd")
            top = ax.get_ylim()[1]
            ax.set_ylim(0, 1.45 * top)
            middle = np.mean(list(marks[panel].values()))
            for i, (name, slope) in enumerate(marks[panel].items()):
                ax.plot([slope, slope], [0, top], color=COLORS[1 + i], linestyle=("-", "--")[i], linewidth=2.4)
                side = "left" if slope > middle or (slope == middle and i) else "right"
                ax.text(slope, 1.08 * top, f" {text[name]} ", color=COLORS[1 + i], ha=side)
                sentences.append(text["mark_alt"].format(panel=text[panel], name=text[name], value=f"{slope:.3f}"))
            ax.set_title(text[panel], loc="left", fontsize=STYLE["font.size"], fontweight="bold")
            ax.set_ylabel(text["density"])
        ax.set_xlabel(text["slope"])
        return sentences

    return Figure.plot("random_slopes", draw, (5.8, 4.8))


def learned_slopes(slopes, start: float, key: str = "learned_slopes") -> Figure:
    """What each layer's slope has become: a thin line per network, their mean thick, the start dotted.

    Args:
        slopes: array (networks, layers), layer 1 first.
        start: value before training.
        key: section of figures.toml, with the words of ``learned_slopes``.
    """
    slopes, start = args.floats("slopes", slopes, 2), args.finite("start", start)
    layers, mean = np.arange(1, slopes.shape[1] + 1), slopes.mean(axis=0)

    def draw(fig, text):
        ax = fig.subplots()
        ax.plot(layers, slopes.T, color=COLORS[0], linewidth=0.8, alpha=0.5)
        ax.plot(layers, mean, color=COLORS[1], marker="o", linewidth=2.6)
        ax.axhline(start, color="#555555", linestyle=":", linewidth=1.4)
        ax.set_ylim(min(0, slopes.min()) - 0.01, 1.2 * max(start, slopes.max()))
        ax.set_xticks(layers)
        ax.set_xlabel(text["layer"])
        ax.set_ylabel(text["value"])
        ends = [(layers[-1], mean[-1], text["mean"], COLORS[1]), (layers[-1], start, text["start"], "#555555")]
        label_ends(ax, ends)

    values = ", ".join(f"{value:.2f}" for value in mean)
    return Figure.plot(key, draw, (5.8, 3.6), values=values, start=f"{start:g}")


def paired_differences(tests: dict) -> Figure:
    """Mean differences with their 95 % intervals, one row each; 0 is the vertical line.

    Args:
        tests: pair (a word) -> `evidence.Paired` in percentage points.
    """
    if not isinstance(tests, dict) or not tests or not all(isinstance(t, evidence.Paired) for t in tests.values()):
        args.reject("tests", tests, "a non-empty dict, pair -> evidence.Paired")

    def draw(fig, text):
        ax, rows, sentences = fig.subplots(), np.arange(len(tests))[::-1], []
        for row, (pair, test) in zip(rows, tests.items(), strict=True):
            clear = test.low > 0 or test.high < 0
            color = COLORS[0] if clear else "#666666"
            ax.plot([test.low, test.high], [row, row], color=color, linewidth=2.4)
            ax.plot(test.difference, row, MARKERS[0], color=color, markersize=9, fillstyle="full" if clear else "none")
            mean, low, high = (f"{value:z.1f}".replace("-", "−") for value in test[:3])
            sentences.append(text["row_alt"].format(pair=text[pair], mean=mean, low=low, high=high))
        ax.axvline(0, color="#333333", linewidth=1.2)
        ax.set_yticks(rows, [text[pair] for pair in tests])
        ax.set_ylim(-0.6, len(tests) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(text["value"])
        return sentences

    return Figure.plot("paired_differences", draw, (6.4, 0.55 * len(tests) + 1.0))
