"""Intake: what a student handed in becomes the instructor's own notebook with the student's answers in it.

Nothing else of a submission is used. `master` and `rebuild` give notebooks with hidden tests: they stay with the
instructor.
"""

import ast
import contextlib
import copy
import errno
import itertools
import json
import logging
import os
import re
import shutil
import stat
import symtable
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from utils import checks, release
from utils.grading import chosen_language, messages, say
from utils.release import NotebookError

FILES, FOLDERS_DEEP = 200, 5  # of a submission
NOTEBOOK_BYTES, STAGED_BYTES = 20_000_000, 50_000_000  # of one notebook, of all of a submission
NESTING, BRACKETS, CELLS = 200, 1_000_000, 10_000  # of a notebook's JSON
EXTRA_CELLS, SOURCE_CHARS, ATTACHED_CHARS = 200, 1_000_000, 10_000_000  # of one notebook
MEMBERS, MEMBER_BYTES, ARCHIVE_BYTES = 20_000, 50_000_000, 2_000_000_000  # of one archive
INFLATION = 100  # an archive may unpack to 100 MB and so many times its own size


def _some(names):
    return ", ".join([*names][:20]) or "-"


def safe(name):
    """A student's name where nbgrader takes it for a pattern, splits it or strips it: those signs percent-quoted."""
    special = r"[*?\[\]{}%/\\\x00-\x1f\x7f\udc80-\udcff]|^[.\s]+|\s+$"
    return re.sub(special, lambda match: "".join(f"%{byte:02X}" for byte in os.fsencode(match[0])), name)


def unsafe(name):
    """The name that `safe` made this of."""
    return unquote(name, errors="surrogateescape")


# --- Files ------------------------------------------------------------------------------------------------------------


@dataclass
class Staged:
    """A submission and what of it was copied; `remarks` are texts, `flags` the keys of those that want a human."""

    files: dict = field(default_factory=dict)  # {path in the submission: bytes}
    notebooks: dict = field(default_factory=dict)  # {name in the assignment: path in the submission}
    remarks: list = field(default_factory=list)
    flags: list = field(default_factory=list)
    timestamp: datetime | None = None  # UTC, without zone, as nbgrader has it
    digest: str = ""  # SHA-256 of all that is used

    def note(self, key, *values):
        self.remarks.append(say(key, *values))
        self.flags += {key} & messages()["flags"].keys()


@contextlib.contextmanager
def _opened(folder, *parts):
    """Descriptor of what is at a path below a folder: no link on the way is followed, no pipe is waited for."""
    inside = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in (folder.name, *parts):
            outside, inside = inside, os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside)
            os.close(outside)
        yield inside
    finally:
        os.close(inside)


def _walk(folder, names):
    """({path: stat} of regular files, irregular paths, whether a cap was met); `names` are found in any crowd."""
    named, found, irregular, capped = [(name,) for name in names], {}, set(), False
    queue, most = [*named, ()], FILES + len(names) + 1
    for parts in itertools.islice(queue, most):  # it grows meanwhile
        try:
            with _opened(folder, *parts) as descriptor:
                status = os.fstat(descriptor)
                if stat.S_ISREG(status.st_mode):
                    found["/".join(parts)] = status
                elif not stat.S_ISDIR(status.st_mode):
                    raise OSError
                elif len(parts) > FOLDERS_DEEP:
                    capped = True
                else:
                    with os.scandir(descriptor) as entries:
                        inside = sorted(entry.name for entry in itertools.islice(entries, 2 * FILES))
                    queue += [path for name in inside if (path := (*parts, name)) not in named]
        except OSError as error:
            if error.errno != errno.ENOENT:
                irregular.add("/".join(parts) or folder.name)
    return found, irregular, capped or len(queue) > most


def _key(path):
    """What a notebook's name keeps when it is downloaded again, copied, typed in other case or without accents."""
    stem = unicodedata.normalize("NFKD", path.rpartition("/")[2].rpartition(".")[0]).casefold()
    stem = re.sub(r"(?:\s*+\(\d+\)|[ _-]*+(?:copy|copia)[ _-]*+\d*+)++$", "", stem)
    return "".join(char for char in stem if char.isalnum()) or stem


