"""Damaged notebooks by seed, and what each still deserves."""

import copy
import json
import random
import string

VALUES = [None, True, 0, -1, 1e308, 10**30, "", "\ud800", "\0", "x" * 10**5, [], [[]], {}, {"a": None}, ["x", 1]]
KEYS = ["cells", "metadata", "source", "id", "cell_type", "nbgrader", "grade_id", "outputs", "nbformat", "tags", "x"]


def _bytes(data, rng):
    data, place = bytearray(data), rng.randrange(len(data))
    end = min(place + rng.choice([1, 1, 1, 10, 1000]), len(data))
    kind = rng.randrange(6)
    if kind == 0:
        for _ in range(rng.choice([1, 1, 3, 20])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[place:end]
    elif kind == 2:
        data[place:place] = data[place:end]
    elif kind == 3:
        data[place:end] = rng.randbytes(end - place)
    elif kind == 4:
        del data[place:]
    else:
        data[place:place] = rng.choice([b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"]", b'"', b"\\u", b"NaN", b"\r"])
    return bytes(data)


def _nodes(value, inside=()):
    """(container, key) of every value of a JSON tree."""
    for key in [*value] if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _nodes(value[key])


def _json(data, rng):
    tree = json.loads(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        container, key = rng.choice([*_nodes(tree)])
        other, its = rng.choice([*_nodes(tree)])
        kind = rng.randrange(4)
        if kind == 0:
            container[key] = rng.choice(VALUES)
        elif kind == 1:
            del container[key]
        elif kind == 2:
            container[key] = copy.deepcopy(other[its])
        elif isinstance(container, dict):
            container[rng.choice(KEYS)] = container.pop(key)
    return json.dumps(tree).encode()


def _cells(data, rng):
    tree = json.loads(data)
    cells = tree["cells"]
    for _ in range(rng.choice([1, 1, 2, 4])):
        place, other = rng.randrange(len(cells)), rng.randrange(len(cells))
        kind = rng.randrange(7)
        if kind == 0 and len(cells) > 1:
            del cells[place]
        elif kind == 1:
            cells.insert(other, copy.deepcopy(cells[place]))
        elif kind == 2:
            rng.shuffle(cells)
        elif kind == 3:
            cells[place]["source"], cells[other]["source"] = cells[other]["source"], cells[place]["source"]
        elif kind == 4:
            cells[place]["cell_type"] = rng.choice(["code", "markdown", "raw", "heading", "", None])
        elif kind == 5:
            cells[place]["source"] = _text(cells[place]["source"], rng)
        else:
            cells.insert(place, {"cell_type": "code", "source": _text("1 + 1", rng), "metadata": {}, "id": "new"})
    return json.dumps(tree).encode()


def _text(source, rng):
    source = "".join(source)
    place = rng.randrange(len(source) + 1)
    return source[:place] + "".join(rng.choices(string.printable, k=rng.choice([0, 1, 5]))) + source[place + 1 :]


def _metadata(data, rng):
    tree = json.loads(data)
    for _ in range(rng.choice([1, 3, 10])):
        cell = rng.choice(tree["cells"])
        target = rng.choice([tree["metadata"], cell["metadata"], cell["metadata"].get("nbgrader", {})])
        if isinstance(target, dict):
            key = rng.choice([*target, "tags", "points", "grade", "solution", "locked", "task", "schema_version", "id"])
            target[key] = rng.choice([*VALUES, ["skip-execution"], 1000])
        cell["outputs"] = rng.choice(VALUES)
    return json.dumps(tree).encode()


def mutant(data, seed):
    """A damaged copy of a notebook (bytes)."""
    rng = random.Random(seed)
    return rng.choice([_bytes, _json, _json, _cells, _metadata])(data, rng)


def intact(content, original):
    """Whether a mutant still holds each of the original's cells at most once, all answers and nothing else to run."""
    source = lambda cell: "".join(cell["source"])  # noqa: E731
    name = lambda cell: cell["metadata"]["nbgrader"]["grade_id"]  # noqa: E731
    theirs = json.loads(original)["cells"]
    answers = {name(cell): source(cell) for cell in theirs if cell["metadata"]["nbgrader"]["solution"]}
    try:
        notebook = json.loads(content)
        cells, named = notebook["cells"], [(name(cell), cell["id"]) for cell in notebook["cells"]]
        return (
            notebook["nbformat"] == 4
            and all(grade_id == identifier for grade_id, identifier in named)
            and len({*named}) == len(named)
            and {grade_id for grade_id, _ in named} <= {name(cell) for cell in theirs}
            and "heading" not in [cell["cell_type"] for cell in cells]  # its text becomes a title
            and answers.items() <= {name(cell): source(cell) for cell in cells}.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
