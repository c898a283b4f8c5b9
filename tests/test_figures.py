"""Figures and tables: words in both languages, alternative texts, labels that do not touch, stable bytes."""

import base64
import re
from itertools import pairwise

import numpy as np
import pytest

from utils import evidence, figures

SERIES = {"standard_normal": np.array([1e-3, 1e-2, 0.1]), "glorot_uniform": np.array([0.0, 1e-6, 0.1])}


def test_words_exist_in_every_language():
    for section, entries in figures._table().items():
        for name, text in entries.items():
            assert set(text) == set(figures.LANGUAGES), f"{section}.{name}"
            assert all(text.values()), f"{section}.{name}"
            places = [set(re.findall(r"\{(\w*)", words)) for words in text.values()]
            assert places[0] == places[1], f"{section}.{name}: placeholders differ"


@pytest.mark.parametrize("section", [key for key in figures._table() if "alt" in figures._table()[key]])
def test_alternative_texts_are_sentences(section):
    for text in figures._table()[section]["alt"].values():
        assert text[0].isupper() or text[0] in "¿{"
        assert text.endswith(".") and len(text.split()) >= 6


def test_alternative_text_states_the_data():
    figure = figures.layer_lines("gradient_by_layer", SERIES, levels={"float32_floor": 1e-38})
    for language in figures.LANGUAGES:
        alt = figure.languages[language]["alt"]
        assert " 0.001 " in alt and " 0 " in alt and " 1.0 · 10⁻³⁸." in alt
        assert "{" not in alt


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1"), (0.3249, "0.32"), (0.0996, "0.1"), (351.0, "350"), (999.9, "1.0 · 10³"),
     (4e-4, "4.0 · 10⁻⁴"), (1.18e-38, "1.2 · 10⁻³⁸"), (2.35e21, "2.4 · 10²¹")],
)  # fmt: skip
def test_numbers_of_alternative_texts_are_not_computer_notation(value, text):
    assert figures.number(value) == text


def test_picture_has_the_same_bytes_every_time_and_differs_by_language():
    first, second = (figures.layer_lines("gradient_by_layer", SERIES) for _ in range(2))
    assert first == second
    assert first.languages["es"]["png"] != first.languages["en"]["png"]
    assert base64.b64decode(first.languages["es"]["png"]).startswith(b"\x89PNG")


def test_notebook_shows_the_language_of_the_environment(monkeypatch):
    figure = figures.layer_lines("gradient_by_layer", SERIES)
    for language in figures.LANGUAGES:
        monkeypatch.setenv("COURSE_LANG", language)
        bundle = figure._repr_mimebundle_()
        assert bundle["image/png"] == figure.languages[language]["png"]
        assert bundle[figures.MIME] == figure.languages
    monkeypatch.setenv("COURSE_LANG", "xx")
    with pytest.raises(ValueError, match=r"COURSE_LANG.*'xx'"):
        figure._repr_mimebundle_()


