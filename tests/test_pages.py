"""What every chapter keeps: numbers come from a run, parts stand in their order, the words are the agreed ones."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "book").glob("*.md"))}
CHAPTERS = [name for name in TEXTS if name[0].isdigit()]
EXECUTED = [name for name in TEXTS if "```{code-cell}" in TEXTS[name]]  # chapters, and appendices with cells

# Decimals, percentages and powers of ten that are exact, so that no run has to give them.
EXACT = {
    # The logistic's mean; where this book draws saturation; a learning rate; a level of confidence; an exercise.
    "01-vanishing-gradients": {"0.5", "0.02", "0.98", "0.1", "95 %", "1.4"},
    # A share of examples to reach; a level of confidence; an exercise.
    "02-glorot-he-initialization": {"80 %", "95 %", "2.6"},
    # Learning rates; leaks; a slope above 1; a unit's input; levels; what a paper claims; a version; an exercise.
    "03-relu-family": {
        "0.03",
        "0.001",
        "0.6",
        "0.1",
        "0.3",
        "0.01",
        "0.003",
        "0.05",
        "0.2",
        "1.5",
        "0.5",
        "0.9",
        "95 %",
        "90 %",
        "3.15",
        "3.4",
    },
    # Inputs of the question; rates, a leak, shares of dropout; a max-norm; a loss to reach; the theorems' domains;
    # what a paper claims; levels; versions; an exercise.
    "04-elu-selu": {
        "0.8",
        "0.03",
        "0.01",
        "0.1",
        "0.5",
        "1.5",
        "0.95",
        "1.1",
        "0.02",
        "0.16",
        "1.25",
        "0.05",
        "10 %",
        "95 %",
        "3.15",
        "4.6",
    },
    # The constant of an approximation; what papers print (a minimum, β, a gap); dropout; levels; an exercise.
    "05-gelu-swish-mish": {"1.702", "1.1924", "0.30884", "1.5", "0.1", "0.5", "95 %", "0.05", "5.6"},
    # Levels of intervals and tests; what papers report.
    "claims-on-trial": {
        "95 %",
        "0.05",
        "59.47",
        "50.47",
        "24.02",
        "22.97",
        "6.51",
        "6.28",
        "12.57",
        "12.67",
        "12.91",
        "29.3",
        "29.5",
        "29.6",
        "7.89",
        "8.16",
        "8.41",
        "20.74",
        "21.77",
        "22.98",
        "0.9",
        "0.6",
        "1.5",
    },
    # A rate of dropout.
    "keras-notes": {"0.1"},
    # The variances of the three networks, and one of biases; a share of a fixed point.
    "signal-propagation": {"0.05", "1.3", "2.5", "0.1", "30 %"},
}
PARTS = (
    r"^:::\{admonition\} Objetivos$", r"^## La pregunta", r"^:::\{admonition\} Predice$", r"^```\{code-cell\}",
    r"^:::\{dropdown\} Comprueba tu predicción$", r"^\(f\d\)=$", r"^:{3,}\{admonition\} .*evidencia",
    r"^## Resumen$", r"^## Ejercicios$", r"^\| Ejercicio \| Objetivo \| Minutos \| Puntos \|$", r"`exercises/[\w-]+/`",
    r"^## Referencias$",
)  # fmt: skip
WRONG_TERMS = (
    r"repropaga|propagación posterior|gradientes? de desaparici|sobrea(?:prob|par)|fugas de ReLU|ReLUs? moribundos"
    r"|deserción|\blazo\b|norma por lotes|norma máxima|ELU a escala"
    r"|variación de (?:las?|los) (?:salida|entrada|activaci|gradiente|peso)|\bun (?:ANN|DNN)\b"
)
TERM = r"\{term\}`([^`<]*?)(?: <([^`>]*)>)?`"
OPTIONAL = r":::\{admonition\} Para profundizar.*?^:::$|^#+ Para profundizar.*?(?=^#+ |\Z)"
PLOTS_BY_LAYER = {"layer_lines", "layer_panels", "gradient_bars", "error_and_weight_gradients", "underflow"}
SCOPE = r"al inicializar|sin entrenar|\bSGD\b|\bAdam\b|pasos|épocas", r"capas|anchura|profundidad|unidades|\d ?× ?\d"


def block(page, anchor):
    """The text under an anchor, down to the next anchor or heading; None where there is no such anchor."""
    _, found, rest = page.partition(f"\n({anchor})=\n")
    return re.split(r"\n\([a-z0-9-]+\)=\n|\n#+ ", rest)[0] if found else None


def prose(text):
    """A page without code, glued numbers, formulas, links and tables of fixed numbers."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"```\{(?:code-cell|source|math|table|bibliography)\}.*?\n```", "", text, flags=re.DOTALL)
    text = re.sub(r"```\{glue:figure\}.*\n(?::.*\n)*|^```.*$|^:::.*$|^:\w+:.*$", "", text, flags=re.MULTILINE)
    text = re.sub(TERM, r"\1", text)
    return re.sub(r"\{[\w:]+\}`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|`[^`\n]*`|\]\([^)]*\)", " ", text, flags=re.DOTALL)


