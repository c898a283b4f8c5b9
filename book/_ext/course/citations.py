"""Citations and reference lists in Spanish: styles `author_year_es` and `plain_es` of sphinxcontrib-bibtex."""

from dataclasses import dataclass, field

import pybtex.plugin
import sphinxcontrib.bibtex.plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.template import Node
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

WORDS = {
    "In": "En",
    "in": "en",
    "of": "de",
    " and ": " y ",
    ", and ": " y ",
    "editor": "ed.",
    "editors": "eds.",
    "pages": "páginas",
    "chapter": "capítulo",
    "edition": "edición",
    "Volume": "Volumen",
    "volume": "volumen",
    "Number": "Número",
    "number": "número",
    "PhD thesis": "Tesis doctoral",
    "Master's thesis": "Tesis de maestría",
    "Technical Report": "Informe técnico",
}


def _spanish(part):
    if not isinstance(part, Node):
        return WORDS.get(part, part) if isinstance(part, str) else part
    part = part._clone()
    part.children = [_spanish(child) for child in part.children]
    part.kwargs = {name: _spanish(value) for name, value in part.kwargs.items()}
    return part


class KeyLabels(BaseLabelStyle):
    """Labels are not shown; each page lists its references, so they must differ over pages too."""

    def format_labels(self, sorted_entries):
        return [entry.key for entry in sorted_entries]


class SpanishStyle(Style):
    """pybtex's plain style, its words translated."""

    default_label_style = KeyLabels

    def format_entry(self, label, entry, bib_data=None):
        template = getattr(self, f"get_{entry.type}_template")
        setattr(self, f"get_{entry.type}_template", lambda entry: _spanish(template(entry)))
        try:
            return super().format_entry(label, entry, bib_data)
        finally:
            delattr(self, f"get_{entry.type}_template")


@dataclass
class SpanishAuthorYear(AuthorYearReferenceStyle):
    """`Glorot y Bengio [2010]`."""

    person: PersonStyle = field(default_factory=lambda: PersonStyle(sep2=" y ", last_sep=" y "))


def setup(app):
    pybtex.plugin.register_plugin("pybtex.style.formatting", "plain_es", SpanishStyle)
    sphinxcontrib.bibtex.plugin.register_plugin(
        "sphinxcontrib.bibtex.style.referencing", "author_year_es", SpanishAuthorYear
    )