def _choose(names, found, staged):
    """Fill in staged.notebooks: a file of that name, else the likest; remarks and flags say where that is a guess."""
    paths = [path for path in found if path.lower().endswith(".ipynb") and not re.search(r"(^|/)\.", path)]
    alike = {(n, p): SequenceMatcher(None, _key(n), _key(p), autojunk=False).ratio() for n in names for p in paths}
    best = {p: max(alike[n, p] for n in names) for p in paths}
    order = sorted(alike, key=lambda np: (np[0] == np[1], max(alike[np], 0.6), found[np[1]].st_mtime_ns, np))
    for name, path in reversed(order):
        likely = len(names) == 1 or (alike[name, path] >= 0.6 and alike[name, path] == best[path])
        if likely and name not in staged.notebooks and path not in staged.notebooks.values():
            staged.notebooks[name] = path
    spare = [path for path in paths if path not in staged.notebooks.values()]
    for name, path in staged.notebooks.items():
        if path != name:
            staged.note("renamed", path, name)
        guessed = alike[name, path] < 1 and (len(names) > 1 or spare)
        if guessed or any(alike[name, other] == 1 for other in spare):
            staged.note("ambiguous", name, path)


def stage(folder, names, target):
    """Copy the notebooks of one submission to a clean folder, under the assignment's names.

    Args:
        folder: submitted/STUDENT/ASSIGNMENT. names: file names of the assignment's notebooks.
        target: the clean folder; what was there goes. A valid timestamp.txt is written there too, in UTC.

    Returns:
        Staged. A notebook that is missing or too large is not in `notebooks`; a remark and a flag say so.

    Raises:
        NotebookError: no notebook at all could be taken.
    """
    folder, target, staged = Path(folder), Path(target), Staged()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    found, irregular, capped = _walk(folder, [*names, "timestamp.txt"])
    staged.files = {path: status.st_size for path, status in sorted(found.items())}
    if irregular:
        staged.note("irregular", _some(sorted(irregular)))
    if capped:
        staged.note("too-many-files", FILES, FOLDERS_DEEP)
    _choose(names, found, staged)
    left, taken = STAGED_BYTES, sha256()
    for name in names:
        path, limit = staged.notebooks.get(name), min(NOTEBOOK_BYTES, left)
        if path and len(content := _content(folder, path, limit)) <= limit:
            left -= len(content)
            (target / name).write_bytes(content)
            taken.update(b"%s %d " % (os.fsencode(name), len(content)) + content)
            continue
        staged.notebooks.pop(name, None)
        staged.note(*(("large", path, found[path].st_size, limit) if path else ("missing", name, _some(staged.files))))
    if not staged.notebooks:
        raise NotebookError("; ".join(staged.remarks))
    if "timestamp.txt" in found:
        content = _content(folder, "timestamp.txt", 100).decode("utf-8", "replace").strip()
        staged.timestamp, known = _timestamp(content)
        if not known:
            staged.note("timestamp", content[:60])
    if staged.timestamp:
        (target / "timestamp.txt").write_text(f"{staged.timestamp.isoformat(' ')} UTC", encoding="utf-8")
        taken.update(staged.timestamp.isoformat().encode())
    staged.digest = taken.hexdigest()
    return staged


def _content(folder, path, limit):
    """At most limit + 1 bytes of a regular file; b"" where it is no longer one."""
    with contextlib.suppress(OSError), _opened(folder, *path.split("/")) as descriptor:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(limit + 1)
    return b""


def _timestamp(content):
    """(datetime in UTC without zone, or None; whether date and zone are known), as nbgrader and ISO 8601 write it."""
    from dateutil.tz import gettz

    date, _, zone = re.sub(r" (?=[+-]\d)", "", content).rpartition(" ")
    if not re.fullmatch(r"[A-Za-z][\w/-]{,40}", zone):
        date, zone = f"{date} {zone}".strip(), "UTC"
    try:
        moment = datetime.fromisoformat(date)
        where = moment.tzinfo or gettz(zone)  # an unknown one is UTC, as for nbgrader
        return moment.replace(tzinfo=where or UTC).astimezone(UTC).replace(tzinfo=None), where is not None
    except (ValueError, OverflowError):
        return None, False