def cells(page):
    return re.findall(r"```\{code-cell\} ipython3\n(?::[^\n]*\n)*(.*?)\n```", page, flags=re.DOTALL)


def nodes(page):
    return [node for cell in cells(page) for node in ast.walk(ast.parse(cell))]


def glued(page):
    """(pattern of the key, value) of what cells glue: `glue(key, …)`, `note(key=…)` and `note(**{f"…{name}": …})`."""
    pairs = []
    for call in nodes(page):
        name = getattr(getattr(call, "func", None), "id", "")
        if name == "glue":
            pairs.append(call.args[:2])
        for keyword in call.keywords if name == "note" else ():
            value = keyword.value
            if keyword.arg:
                pairs.append((ast.Constant(keyword.arg), value))
            elif isinstance(value, ast.Dict):
                pairs += zip(value.keys, value.values, strict=True)
            else:
                pairs.append((value.key, value.value))  # of a comprehension
    for key, value in pairs:
        parts = getattr(key, "values", [key])  # of an f-string, or the string itself
        pattern = "".join(part.value if isinstance(part, ast.Constant) else r"\w+" for part in parts)
        if pattern != r"\w+":  # the body of `note`
            yield pattern, value


def pasted(text):
    """(page, key) of every number that a page pastes."""
    roles = re.findall(r"\{glue:text\}`([^`]+)`", text)
    assert all(re.fullmatch(r"[\w-]+\.md::\w+(?::[^:`]+)?", role) for role in roles)
    return {tuple(re.split(r"\.md::|:", role)[:2]) for role in roles}


def figures(text):
    """(key, name, caption) of every figure and table that a page pastes."""
    return re.findall(r"```\{glue:figure\} (\w+)\n(?::name: (\S+)\n)?(.*?)\n?```", text, flags=re.DOTALL)


def typed(text):
    """Numbers typed where a run should give them."""
    formulas = " ".join(re.findall(r"\$([^$\n]*)\$", re.sub(r"```.*?\n```", "", text, flags=re.DOTALL)))
    number = r"\d+[.,]\d+|\d+\s?%|\d[·x×]10|10\^(?:\{[^}]*\}|.)|\de[-+]?\d"
    return re.findall(number, prose(text)) + re.findall(r"\d+[.,]\d+|10\^(?:\{[^}]*\}|.)", formulas)


def human_words(cell):
    """Comments, and strings of several words or with letters beyond English, in a cell."""
    strings = [node.value for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Constant)]
    strings = [text for text in strings if isinstance(text, str)]
    return re.findall(r"#.*", cell) + [text for text in strings if re.search(r"[^\W\d]{2,}\s+\w|[^\W\dA-Za-z_]", text)]


def out_of_order(text):
    """The first part of a chapter that does not follow those before it; None when all do."""
    at = 0
    for part in PARTS:
        found = re.compile(part, re.MULTILINE).search(text, at)
        if not found:
            return part
        at = found.end()


def verdicts(text):
    """Items of the box on what the evidence says."""
    box = re.search(r"^:{3,}\{admonition\} [^\n]*evidencia.*?^:{3,}$", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^- (.*(?:\n  .*)*)", box[0], flags=re.MULTILINE) if box else []


def spanish_prose():
    """(name, text) of every Spanish page, readme and notebook of the repository."""
    for path in sorted([*(ROOT / "book").glob("*.md"), *(ROOT / "solutions").glob("*.md")]):
        yield path.name, prose(path.read_text("utf-8"))
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        yield path.name, prose("\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown"))


def test_anchors_and_labels_are_unique():
    names = re.findall(r"^\(([a-z0-9-]+)\)=$|^:(?:name|label): (\S+)$", "\n".join(TEXTS.values()), flags=re.MULTILINE)
    names = [anchor or label for anchor, label in names]
    assert len(names) > 200 and sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", EXECUTED)
def test_every_pasted_key_is_glued(name):
    """And the other way round: what is glued is pasted."""
    used = {key for text in TEXTS.values() for page, key in pasted(text) if page == name}
    used |= {key for key, *_ in figures(TEXTS[name])}
    patterns = {pattern for pattern, _ in glued(TEXTS[name])}
    assert used
    assert not [key for key in used if not any(re.fullmatch(pattern, key) for pattern in patterns)]
    assert not [p for p in patterns if not any(re.fullmatch(p, key) for key in used)], "glued but never pasted"


@pytest.mark.parametrize("name", EXECUTED)
def test_no_measured_number_is_typed(name):
    assert not [number for number in typed(TEXTS[name]) if number not in EXACT.get(name, ())]


