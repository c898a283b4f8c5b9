"""The conventions of test cells as rules over an instructor's notebook and what nbgrader releases of it."""

import ast
import builtins
import io
import re
import symtable
import tokenize

HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
SHAPE = r"# \([\w, .]*\)"
PROSE = r"(?i)[^\W\d_]{2,}\s+[^\W\d_]{2,}|[áéíóúüñ¿¡]"
# What a test cell never says (patterns on its code as ast.unparse writes it), and what it says instead.
FORBIDDEN = {
    r" is (not )?": "`is`: only plain data crosses, so compare with check.equal",
    r"\bisinstance\(": "isinstance: only plain data crosses, so use check.equal with same_type=True",
    r"\.numpy\(": ".numpy(): whatever crosses is an array already",
    r"\b(seed|set_seed|set_random_seed)\(": "global seeding: use the rng fixture",
    r"\b(default_rng|Generator|RandomState)\(": "a Generator of its own: use the rng fixture",
    r"\bimport \*": "import *: name what is imported",
}
LENGTHS = {"tests": 36, "slips": 40}


def breaches(notebook, public, messages):
    """Every breach of the conventions in an instructor's notebook, one line each: cell id and rule.

    Args:
        notebook: the NotebookNode as it stands in the file.
        public: the same notebook as nbgrader releases it, without solutions and hidden tests.
        messages: the message table, {"tests": {name: {"es": …, "en": …}}, "slips": {key: …}}.
    """
    cells = notebook.cells
    ids = [cell.get("id") for cell in cells]
    if None in ids or len(set(ids)) < len(ids):
        return ["notebook: every cell needs an id of its own (nbformat 4.5)"]
    problems = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("notebook: the kernelspec must be python3")
    code = [cell for cell in cells if cell.cell_type == "code"]
    problems += [f"{c.id}: clear its outputs and execution count" for c in code if c.outputs or c.execution_count]
    if broken := [f"{cell.id}: does not compile" for cell in code if parse(cell.source) is None]:
        return problems + broken
    functions = {d.name for cell in code for d in _definitions(parse(cell.source))}
    names, examiner = [], set()
    for cell, shown in zip(cells, public.cells, strict=True):
        role, rules = cell.metadata.get("nbgrader", {}), []
        if role.get("grade") and not float(role.get("points", 0)) > 0:
            rules.append("a graded cell needs points above 0")
        if cell.cell_type == "code" and parse(shown.source) is None:
            rules.append("the released cell does not compile")
        elif cell.cell_type == "code":
            rules += _words(cell.source if role.get("grade") else shown.source)
            if role.get("solution"):
                rules += _solution_cell(cell.source, shown.source)
            elif role.get("grade"):
                rules += _test_cell(cell.source, shown.source, role.points, functions, messages)
                names += [test.name for test in _tests(parse(cell.source))]
            if "examiner" in cell.metadata.get("tags", []):
                used, own = _names(cell.source)
                rules += [
                    f"free name {name}: an examiner cell uses no student's name" for name in sorted(used - examiner)
                ]
                examiner |= own
        problems += [f"{cell.id}: {rule}" for rule in rules]
    repeated = sorted({name for name in names if names.count(name) > 1})
    return problems + [f"notebook: test name {name} is used twice" for name in repeated]