# --- A notebook -------------------------------------------------------------------------------------------------------


def read(raw):
    """What a student's notebook (bytes) holds that grading uses, as a plain dict in notebook format 4.

    Byte order marks, odd line ends, NUL, lone surrogates, odd numbers, damaged metadata and formats 2 and 3 are mended.
    Outputs are left out.

    Raises:
        NotebookError: it is no notebook; says what was received. Nothing else, whatever the bytes.
    """
    if not raw:
        raise NotebookError(say("empty"))
    if len(raw) > NOTEBOOK_BYTES:
        raise NotebookError(say("large", "*.ipynb", len(raw), NOTEBOOK_BYTES))
    decoded = raw.decode(json.detect_encoding(raw), "replace").strip("\0\ufeff \t\r\n")
    # Brackets outside texts; possessive: time linear in the size.
    brackets = re.sub(r'"(?:[^"\\]++|\\.)*+"?|[^][{}"]++', "", decoded, flags=re.DOTALL)
    depths = itertools.accumulate(1 if bracket in "[{" else -1 for bracket in brackets)
    if len(brackets) > BRACKETS or max(depths, default=0) > NESTING:
        raise NotebookError(say("nested"))
    try:
        # int() is quadratic and refuses long numbers; no number of a notebook has a use here.
        content = json.loads(decoded, strict=False, parse_int=lambda digits: int(digits[:9]))
    except json.JSONDecodeError as error:
        raise NotebookError(say("not-json", error, decoded[:40])) from None
    if not isinstance(content, dict):
        raise NotebookError(say("not-notebook", type(content).__name__))
    version, cells = content.get("nbformat"), content.get("cells")
    version = version if isinstance(version, int | float) else 4
    if not 2 <= version < 5:
        raise NotebookError(say("version", version))
    if not isinstance(cells, list):
        sheets = _as(list, content.get("worksheets"))
        cells = [cell for sheet in sheets for cell in _as(list, _as(dict, sheet).get("cells"))] or [None]
    if len(cells) > CELLS:
        raise NotebookError(say("nested"))
    known = [_cell(cell, version < 4) for cell in cells if isinstance(cell, dict)]
    if cells and not known:
        raise NotebookError(say("not-notebook", type(content).__name__))
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": known}


def _as(kind, value):
    return value if isinstance(value, kind) else kind()


def _clean(value):
    """A JSON value as one text: lines joined and ended alike, without NUL and lone surrogates; "" where it is none."""
    value = value if isinstance(value, str) else "".join(part for part in _as(list, value) if isinstance(part, str))
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cell(cell, old):
    metadata, kind = _as(dict, cell.get("metadata")), _clean(cell.get("cell_type"))
    level = cell.get("level") if cell.get("level") in range(1, 7) else 1
    return {
        "cell_type": {"code": "code", "raw": "raw"}.get(kind, "markdown"),
        "id": _clean(cell.get("id", metadata.get("id"))),  # Colab moves it
        "metadata": {"nbgrader": {"grade_id": _clean(_as(dict, metadata.get("nbgrader")).get("grade_id"))}},
        "source": ("#" * level + " ") * (old and kind == "heading") + _clean(cell.get("source", cell.get("input"))),
        "attachments": {
            _clean(name): {
                _clean(mime): _clean(data) for mime, data in _as(dict, files).items() if "image/" in mime[:6]
            }
            for name, files in _as(dict, cell.get("attachments")).items()
        },
    }