@pytest.mark.parametrize("heights", [[1e-2] * 5, [1e-2, 1.1e-2, 1e-9, 1.05e-9], [0.1, 0.1, 1e-12]])
def test_end_labels_do_not_overlap(heights):
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    fig = Figure(figsize=(6.4, 3.8), layout="constrained")
    ax = fig.subplots()
    ax.set_yscale("log")
    for height in heights:
        ax.plot([1, 2], [1e-6, height])
    figures.label_ends(ax, [(2, height, f"name {i}", "black") for i, height in enumerate(heights)])
    fig.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)  # without leader lines
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_table_translates_words_and_keeps_numbers():
    table = figures.Table.of("gradient_by_layer", ["layer", "value"], [["1", "glorot_uniform"]])
    assert table.languages["es"]["rows"] == [["1", "Glorot uniforme"]]
    assert table.languages["en"]["rows"] == [["1", "Glorot uniform"]]
    assert "<td>Glorot uniforme</td>" in table._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.words("nothing", "es"), "key must be.*'nothing'"),
        (lambda: figures.words("gradient_by_layer", "fr"), "language must be.*'fr'"),
        (lambda: figures.Table.of("gradient_by_layer", ["layer"], [["1", "2"]]), "rows must have 1 cells"),
        (lambda: figures.layer_lines("gradient_by_layer", {"tanh": [-1.0]}), r"series\['tanh'\]"),
        (lambda: figures.layer_lines("gradient_by_layer", {"tanh": [np.nan]}), r"series\['tanh'\]"),
        (lambda: figures.layer_lines("gradient_by_layer", {"tanh": [[1.0]]}), r"series\['tanh'\]"),
        (lambda: figures.layer_lines("gradient_by_layer", SERIES, theory={"tanh": [1.0]}), "theory must name.*tanh"),
        (lambda: figures.layer_lines("gradient_by_layer", {"nobody": [1.0]}), "name must be a word.*'nobody'"),
        (lambda: figures.gradient_bars([1.0, 2.0]), "norms must be.*2 dimension"),
        (lambda: figures.gradient_bars([[1.0, 0.0]]), "norms must be positive"),
        (lambda: figures.jacobian_products({}, {}), "log_norms must be a non-empty dict"),
        (lambda: figures.jacobian_products({"keep": [[1.0]]}, {}), r"theory must be a dict with the keys \['keep'\]"),
        (lambda: figures.jacobian_products({"keep": [[1.0]]}, {"keep": [1.0, 2.0]}), r"theory\['keep'\] must be"),
        (lambda: figures.curve_and_slope([0.0, 1.0], [0.0], [0.0, 1.0], 1.0), "one length"),
        (lambda: figures.curve_and_slope([0.0], [0.0], [0.0], "x"), "highest must be"),
        (lambda: figures.saturation([0.0], [0.0], [0.0], [(0.0, 1.0)], 1.0), "tangents must be rows"),
        (lambda: figures.saturation([0.0], [0.0], [0.0], [(0.0, 1.0, 1.0)], -1.0), "edge must be"),
        (lambda: figures.unit_ranges({"tanh": [[1.0]]}, {"relu": 1.0}), r"edges must be a dict with the keys"),
        (lambda: figures.unit_ranges({"tanh": [1.0]}, {"tanh": 1.0}), r"z\['tanh'\] must be"),
        (lambda: figures.error_and_weight_gradients({"tanh": [1.0]}, {"tanh": [np.nan]}, {}), r"weights\['tanh'\]"),
        (lambda: figures.layer_histograms("output_histograms", {}, {"tanh": [0.0, 1.0]}), "values must be"),
        (lambda: figures.layer_histograms("output_histograms", {}, {"tanh": [1.0, 0.0]}), r"bins\['tanh'\]"),
        (lambda: figures.underflow({"numpy": [0.0]}, {}), r"sizes\['numpy'\] must be at least 0"),
        (lambda: figures.underflow({"numpy": [1.0]}, {"normal": 0.0}), r"floors\['normal'\] must be"),
        (
            lambda: figures.change_per_layer("correlation_maps", [0.0, 1.0], {"edge": [1.0]}, {}),
            r"changes must be arrays of shape \(2,\)",
        ),
        (
            lambda: figures.change_per_layer("correlation_maps", [0.0], {"edge": [1.0]}, {"chaotic": [1.0]}),
            r"fixed must be a dict with keys among \['edge'\]",
        ),
        (lambda: figures.edge_of_chaos("chaos_plane", {"edge": [0.0, 1.0]}, {}, (0, 1, 1)), r"lines\['edge'\] must be"),
        (
            lambda: figures.edge_of_chaos("chaos_plane", {"50": np.array([[2.0, 0.5]])}, {}, (0, 1, 1)),
            "limits must be.*line '50'",
        ),
        (lambda: figures.step_lines("clipping", [0.0, 1.0], {}), "panels must be a non-empty dict"),
        (
            lambda: figures.step_lines("clipping", [0.0, 1.0], {"runs": {"free": [1.0]}}),
            r"panels must be values of shape",
        ),
        (lambda: figures.step_lines("clipping", [0.0], {"runs": {"free": [-1.0]}}), "panels must be.*logarithmic axis"),
        (lambda: figures.step_lines("clipping", [0.0], {"runs": {"free": [np.nan]}}), "panels must be.*not all nan"),
        (lambda: figures.step_lines("clipping", [0.0], {"runs": {"free": [1.0]}}, "cubic"), "scale must be one of"),
        (lambda: figures.accuracy_by_depth([1.0], {}, 0.1), "panels must be a non-empty dict"),
        (lambda: figures.layer_panels("story", {}), "panels must be a non-empty dict"),
        (
            lambda: figures.layer_panels("story", {"forward": {"tanh": {}}}),
            "panels must be a non-empty dict",
        ),
        (
            lambda: figures.layer_panels(
                "story", {"forward": {"tanh": {"constant": [1.0]}}, "backward": {"relu": {"constant": [1.0]}}}
            ),
            r"panels must be rows with the columns \['tanh'\]",
        ),
        (
            lambda: figures.layer_panels("story", {"forward": {"tanh": {"constant": [-1.0]}}}),
            "panels must be values >= 0",
        ),
        (
            lambda: figures.layer_panels("story", {"forward": {"tanh": {"constant": [1.0]}}}, limits=(1.0, 0.1)),
            "limits must be a positive number and a larger one",
        ),
        (
            lambda: figures.function_family([0.0], {"relu": [1.0]}, {"tanh": [1.0]}),
            "slopes must be a dict with the key",
        ),
        (
            lambda: figures.function_family([0.0, 1.0], {"relu": [1.0]}, {"relu": [1.0]}),
            "values must be arrays of shape",
        ),
        (lambda: figures.unit_raster([0.0, 1.0], {"1": [[True]]}), r"silent must be arrays of shape \(2, units\)"),
        (lambda: figures.silent_shares([0.0], {}), "panels must be a non-empty dict"),
        (lambda: figures.silent_shares([0.0], {"sgd": {"1": {"1": [1.5]}}}), "panels must be shares from 0 to 1"),
        (lambda: figures.kill_step([0.0], {"killed": [1.0]}, {}), "highest must be arrays of shape"),
        (lambda: figures.random_slopes({"rrelu_slope": [0.2]}, {}, [0.0, 1.0]), "marks must be a dict with the keys"),
        (lambda: figures.learned_slopes([0.1], 0.25), "slopes must be.*2 dimension"),
        (lambda: figures.paired_differences({"small_relu": 1.0}), "tests must be a non-empty dict"),
        (lambda: figures.accuracy_by_depth([1.0], {"sgd": {"critical": [[0.5]]}}, 0.1), "panels must be accuracies"),
        (lambda: figures.accuracy_by_depth([1.0], {"sgd": {"critical": [[0.5, 0.6]]}}, -1), "chance must be"),
    ],
)
def test_bad_input_names_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_axis_that_panels_share_spans_the_values_of_all(monkeypatch):
    limits = []
    monkeypatch.setattr(figures, "label_ends", lambda ax, ends: limits.append(ax.get_ylim()))
    figures.step_lines("kink", [0, 1], {"small": {"relu": [3.0, 2.0]}, "slow": {"relu": [3.0, 0.02]}})
    assert limits and all(low <= 0.02 and high >= 3 for low, high in limits)


