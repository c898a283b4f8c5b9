"""Each page's download: the resolved page (numbers, references, citations in place) as a plain Jupyter notebook.

It is written in the same pass as the HTML, from the same resolved document, so both say the same. Code cells carry no
output: run from top to bottom they give the page's. A glued figure shows under its cell; its caption stays in the text.
"""

import re
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.locale import admonitionlabels

AROUND = {nodes.emphasis: "*", nodes.strong: "**", nodes.title_reference: "*"}  # inline markup


class NotebookWriter:
    """Turns one resolved doctree into a notebook."""

    def __init__(self, env, docname: str):
        self.env, self.docname = env, docname

    def notebook(self, doctree, header: str) -> nbformat.NotebookNode:
        self.cells = [nbformat.v4.new_markdown_cell(header)]
        self._section(doctree, 0)
        for i, cell in enumerate(self.cells):
            cell["id"] = f"cell-{i}"  # nbformat's own ids are random
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return nbformat.v4.new_notebook(cells=self.cells, metadata={"kernelspec": kernel})

    def _section(self, node, level: int) -> None:
        pending = []
        for child in node.children:
            is_cell = isinstance(child, nodes.container) and child.get("nb_element") == "cell_code"
            if is_cell or isinstance(child, nodes.section):
                self._markdown(pending)
                pending = []
            if is_cell:
                source = next(part for part in child.findall(nodes.literal_block))
                self.cells.append(nbformat.v4.new_code_cell(source.astext()))
            elif isinstance(child, nodes.section):
                self._section(child, level + 1)
            elif isinstance(child, nodes.title):
                pending.append("#" * level + " " + self._number(child) + self.inline(child))
            else:
                pending += self.block(child)
        self._markdown(pending)

    def _markdown(self, blocks: list[str]) -> None:
        if blocks:
            self.cells.append(nbformat.v4.new_markdown_cell("\n\n".join(blocks)))

    def _number(self, title) -> str:
        numbers = self.env.toc_secnumbers.get(self.docname, {})
        section = title.parent
        anchor = "" if isinstance(section.parent, nodes.document) else f"#{section['ids'][0]}"
        return ".".join(map(str, numbers[anchor])) + ". " if numbers.get(anchor) else ""

    def _label(self, node, kind: str) -> str:
        """`Figura 1.2`, as on the page."""
        numbers = self.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        number = next((numbers[name] for name in node["ids"] if name in numbers), None)
        return number and self.env.config.numfig_format.get(kind, "%s") % ".".join(map(str, number))

    def blocks(self, node) -> list[str]:
        return [text for child in node.children for text in self.block(child)]

    def block(self, node) -> list[str]:
        """One node of the page's flow as Markdown blocks; a node without a rule of its own gives its content."""
        match node:
            case nodes.figure():
                text = self.inline(next(node.findall(nodes.caption), nodes.caption()))
                label = self._label(node, "figure")
                return [f"**{label}.** {text}" if label else text]
            case nodes.table():
                return self._table(node)
            case nodes.image():
                return [f"*{node.get('alt', '')}*"]
            case nodes.math_block():
                return [self._equation(node)]
            case nodes.literal_block():
                return [f"```{node.get('language', '')}\n{node.astext()}\n```"]
            case nodes.bullet_list() | nodes.enumerated_list():
                ordered = isinstance(node, nodes.enumerated_list)
                numbered = enumerate(node, node.get("start", 1))
                items = (indent(self.blocks(item), f"{i}. " if ordered else "- ") for i, item in numbered)
                return ["\n".join(items)]
            case nodes.definition_list_item():
                terms = ", ".join(f"**{self.inline(term)}**" for term in node.findall(nodes.term))
                return [indent([terms, *self.blocks(next(node.findall(nodes.definition)))], "- ")]
            case nodes.block_quote():
                return [indent(self.blocks(node), "> ", "> ")]
            case nodes.Admonition():
                title = node[0] if isinstance(node[0], nodes.title) else None
                label = self.inline(title) if title else admonitionlabels[node.tagname]
                text = [block for child in node.children if child is not title for block in self.block(child)]
                return [indent([f"**{label}**", *text], "> ", "> ")]
            case nodes.transition():
                return ["---"]
            case nodes.container() if node.get("nb_element") == "cell_code_output":
                return []
            case nodes.Invisible() | nodes.raw():
                return []
        if node.tagname == "dropdown_main":  # sphinx-design
            title, *rest = node.children
            text = [block for child in rest for block in self.block(child)]
            return ["\n\n".join([f"<details><summary>{self.inline(title).strip()}</summary>", *text, "</details>"])]
        if node.tagname == "sd_tab_label":
            return [f"**{self.inline(node)}**"]
        if isinstance(node, nodes.TextElement | nodes.Text):
            text = self.inline(node)
            return [text] if text.strip() else []
        return self.blocks(node)

    def _table(self, node) -> list[str]:
        label = self._label(node, "table")
        title = next(node.findall(nodes.title), None)
        rows = [
            [" ".join(self.blocks(entry)).replace("|", "\\|").replace("\n", " ") for entry in row.findall(nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|" + "---|" * len(rows[0]))
        caption = [f"**{label}.** {self.inline(title)}" if label else self.inline(title)] if title else []
        return [*caption, "\n".join(lines)]

    def _equation(self, node) -> str:
        text, number = node.astext().strip(), self._label(node, "displaymath")
        if node.get("nowrap"):  # already an environment
            return text
        if "\\\\" in text:
            text = f"\\begin{{split}}\n{text}\n\\end{{split}}"
        return f"$$\n{text}\n" + (f"\\tag{{{number}}}\n" if number else "") + "$$"

    def inline(self, node) -> str:
        match node:
            case nodes.Text():
                return re.sub(r"([\\`*_$<\[\]])", r"\\\1", node.astext())
            case nodes.math():
                return "$" + re.sub(r"(?<!\\)\|", r"\\vert ", node.astext()) + "$"  # a bar would end a table's cell
            case nodes.literal():
                return f"`{node.astext()}`"
            case nodes.image():
                return f"*{node.get('alt', '')}*"
            case nodes.Invisible() | nodes.raw():
                return ""
        text = "".join(map(self.inline, node.children))
        if isinstance(node, nodes.reference) and "://" in node.get("refuri", ""):
            return f"[{text}]({node['refuri']})"
        mark = AROUND.get(type(node), "")
        return f"{mark}{text}{mark}"


def indent(blocks: list[str], first: str, rest: str | None = None) -> str:
    """Blocks as one list item or quotation."""
    rest = " " * len(first) if rest is None else rest
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join([first + lines[0], *((rest + line).rstrip() for line in lines[1:])])


def write_notebook(app, doctree, docname):
    """Write _downloads/<page>.ipynb beside the page, for pages that are notebooks."""
    if app.builder.name != "html" or "kernelspec" not in app.env.metadata[docname]:
        return
    header = Path(app.confdir, "_templates", f"download.{app.config.language}.md").read_text("utf-8")
    notebook = NotebookWriter(app.env, docname).notebook(doctree, header.format(wheel=app.config.course_wheel))
    path = Path(app.outdir, "_downloads", f"{docname}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", "utf-8")