def master(course, assignment):
    """{file name: NotebookNode}: the instructor's notebooks, hidden tests in, solutions replaced by their stubs.

    Raises:
        NotebookError: there is none, or nbgrader refuses one.
    """
    import nbformat
    from nbgrader import preprocessors
    from nbgrader.converters import GenerateAssignment

    config, log, made = release.settings(course), logging.Logger("nbgrader", logging.CRITICAL), {}
    config.SaveCells.enabled = False
    student_only = (preprocessors.ClearHiddenTests, preprocessors.ClearMarkScheme)
    folder, templates = Path(course, "solutions", assignment).resolve(), Path(course, "autotests.yml").resolve()
    if templates.exists() and not (folder / templates.name).exists():
        config.InstantiateTests.autotest_filename = str(templates)  # nbgrader looks for it in the current folder
    for path in sorted(folder.glob("*.ipynb")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # nbformat's about older notebooks
                notebook, resources = nbformat.convert(release.read(path), 4), {"metadata": {"path": str(folder)}}
                notebook.nbformat_minor = 5
                for number, cell in enumerate(notebook.cells):  # one each, the same tomorrow
                    if cell.get("id") in {None, *(earlier["id"] for earlier in notebook.cells[:number])}:
                        cell["id"] = f"cell-{number}"
                notebook.metadata["course"] = _names(notebook)
                for step in GenerateAssignment(config=config, log=log).preprocessors:
                    if step not in student_only:
                        notebook, resources = step(config=config, log=log)(notebook, resources)
        except Exception as error:  # whatever nbformat and nbgrader's preprocessors raise
            raise NotebookError(f"{path.name}: {error}") from error
        made[path.name] = notebook
    if not made:
        raise NotebookError(say("missing", f"solutions/{assignment}/*.ipynb", "-"))
    return made


# What these modules' functions do depends on the process that they are called in: they stay the student's.
STATEFUL = r"(random|numpy\.random|os|sys|io|time|pathlib|glob|shutil|tempfile|warnings|pylab|matplotlib|IPython)\b"


def _names(notebook):
    """What plain test cells must know of the names in an instructor's notebook (an older one, without examiner cells).

    Returns:
        Dict: `answers`, the names that each solution cell binds, by its id; `bound`, the names that any cell but a test
        binds otherwise than by an import; `imports`, the import statements of cells that are no answers, by the name
        that they bind, or "*".
    """
    from IPython.core.inputtransformer2 import TransformerManager

    answers, bound, imports = {}, set(), defaultdict(list)
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code" and not checks.is_test_cell(cell)):
        try:
            source = TransformerManager().transform_cell(cell.source)
            tree = ast.parse(source)
        except SyntaxError:
            continue
        symbols = symtable.symtable(source, "cell", "exec").get_symbols()
        own = {symbol.get_name() for symbol in symbols if symbol.is_assigned()}
        bound |= own
        if cell.metadata.get("nbgrader", {}).get("solution"):
            answers[cell["id"]] = sorted(own)
            continue
        nodes = list(tree.body)
        while nodes:
            node = nodes.pop(0)
            if isinstance(node, ast.Import | ast.ImportFrom):
                stateful = isinstance(node, ast.ImportFrom) and re.match(STATEFUL, node.module or "")
                for alias in [] if stateful else node.names:
                    name = (alias.asname or alias.name).partition(".")[0]
                    imports[name].append(ast.unparse(node))
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                nodes += ast.iter_child_nodes(node)
    return {"answers": answers, "bound": sorted(bound), "imports": imports}


def rebuild(master, submitted):
    """The instructor's notebook with a student's answers in it.

    Cells, order, metadata, points and tests are the master's; the student's are the sources of solution cells and of
    cells that are neither locked nor graded, and the cells that the student added, each after the cell it stood after.
    Such a cell of the master's that is missing stays empty: nothing that the student wrote elsewhere is undone by it.

    Args:
        master: a NotebookNode as `master` gives it. submitted: as `read` gives it.

    Returns:
        (NotebookNode without outputs but for "not run" in each test cell, remarks, flags as in `Staged`)
    """
    from nbformat import from_dict, v4

    notebook, theirs = copy.deepcopy(master), submitted["cells"]
    cells, roles = notebook.cells, [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    free = [n for n, role in enumerate(roles) if not (role.get("locked") or role.get("grade") or role.get("solution"))]
    ids = {cell["id"]: n for n, cell in enumerate(cells)}
    names = {role["grade_id"]: n for n, role in enumerate(roles) if role.get("grade_id")}
    texts, stubs = [c["source"].strip() for c in theirs], [cell.source.strip() for cell in cells]
    place = [names.get(c["metadata"]["nbgrader"]["grade_id"], ids.get(c["id"])) for c in theirs]
    solutions = [n for n, role in enumerate(roles) if role.get("solution")]
    for n in sorted({*range(len(cells))} - {*solutions, *place}):  # ids are lost where an editor renews them
        if alike := [j for j, text in enumerate(texts) if place[j] is None and text == stubs[n]]:
            place[alike[0]] = n
    chosen = {}
    for j, n in enumerate(place):  # the first that was touched, if any was
        if n is not None and (n not in chosen or texts[chosen[n]] == stubs[n] != texts[j]):
            chosen[n] = j
    taken, astray = _missing(cells, theirs, place, chosen)
    unmatched = not chosen
    for n, j in taken.items():
        place[j], chosen[n] = n, j

    answers, added, number, previous = [], defaultdict(list), 0, -1  # what is added, by the place it comes after
    for n, (cell, role) in enumerate(zip(cells, roles, strict=True)):
        if n in chosen and (n in free or role.get("solution")):
            answers.append((cell, theirs[chosen[n]]))
        elif n in free or n in astray or (role.get("solution") and not role.get("grade")):
            cell.source = ""  # of an answer that a human grades: no longer the stub, which would be no answer
    fresh = (name for name in map("extra-{}".format, itertools.count(1)) if name not in ids)
    for n, text, given in zip(place, texts, theirs, strict=True):
        previous = previous if n is None else n
        extra = n is None or text not in (stubs[n], texts[chosen[n]])  # such copies run, as they do in Jupyter
        if extra and (text or given["attachments"]):
            number += 1
            if number <= EXTRA_CELLS:
                added[previous].append(getattr(v4, f"new_{given['cell_type']}_cell")(id=next(fresh)))
                answers.append((added[previous][-1], given))
    lost, room, pictures = [], SOURCE_CHARS, ATTACHED_CHARS
    for cell, given in answers:
        if len(given["source"]) > room:
            lost.append(cell["id"])
            continue
        cell.source, room = given["source"], room - len(given["source"])
        size = sum(len(data) for bundle in given["attachments"].values() for data in bundle.values())
        cell.pop("attachments", None)
        if cell.cell_type == "markdown" and 0 < size <= pictures:
            cell["attachments"], pictures = from_dict(given["attachments"]), pictures - size
    notebook.cells = added[-1] + [each for n, cell in enumerate(cells) for each in (cell, *added[n])]
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.outputs, cell.execution_count = [], None
        if checks.is_test_cell(cell):  # nbgrader gives full points for no output
            said = say("untested")
            cell.outputs = [v4.new_output("error", ename="NotRun", evalue=said, traceback=[said])]
    found = {
        "unmatched": [""] if unmatched else [],
        "duplicated": [cells[n]["id"] for n in chosen if place.count(n) > 1],
        "too-many-cells": [str(number - EXTRA_CELLS)] if number > EXTRA_CELLS else [],
        "too-much-source": lost,
        "astray": [cells[n]["id"] for n in astray],
        "taken": [cells[n]["id"] for n, j in taken.items() if texts[j] != stubs[n]],
        "restored": [cell["id"] for n, cell in enumerate(cells) if n not in chosen and n not in free],
    }
    found = {key: values for key, values in found.items() if values}
    remarks = [say(key, _some(values)) for key, values in found.items()]
    return notebook, remarks, [key for key in found if key in messages()["flags"]]


def _missing(cells, theirs, place, chosen):
    """What became of the answers that a human grades and whose cells are missing.

    Args:
        as in `rebuild`; place and chosen tell where a student's cell stands in the master and the other way round.

    Returns:
        ({n: j} where the student's cell j is the answer: it alone was added, and no other answer is missing, between
        the same neighbours; the other n, where a cell that was added somewhere may be the answer)
    """
    roles = [cell.metadata.get("nbgrader", {}) for cell in cells]
    lost = [n for n, role in enumerate(roles) if role.get("solution") and n not in chosen]
    added = [j for j, cell in enumerate(theirs) if place[j] is None and cell["source"].strip()]
    stubs, taken, astray = {cell.source.strip() for cell in cells}, {}, []
    known = {-1: -1} | chosen | {len(cells): len(theirs)}
    for n in (n for n in lost if roles[n].get("grade")):
        code, low, high = cells[n].cell_type == "code", max(m for m in known if m < n), min(m for m in known if m > n)
        alike = [j for j in added if (theirs[j]["cell_type"] == "code") == code]
        here = [j for j in alike if known[low] < j < known[high]]
        rivals = [m for m in lost if low < m < high and (cells[m].cell_type == "code") == code]
        if chosen and len(here) == len(rivals) == 1:
            taken[n] = here[0]
        elif any(theirs[j]["source"].strip() not in stubs for j in alike):
            astray.append(n)
    return taken, astray


def job(notebook, limits=None):
    """What the fork server is asked to run: the code cells of a rebuilt notebook, each with its kind."""
    cells, names = [], notebook.metadata["course"]
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        role, test = cell.metadata.get("nbgrader", {}), checks.is_test_cell(cell)
        shared = "examiner" in cell.metadata.get("tags", []) and role.get("locked") and not role.get("solution")
        kind, points = ("test", float(role["points"])) if test else ("examiner" if shared else "student", None)
        told = {"kind": kind, "points": points, "answers": names["answers"].get(cell["id"])}
        cells.append({"id": cell["id"], "source": cell.source} | told)
    return {
        "cells": cells,
        "bound": names["bound"],
        "imports": names["imports"],
        "limits": dict(limits or {}),
        "seed": os.environ.get("COURSE_SEED", checks.DEFAULT_SEED),
        "hidden": os.environ.get("COURSE_HIDDEN", ""),
        "language": chosen_language(),
    }


# --- Archives ---------------------------------------------------------------------------------------------------------


def unpack(archive, target):
    """Unpack at most ARCHIVE_BYTES of a zip archive into a folder that it makes; modification times are kept.

    Refused, one by one: paths out of the folder, links, devices, passwords, odd compressions, repeated names, what is
    too large or damaged. Names are read as UTF-8 where they are that, marked or not.

    Returns:
        Remarks, one for each refused member.

    Raises:
        NotebookError: it is no zip archive, or has too many members. OSError: it cannot be written.
    """
    target, remarks = Path(target), []
    target.mkdir(parents=True)
    left = min(ARCHIVE_BYTES, 2 * MEMBER_BYTES + INFLATION * os.path.getsize(archive))
    try:
        with open(archive, "rb") as file:
            end = zipfile._EndRecData(file)  # before ZipFile reads a directory of any size into memory
            if end and end[zipfile._ECD_SIZE] > 500 * MEMBERS:
                raise zipfile.BadZipFile(f"> {MEMBERS}")
            with zipfile.ZipFile(file) as opened:
                if len(opened.infolist()) > MEMBERS:
                    raise zipfile.BadZipFile(f"> {MEMBERS}")
                for member in opened.infolist():
                    name = member.filename
                    with contextlib.suppress(UnicodeError):
                        name = name if member.flag_bits & 0x800 else name.encode("cp437").decode()
                    parts = name.replace("\\", "/").rstrip("/").split("/")
                    size, reason = _extract(opened, member, target, parts, min(left, MEMBER_BYTES))
                    left -= size
                    remarks += [say(reason, name)] if reason else []
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise NotebookError(say("no-archive", Path(archive).name, error)) from error
    return remarks


def _extract(opened, member, target, parts, limit):
    """(bytes unpacked, why the member was refused: a key of messages.toml or "")."""
    path, kind = target.joinpath(*parts), stat.S_IFMT(member.external_attr >> 16)
    if len(parts) > 10 or any(not 0 < len(part.strip(".").encode()) <= 255 for part in parts) or parts[0][1:] == ":":
        return 0, "path"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return 0, "path"
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return 0, "damaged"
    if member.file_size > limit:
        return 0, "too-large"
    try:
        (path if member.is_dir() else path.parent).mkdir(parents=True, exist_ok=True)
        if member.is_dir():
            return 0, ""
        with open(path, "xb") as file, opened.open(member) as source:
            shutil.copyfileobj(source, file)  # never more than file_size, whatever the member holds
        with contextlib.suppress(ValueError, OverflowError):
            os.utime(path, (time.mktime((*member.date_time, 0, 0, -1)),) * 2)
        return member.file_size, ""
    except (FileExistsError, NotADirectoryError):
        return 0, "repeated"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # that: it points outside the archive
            raise
    path.unlink(missing_ok=True)
    return member.file_size, "damaged"