def test_the_axis_that_a_row_of_panels_shares_spans_the_values_of_all(monkeypatch):
    limits, ticks = [], figures.decade_ticks
    monkeypatch.setattr(figures, "decade_ticks", lambda ax: (ticks(ax), limits.append(ax.get_ylim())))
    row = {"tanh": {"he_normal": [3.0, 2.0]}, "relu": {"he_normal": [3.0, 0.02]}}
    figures.layer_panels("story", {"forward": row})
    assert limits and all(low <= 0.02 and high >= 3 for low, high in limits)


def test_a_line_that_breaks_off_says_where():
    lines = {"free": [60.0, 1e5, np.nan, np.nan], "clipped": [60.0, 50.0, 40.0, 0.5]}
    alt = figures.step_lines("clipping", [0, 1, 2, 100], {"runs": lines}).languages["es"]["alt"]
    assert "«sin recorte»: 60 al principio y 1.0 · 10⁵ en el paso 1." in alt
    assert "«con recorte»: 60 al principio y 0.5 en el paso 100." in alt


def test_accuracies_are_means_in_percent():
    panels = {"sgd": {"critical": [[0.9, 1.0], [0.4, 0.6]]}, "adam": {"critical": [[0.8, 0.8], [0.1, 0.1]]}}
    alt = figures.accuracy_by_depth([1, 5], panels, 0.1).languages["es"]["alt"]
    assert "con 1, 5 capas" in alt and "SGD, 16/fan_in: 95, 50 %." in alt and "Adam, 16/fan_in: 80, 10 %." in alt