@pytest.mark.parametrize("text", ["Vale 3.2.", "El 40 % de ellas.", "Vale $1.5 n$.", "Vale $10^{-4}$.", "Es 2e-3."])
def test_typed_numbers_are_found(text):
    assert typed(text) and not typed("Vale {glue:text}`01-page.md::x:.2f` con 10 capas y $N(0, 1)$.")


@pytest.mark.parametrize("name", CHAPTERS)
def test_core_path_is_short_and_needs_no_box(name):
    core = re.sub(OPTIONAL, "", TEXTS[name], flags=re.DOTALL | re.MULTILINE)
    assert core != TEXTS[name]
    assert int(re.search(r"se lee en unos (\d+) minutos", core)[1]) <= 60
    assert not re.search(r"campo medio|digamma", prose(core))
    assert set(re.findall(r"\{eq\}`([^`]+)`", core)) <= set(re.findall(r"^:label: (\S+)", core, flags=re.MULTILINE))


@pytest.mark.parametrize("name", CHAPTERS)
def test_parts_stand_in_their_order(name):
    assert out_of_order(TEXTS[name]) is None


@pytest.mark.parametrize("name", EXECUTED)
def test_equations_figures_and_tables_are_numbered_and_captioned(name):
    text = TEXTS[name]
    assert "$$" not in text
    assert re.findall(r"```\{math\}\n(?!:label: eq-[\w-]+\n).*", text) == []
    assert re.findall(r"```\{table\} *\n|```\{table\} .+\n(?!:name: tab-)", text) == []
    assert text.count("{glue:figure}") == len(figures(text))
    assert [key for key, label, words in figures(text) if not re.match("(fig|tab)-", label) or len(words) < 20] == []


@pytest.mark.parametrize("name", EXECUTED)
def test_cells_hold_no_human_words(name):
    assert {cell: found for cell in cells(TEXTS[name]) if (found := human_words(cell))} == {}


@pytest.mark.parametrize(
    "cell", ['print("two words")', "x = 1  # why", 'title = "anchura año"', 'f"{x} layers of {y}"']
)
def test_human_words_are_found(cell):
    assert human_words(cell) and not human_words('print(f"{x:.1e} ({y})", "glorot_uniform")')


@pytest.mark.parametrize("name", CHAPTERS)
def test_captions_of_plots_by_layer_say_which(name):
    """Which statistic, which gradient, and before training or after how many steps: the four questions."""
    calls = {key: getattr(getattr(value, "func", None), "attr", "") for key, value in glued(TEXTS[name])}
    captions = {key: words for key, _, words in figures(TEXTS[name]) if calls.get(key) in PLOTS_BY_LAYER}
    assert captions
    for key, words in captions.items():
        assert re.search(r"[Mm]edia|[Mm]ediana|norma|[Rr]aíz|desviación", words), key
        assert re.search(r"al inicializar|pasos|épocas", words), key
        assert "gradiente" not in words or r"\partial C" in words, key


@pytest.mark.parametrize("name", CHAPTERS)
def test_verdicts_carry_their_scope(name):
    """Each names the network and the training, in the same sentence or item."""
    assert verdicts(TEXTS[name])
    assert [item for item in verdicts(TEXTS[name]) if not all(re.search(part, item) for part in SCOPE)] == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_long_experiments_come_from_files(name):
    """MNIST-1D is trained by the replications alone: a page that speaks of it reads their results."""
    code = "\n".join(cells(TEXTS[name]))
    assert not re.search(r"load_mnist1d|load_fashion_mnist|replications\.(run|rerun)\(", code)
    assert "MNIST-1D" not in TEXTS[name] or "replications.read(" in code


def test_order_and_verdicts_are_read():
    box = "::::{admonition} Lo que dice la evidencia\n- Uno\n  y más.\n- Dos.\n::::\n"
    assert verdicts(box) == ["Uno\n  y más.", "Dos."] and verdicts("- Uno.\n") == []
    assert out_of_order(box) == PARTS[0]
    assert out_of_order(":::{admonition} Objetivos\n## Resumen\n## La pregunta: una\n") == PARTS[2]


def test_no_exclamation_marks():
    assert not [name for name, text in spanish_prose() if re.search(r"[¡!]", text.replace("](!", ""))]


def test_agreed_terms_are_used():
    texts = dict(spanish_prose())
    assert {"index.md", "LEEME.md", *(f"{name}.md" for name in CHAPTERS)} <= set(texts)
    found = {name: re.findall(WRONG_TERMS, text, flags=re.IGNORECASE) for name, text in texts.items()}
    assert not {name: hits for name, hits in found.items() if hits}


@pytest.mark.parametrize(
    "text",
    ["La retropropagación repropaga el error.", "Un lazo for.", "la norma por lotes", "la variación de los pesos"],
)
def test_wrong_terms_are_found(text):
    assert re.search(WRONG_TERMS, prose(text), flags=re.IGNORECASE)
