"""The appendices: the glossary holds the agreed terms and the pages link to it; what is called wrong has its run."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from test_pages import CHAPTERS, EXECUTED, TERM, TEXTS, block, pasted, prose, typed

ROOT = Path(__file__).resolve().parent.parent
TERMS = tomllib.loads((ROOT / "tests/terms.toml").read_text("utf-8"))
DEFINED = TERMS.pop("defined")
PAIRS = [pair for group in TERMS.values() for pair in group.items()]
ENTRY = re.compile(r"^(\S.*)\n  \[(.+)\]\{\.language-en\}\.\n((?:  .+\n)+)", flags=re.MULTILINE)
STATEMENT = re.compile(r"^(«.+»)\n: ((?:.+\n)+)", flags=re.MULTILINE)
EXACT = {"0.5", "0.01", "0.03", "0.1", "0.2", "1.5", "1.702"}  # the logistic's mean; slopes; learning rates; GELU's β
# What readers bring along (the front page says so), and terms that are everyday words as well.
KNOWN = {"retropropagación", "descenso de gradiente", "varianza", "logística", "escala", "ganancia"}
# What formulas hold beside the book's own symbols: layout, and what every reader writes alike.
LAYOUT = set(
    re.findall(
        r"\S+",
        r"""
        \bigl \bigr \frac \sqrt \operatorname \mathbb \quad \approx \cdot \cdots \ge \infty \int \le \max \min \partial
        \pi \prod \sim \sum \tanh d e
        """,
    )
)


def glossary(text):
    """(Spanish term, English term, definition) of each entry."""
    return ENTRY.findall(re.search(r"```\{glossary\}\n(.*?)```", text, flags=re.DOTALL)[1])


def alphabetical(term):
    """The key by which Spanish orders words: no accents, ñ after n."""
    return unicodedata.normalize("NFD", term.lower().replace("ñ", "n~")).encode("ascii", "ignore").decode()


def linked(text):
    """The entries of the glossary that a page links to."""
    return {target or shown for shown, target in re.findall(TERM, text)}


def unlinked(text, terms):
    """Terms that a page puts in bold type before it links them, or without ever linking them."""
    text, first = re.sub(r"```\{code-cell\}.*?\n```", "", text, flags=re.DOTALL), {}
    for link in re.finditer(TERM, text):
        first.setdefault(link[2] or link[1], link.start())
    names = {term.lower(): term for term in terms}
    bold = [(names.get(match[1].lower()), match.start()) for match in re.finditer(r"\*\*([^*`{]+?)\.?\*\*", text)]
    return [term for term, at in bold if term and first.get(term, len(text)) > at]


def symbols(text):
    """The letters and commands of a page's formulas, without those of layout."""
    text = re.sub(r"```\{(?:code-cell|source)\}.*?\n```", "", text, flags=re.DOTALL)
    formulas = " ".join(
        [*re.findall(r"```\{math\}\n:[^\n]*\n(.*?)```", text, flags=re.DOTALL), *re.findall(r"\$([^$\n]+)\$", text)]
    )
    formulas = re.sub(r"\\(?:begin|end|text)\{\w+\}", " ", formulas)
    return (
        set(re.findall(r"\\[A-Za-z]+", formulas) + re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formulas)))
        - LAYOUT
    )


def faults(entry, texts):
    """What an entry of the page of errors lacks, in words."""
    anchors = re.findall(r"\{ref\}`[^`<]+ <(k\d-\d+)>`", entry)
    places = {page: anchor for anchor in anchors for page in texts if block(texts[page], anchor) is not None}
    roles = re.findall(r"\{glue:text\}`[^`]+`", entry)
    pages = {page for page, _ in pasted(entry)}
    found = [] if len(anchors) == 1 and places else ["no place"]
    found += [] if roles else ["no number of a run"]
    found += [f"{page} is not the place" for page in pages - set(places)]
    return found + [role for role in roles for page in places if role not in texts[page]]


def test_the_glossary_holds_each_agreed_pair_once_in_alphabetical_order():
    entries = [(spanish, english) for spanish, english, _ in glossary(TEXTS["glossary"])]
    assert len(dict(PAIRS)) == len({english for _, english in PAIRS}) == len(PAIRS)
    assert sorted(entries) == sorted(PAIRS)
    assert [alphabetical(spanish) for spanish, _ in entries] == sorted(alphabetical(spanish) for spanish, _ in entries)
    assert TEXTS["glossary"].count("{.language-en}") == len(entries)