def parse(source):
    """The syntax tree, or None where there is none."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def imports(tree):
    """Dotted names that a module or cell may import: `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _definitions(tree):
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def _tests(tree):
    return [node for node in _definitions(tree) if node.name.startswith("test_")]


def _words(source):
    """No prose in what runs: no comment but markers and shapes, no string of several words but docstrings."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if token.type == tokenize.COMMENT and text not in HIDDEN + SOLUTION and not re.fullmatch(SHAPE, text):
            yield f"comment in words: {text}"
    nodes = list(ast.walk(ast.parse(source)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    documented = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for text in sorted(texts - {ast.get_docstring(node, clean=False) for node in documented}):
        if re.search(PROSE, text):
            yield f"text in words: {text!r}"


def _solution_cell(source, shown):
    """Regions lie inside bodies: what the cell binds is bound, with its signature, in what is shown."""
    if SOLUTION[0] not in source:
        yield "no SOLUTION region: the whole cell would be replaced"
    values = [ast.unparse(node.value) for node in parse(shown).body if isinstance(node, ast.Assign)]
    if SOLUTION[0] in source.splitlines() and set(values) != {"None"}:
        yield "a SOLUTION region at column 0 is for a prediction, which starts as `name = None`"
    for name, _ in sorted(_bound(parse(source)) - _bound(parse(shown))):
        yield f"the SOLUTION region removes {name}: keep its def or class line (a prediction: `{name} = None`) outside"


def _bound(tree):
    """{(name, signature)} of the functions, classes and variables of a cell."""
    found = {(d.name, ast.unparse(d.args) if isinstance(d, ast.FunctionDef) else "") for d in _definitions(tree)}
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return found | {(n.id, "") for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def _test_cell(source, shown, points, functions, messages):
    tree, shown_tree = parse(source), parse(shown)
    if not _tests(shown_tree):
        yield "no visible test"
    if leaks := {name for name in imports(shown_tree) if name.startswith("utils.")} - {"utils.checks"}:
        yield f"the visible part imports {min(leaks)}, which would reach the student: import it in the hidden part"
    inside = [range(node.lineno, node.end_lineno + 1) for node in tree.body]
    for number, line in enumerate(source.splitlines(), 1):
        if "HIDDEN TESTS" in line and (line not in HIDDEN or any(number in lines for lines in inside)):
            yield "hidden-test markers stand at column 0, between functions"
    last = re.fullmatch(r"check\.grade\((\d+(?:\.\d+)?)\)", source.rstrip().split("\n")[-1])
    if not last or float(last[1]) != float(points):
        yield f"the last line must be check.grade({points}), the cell's points, without `;`"
    for name in sorted(_names(source)[0] | _names(shown)[0]):
        yield f"free name {name}: a test cell imports or defines what it uses"
    text = ast.unparse(tree)
    yield from (rule for pattern, rule in FORBIDDEN.items() if re.search(pattern, text))
    keys = {("tests", test.name) for test in _tests(tree)} | {("slips", key) for key in _slips(tree)}
    for section, key in sorted(keys):
        texts = [messages.get(section, {}).get(key, {}).get(language, "") for language in ("es", "en")]
        if not all(0 < len(text) <= LENGTHS[section] for text in texts):
            yield f"messages.toml [{section}] {key}: es and en of 1 to {LENGTHS[section]} characters, found {texts}"
    imported = {a.asname or a.name.partition(".")[0] for a in ast.walk(tree) if isinstance(a, ast.alias)}
    callables = functions | imported | {"rng", "layer", "effects"} | {*dir(builtins)} - {"True", "False", "None"}
    for test in _tests(tree):
        students = {a.arg for a in test.args.args} - {"rng", "effects"}
        local = {node.id for node in ast.walk(test) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for call in (node for node in ast.walk(test) if isinstance(node, ast.Call)):
            first = {"check.raises": 2}.get(ast.unparse(call.func), 0 if ast.unparse(call.func) in students else None)
            given = [] if first is None else call.args[first:] + [keyword.value for keyword in call.keywords]
            for node in (node for node in given if _not_plain(node, callables - local, imported)):
                yield f"{test.name} gives {ast.unparse(node)} to student code: only plain data crosses"


def _names(source):
    """(names used at any depth that are neither bound at the top nor builtins, names bound at the top)."""
    top = symtable.symtable(source, "cell", "exec")
    own = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    tables, used = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
    return used - own - {*dir(builtins)}, own


def _slips(tree):
    """The slip keys that comparisons name."""
    for keyword in (node for node in ast.walk(tree) if isinstance(node, ast.keyword)):
        nodes = {"slip": [keyword.value], "slips": getattr(keyword.value, "keys", [])}.get(keyword.arg, [])
        yield from (node.value for node in nodes if isinstance(node, ast.Constant))


def _not_plain(node, callables, imported):
    """Whether an argument is a Generator, a function or a model, as far as its text tells (the call refuses all)."""
    if isinstance(node, ast.Starred | ast.List | ast.Tuple | ast.Dict):
        return any(_not_plain(child, callables, imported) for child in ast.iter_child_nodes(node))
    if isinstance(node, ast.Attribute):
        dotted = re.fullmatch(r"(\w+)\.(?:\w+\.)*(\w+)", ast.unparse(node))
        return bool(dotted) and dotted[1] in imported and dotted[2] not in {"pi", "e", "inf", "nan", "newaxis"}
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith(("Sequential", "Model"))
    return isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in callables)