def test_verdict_table_shows_each_optimizer_and_the_verdict_once():
    seeds = np.arange(10) / 1000
    found = evidence.verdicts(
        {"c": {"sgd": (0.5 + seeds, 0.4 + seeds[::-1]), "adam": (0.3 + seeds, 0.7 + seeds[::-1])}}
    )
    table = figures.verdict_table({"R2-he-5": (found["c"], 100)}).languages["es"]["rows"]
    assert [row[1:3] for row in table] == [["depende del optimizador", "SGD"], ["", "Adam"]]
    assert (
        table[0][3].startswith("+10.0 [+9.")
        and table[1][3].startswith("−40.0 [−40.")
        and table[0][0]
        and not table[1][0]
    )
    with pytest.raises(ValueError, match="judged must be a non-empty dict"):
        figures.verdict_table({})


def test_panels_name_lines_with_both_ends_and_leave_faded_ones_unnamed():
    lines = {"constant": [0.0, 0.0], "he_normal": [2.0, 0.5]}
    panels = {"forward": {"relu": lines}, "backward": {"relu": lines}}
    alt = figures.layer_panels("story", panels, limits=(1e-3, 1e3), faded=["constant"]).languages["es"]["alt"]
    assert "media de z², ReLU, «He»: 2 en la capa 1 y 0.5 en la capa 2." in alt and "constantes" not in alt
    alt = figures.layer_panels("story", panels, limits=(1e-3, 1e3), start=0).languages["en"]["alt"]
    assert "mean of z², ReLU, “constant”: 0 at layer 0 and 0 at layer 1." in alt


def test_a_line_outside_the_frame_is_named_at_its_edge(monkeypatch):
    from matplotlib.axes import Axes

    written = []
    monkeypatch.setattr(Axes, "text", lambda ax, x, y, text, **rest: written.append((y, text)))
    for values in ([0.0, 1e-9], [1e9, 1e8], [1.0, 1e9]):
        figures.layer_panels("story", {"forward": {"relu": {"he_normal": values}}}, limits=(1e-3, 1e3))
    assert [y for y, text in written if text == "outside the frame"] == [0.05, 0.95]


def test_a_raster_counts_who_died_who_stayed_dead_and_who_came_back():
    states = np.array([[0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 0, 1]], bool)
    alt = figures.unit_raster([0, 1, 2], {"2": states}).languages["en"]["alt"]
    assert "Layer 2: 3 units die at some time, 2 end dead and 1 end alive after having been dead." in alt


def test_differences_that_exclude_zero_and_those_that_do_not_are_stated():
    tests = {
        "small_relu": evidence.paired([1.0, 2.0, 3.0], [2.0, 1.0, 3.0]),
        "large_relu": evidence.paired([5.0, 6.1, 7.0], [1.0, 2.0, 3.0]),
    }
    alt = figures.paired_differences(tests).languages["es"]["alt"]
    assert (
        "fugas 0.01 − ReLU: 0.0 puntos, de −2.5 a 2.5." in alt and "fugas 2/11 − ReLU: 4.0 puntos, de 3.9 a 4.2." in alt
    )


def test_a_unit_that_no_rate_kills_is_named_so():
    highest = {"killed": [1.0, -1.0], "spared": [1.0, 2.0]}
    intervals = {"killed": (0.5, np.inf), "spared": (np.inf, np.inf)}
    alt = figures.kill_step([0.0, 1.0], highest, intervals).languages["en"]["alt"]
    assert "“layer 2: dies”: dies at rates from 0.5 to ∞." in alt and "“layer 2: survives”: no rate kills it." in alt


def test_the_plane_names_its_lines_and_numbers_its_contours():
    piece = np.array([[1.0, 0.0], [1.5, 0.1], [2.0, 0.2], [3.0, 0.9]])
    lines = {"edge": piece, "50": [piece + np.array([0.2, 0]), piece + np.array([0.4, 0])]}
    figure = figures.edge_of_chaos("chaos_plane", lines, {"ordered": np.array([[1.2, 0.05]])}, (0.5, 3, 0.3))
    for language, name in (("es", "línea crítica"), ("en", "critical line")):
        alt = figure.languages[language]["alt"]
        assert f"{name}" in alt and "(1, 0)" in alt and "(2, 0.2)" in alt, "the end that is seen, not the one outside"
        assert alt.count("50") == 2 and "(1.2, 0.05)" in alt


def test_fixed_points_are_told():
    changes = {"ordered": np.array([0.2, 0.0]), "chaotic": np.array([0.1, 0.0])}
    figure = figures.change_per_layer("correlation_maps", [0.0, 1.0], changes, {"chaotic": [0.45, 1.0]})
    alt = figure.languages["en"]["alt"]
    assert "“chaos”: fixed points marked, 0.45, 1." in alt and "“order”" not in alt