def test_definitions_are_one_or_two_sentences():
    for term, _, definition in glossary(TEXTS["glossary"]):
        sentences = definition.strip().split("\n")
        assert len(sentences) <= 2 and len(re.findall(r"\w+", definition)) >= 5, term
        assert all(re.match(r"  [A-ZÁÉÍÓÚ$]", f"  {line.strip()}") and line.endswith(".") for line in sentences), term


@pytest.mark.parametrize("name", ["index", *EXECUTED])
def test_pages_link_the_terms_that_they_define(name):
    assert linked(TEXTS[name]) == set(DEFINED[name]) <= set(dict(PAIRS))
    assert unlinked(TEXTS[name], dict(PAIRS)) == []


def test_unlinked_terms_are_found():
    assert unlinked("La **Capa inferior**.\n**saturada**", {"capa inferior"}) == ["capa inferior"]
    assert unlinked("Una **ReLU** y una {term}`ReLU`", {"ReLU"}) == ["ReLU"]
    assert unlinked("**{term}`capas <capa inferior>`** y **capa inferior**", {"capa inferior"}) == []
    assert linked("**{term}`capas <capa inferior>`**, {term}`peso`") == {"capa inferior", "peso"}


def early(texts, defined, known):
    """(page, term) of what the prose of a page says before the page that defines it does.

    Objectives announce what is to come, and a heading what its section defines: neither counts. `known` are the terms
    that readers bring along, and those that are everyday words too.
    """
    found, seen = [], set()
    for page, terms in defined.items():
        text = re.sub(r"```\{code-cell\}.*?\n```|^#[^\n]*", "", texts[page], flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r":::\{admonition\} Objetivos.*?\n:::", "", text, flags=re.DOTALL)
        for term in {term for group in defined.values() for term in group} - seen - known:
            links = [link.start() for link in re.finditer(TERM, text) if (link[2] or link[1]) == term]
            before = text[: min(links)] if links else text
            if re.search(rf"\b{re.escape(term)}\b", prose(before), flags=re.IGNORECASE):
                found.append((page, term))
        seen |= set(terms)
    return sorted(found)


def test_terms_are_not_used_before_they_are_defined():
    order = ["index", *CHAPTERS]
    assert early(TEXTS, {page: DEFINED[page] for page in order}, KNOWN) == []


def test_a_term_used_too_early_is_found():
    text = "# El lote\n:::{admonition} Objetivos\nlote\n:::\nUn **{term}`lote`** y otro lote."
    assert early({"1": text}, {"1": ["lote"]}, set()) == []
    assert early({"0": "Un lote.", "1": text}, {"0": [], "1": ["lote"]}, set()) == [("0", "lote")]
    assert early({"1": "Un lote." + text}, {"1": ["lote"]}, set()) == [("1", "lote")]
    assert early({"1": "Un lote." + text}, {"1": ["lote"]}, {"lote"}) == []


@pytest.mark.parametrize("name", [name for name in TEXTS if pasted(TEXTS[name])])
def test_numbers_of_another_page_are_pasted_as_it_pastes_them(name):
    """With the same digits, unless that page only computes them."""
    role = r"\{glue:text\}`([\w-]+)\.md::(\w+)[^`]*`"
    foreign = [found for found in re.finditer(role, TEXTS[name]) if found[1] != name]
    own = {page: pasted(text) for page, text in TEXTS.items()}
    shown = [found for found in foreign if tuple(found.groups()) in own[found[1]]]
    assert [found[0] for found in shown if found[0] not in TEXTS[found[1]]] == []


def test_every_entry_of_errors_shows_the_run_that_refutes_it():
    entries = STATEMENT.findall(TEXTS["errata"])
    assert len(entries) == TEXTS["errata"].count("\n«") >= 28
    assert {statement: found for statement, text in entries if (found := faults(text, TEXTS))} == {}
    anchors = re.findall(r"<(k\d-\d+)>", TEXTS["errata"])
    assert len(set(anchors)) == len(entries)
    assert set(typed(TEXTS["errata"])) <= EXACT


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{glue:text}`01-page.md::rate:.1f`, {ref}`aquí <k1-1>`", None),
        ("{glue:text}`01-page.md::rate:.1f`, {ref}`aquí <k1-2>`", "no place"),
        ("Nada, {ref}`aquí <k1-1>`", "no number of a run"),
        ("{glue:text}`02-page.md::rate:.1f`, {ref}`aquí <k1-1>`", "02-page is not the place"),
        ("{glue:text}`01-page.md::rate:.2f`, {ref}`aquí <k1-1>`", "{glue:text}`01-page.md::rate:.2f`"),
    ],
)
def test_an_error_without_its_run_is_found(entry, fault):
    found = faults(entry, {"01-page": "\n(k1-1)=\nVale {glue:text}`01-page.md::rate:.1f`.\n"})
    assert found == [] if fault is None else fault in found


@pytest.mark.parametrize("name", EXECUTED)
def test_notation_lists_every_symbol_of_the_formulas(name):
    assert symbols(TEXTS[name]) - symbols(TEXTS["notation"]) == set()


def test_notation_names_the_place_of_every_symbol():
    rows = re.findall(r"^\| (?!Símbolo|:--)(.+) \|$", TEXTS["notation"], flags=re.MULTILINE)
    assert len(rows) >= 30
    assert [row for row in rows if not re.search(r"\{(?:eq|ref|numref)\}`[^`]+`$", row)] == []


# What the source holds, by number: all that a reader may look for beside its sections.
PIECES = [
    "Ecuación 11-1", "Ecuación 11-2", "Ecuación 11-3", "Figura 11-1", "Figura 11-2", "Figura 11-3", "Tabla 11-1",
    "Celda In [2]", "Celda In [3]", "Celda In [4]", "Celda In [5]",
]  # fmt: skip


def source_rows(text):
    """(piece of the source, place) of each row of the source map."""
    return re.findall(r"^\| (?!En el texto|:--)(.+) \| (.+) \|$", text, flags=re.MULTILINE)


def misplaced(rows, texts):
    """The rows whose place does not exist: no anchor or label of that name, or a chapter that is there after all."""
    anchors = re.compile(r"^\(([a-z0-9-]+)\)=$|^:(?:label|name): (\S+)$", flags=re.MULTILINE)
    known = {name for text in texts.values() for pair in anchors.findall(text) for name in pair if name}
    targets = {piece: re.findall(r"\{(?:ref|eq|numref)\}`(?:[^`<]+ <)?([^`>]+)>?`", place) for piece, place in rows}
    return [piece for piece in targets if not targets[piece] or not set(targets[piece]) <= known]


def test_the_source_map_gives_every_piece_a_place():
    rows = source_rows(TEXTS["source-map"])
    sections = re.findall(r"^## (.+)$", TEXTS["source-map"], flags=re.MULTILINE)
    assert len(sections) == 7 and len(rows) >= 40
    assert [piece for piece in PIECES if len([name for name, _ in rows if name.startswith(piece)]) != 1] == []
    assert misplaced(rows, TEXTS) == []


@pytest.mark.parametrize(
    ("place", "stands"),
    [
        ("{ref}`capítulo 1 <c1-1>`", True),
        ("{ref}`capítulo 1 <c1-1>`, {eq}`eq-one`", True),
        ("{numref}`eq-one`", True),
        ("{ref}`capítulo 1 <c1-2>`", False),
        ("{ref}`capítulo 1 <c1-1>`, {eq}`eq-two`", False),
        ("capítulo 1", False),
    ],
)
def test_a_place_that_is_not_there_is_found(place, stands):
    page = "(c1-1)=\nTexto.\n```{math}\n:label: eq-one\nx\n```\n"
    rows = source_rows(f"| En el texto | Aquí |\n|:--|:--|\n| Figura 11-1: una | {place} |\n")
    assert misplaced(rows, {"01-page": page}) == ([] if stands else ["Figura 11-1: una"])


def test_the_bibliography_lists_what_the_pages_cite_and_nothing_else():
    """The file of references holds every key that a page cites, so that none of them is missing in the list."""
    cited = {
        key
        for text in TEXTS.values()
        for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", text)
        for key in re.split(r",\s*", keys)
    }
    listed = re.findall(r"^@\w+\{(\S+),$", (ROOT / "book/references.bib").read_text("utf-8"), flags=re.MULTILINE)
    assert len(listed) == len(set(listed)) and cited <= set(listed)
    assert ":filter: cited\n" in TEXTS["bibliography"]
    local = [name for name, text in TEXTS.items() if "{cite:" in text and ":filter: docname in docnames" not in text]
    assert local == [], "a page that cites lists its own references"
