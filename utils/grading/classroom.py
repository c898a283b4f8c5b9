"""Grades a class: every submission through the same path, whoever asks for it; one writer to nbgrader's gradebook.

Intake makes of each submission the instructor's notebook with the student's answers; workers (threads here, or Dask's
on other machines) examine it in a sandbox; the coordinator alone writes autograded/, the gradebook, grading.db (a row
for each submission and each graded cell), grading.log, feedback/ and grades.csv. What finished is known by the hash of
all that it depends on, so a killed run goes on where it was and a mended test grades again.
"""

import base64
import contextlib
import fnmatch
import functools
import itertools
import json
import os
import shutil
import sys
import threading
import warnings
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

from utils import checks, release
from utils.grading import chosen_language, examiner, intake, log, sandbox, say, server, student
from utils.release import NotebookError

IN_DOUBT = {"timeout", "died", "memory", "protocol", "not-run", "error"}  # a cell that ended so wants a human
TEXTS = {  # es, en
    "heads": (
        "estudiante tarea nota máximo automática máximo pendiente segundos observaciones",
        "student assignment score max automatic max pending seconds remarks",
    ),
    "unknown": ("no existe la tarea «{}»", "there is no assignment “{}”"),
    "lost": ("se perdió dos veces al ejecutarse", "it was lost twice while running"),
    "reading": ("{}: {}", "{}: {}"),
    "timeout": ("se acabó el tiempo en {}", "out of time in {}"),
    "died": ("el proceso terminó en {}", "the process ended in {}"),
    "memory": ("se acabó la memoria en {}", "out of memory in {}"),
    "protocol": ("respuesta ilegible en {}", "unreadable answer in {}"),
    "not-run": ("sin ejecutar: {}", "not run: {}"),
    "error": ("la prueba misma falló en {}", "the test itself failed in {}"),
    "partial-credit": ("puntos fuera de rango en {}", "points out of range in {}"),
    "none": ("no hay entrega de «{}» para «{}»", "there is no submission of “{}” for “{}”"),
    "version": ("{} califica con otra versión: {}, no {}", "{} grades with another version: {}, not {}"),
    "unsafe": (
        "Aviso: las entregas se ejecutan sin recinto, con tus permisos.",
        "Warning: submissions run without a sandbox, with your rights.",
    ),
}

text = functools.partial(say, TEXTS)


@functools.cache
def version():
    """What grades: a hash of the sources that a verdict depends on."""
    modules = (checks, examiner, intake, sandbox, server, student, sys.modules[__name__])
    return sha256(b"\0".join(Path(module.__file__).read_bytes() for module in modules)).hexdigest()[:12]


@dataclass(frozen=True)
class Options:
    """How a class is graded.

    Args:
        assignment, student: patterns as of `fnmatch`. workers: submissions at once. scheduler: address of a Dask
            scheduler whose workers take the place of threads here. fresh: grade again what is finished.
        seconds: CPU time of one cell or call; None: the default of `sandbox.Limits`. unsafe: without a sandbox.
        feedback: write pages for students too. bounds: other fields of `sandbox.Limits` by name.
    """

    assignment: str = "*"
    student: str = "*"
    workers: int = os.cpu_count() or 1
    scheduler: str | None = None
    fresh: bool = False
    seconds: float | None = None
    unsafe: bool = False
    feedback: bool = True
    bounds: dict = field(default_factory=dict)

    @property
    def limits(self):
        times = {} if self.seconds is None else {"cpu_seconds": self.seconds, "wall_seconds": 2 * self.seconds}
        return self.bounds | times


@dataclass
class Row:
    """What one submission came to, in points, and remarks where something needs a look. No score: not graded."""

    student: str
    assignment: str
    score: float | None = None
    max_score: float | None = None
    auto_score: float | None = None
    max_auto_score: float | None = None
    manual_pending: float | None = None  # points that wait for a human
    seconds: float | None = None
    flags: str = ""  # keys of what wants a human
    remarks: str = ""


@dataclass
class Master:
    """An assignment as the instructor has it: notebooks with hidden tests, what students import, other files."""

    notebooks: dict
    modules: list
    files: dict  # {relative path: base64} of what stands beside the notebooks
    digest: str

    @classmethod
    def of(cls, course, assignment):
        from utils.grading.feedback import public

        notebooks, names, taken, files = intake.master(course, assignment), set(), sha256(), {}
        folder, ignored = Path(course, "solutions", assignment), release.settings(course).CourseDirectory.ignore
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts  # what a release leaves out stays with the instructor
            hidden = any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in [".*", "__*", *ignored])
            if path.is_file() and not hidden and path.suffix != ".ipynb":
                files[path.relative_to(folder).as_posix()] = base64.b64encode(path.read_bytes()).decode()
        for name, notebook in notebooks.items():
            taken.update(json.dumps([name, notebook], sort_keys=True).encode())
            for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
                with contextlib.suppress(SyntaxError):  # magics
                    names |= release.imports(release.parse(public(cell.source, "")[0]))
        modules = sorted(release.modules({*names, "utils.collector"}))
        taken.update(json.dumps([modules, files]).encode())
        return cls(notebooks, modules, files, taken.hexdigest())


@dataclass
class Work:
    """A submission on its way: what is to be run and, in the end, what came of it."""

    row: Row
    notebooks: dict = field(default_factory=dict)  # by file name: NotebookNode
    jobs: dict = field(default_factory=dict)
    remarks: list = field(default_factory=list)
    flags: list = field(default_factory=list)
    timestamp: datetime | None = None
    digest: str = ""
    key: str = ""
    results: dict = field(default_factory=dict)


# --- Workers ----------------------------------------------------------------------------------------------------------


class Here:
    """The fork server of this process and which of its slots are busy; started by the first who needs it."""

    lock, busy, server = threading.Lock(), set(), None

    @classmethod
    def start(cls, unsafe):
        with cls.lock:
            if cls.server is None:
                started = server.ForkServer(unsafe)
                started.start()
                cls.server = started
        return cls.server

    @classmethod
    def begin(cls, unsafe):
        """Start it in the background; whoever needs it waits, or tries again and hears why not."""

        def started():
            with contextlib.suppress(sandbox.Unavailable):
                cls.start(unsafe)

        threading.Thread(target=started).start()

    @classmethod
    def close(cls):
        with cls.lock:
            if cls.server is not None:
                cls.server.close()
                cls.server = None


def examine(jobs, unsafe, expected):
    """Results (dicts by notebook; None where the run was lost) of one submission's jobs; runs in a worker."""
    if expected != version():
        raise sandbox.Unavailable(text("version", os.uname().nodename, version(), expected))
    started, first = Here.start(unsafe), os.getpid() % 400 * 8  # other workers of this machine have other users
    with Here.lock:
        slot = next(n for n in itertools.count(first) if n not in Here.busy)
        Here.busy.add(slot)
    results = {}
    try:
        for name, job in jobs.items():
            with contextlib.suppress(server.Lost):
                results[name] = started.examine(job, slot)
    finally:
        Here.busy.discard(slot)
    return {name: results.get(name) for name in jobs}


@contextlib.contextmanager
def executor(options):
    """(an `Executor` of threads, or of Dask's workers, that takes submissions; a call: how many it runs at once)."""
    if options.scheduler:
        from distributed import Client

        with Client(options.scheduler) as client:
            yield client.get_executor(pure=False), lambda: sum(client.nthreads().values()) or 1
        return
    Here.start(options.unsafe)
    try:
        with ThreadPoolExecutor(options.workers) as pool:
            yield pool, lambda: options.workers
    finally:
        Here.close()


def received(future, work):
    """The results of a Work's jobs; None for each where one Dask worker after the other died on them."""
    try:
        return future.result()
    except Exception as error:
        if type(error).__name__ != "KilledWorker":
            raise
        return dict.fromkeys(work.jobs)


# --- One submission ---------------------------------------------------------------------------------------------------


def prepare(course, folder, masters, options):
    """The Work of one submission.

    Raises:
        NotebookError: it cannot be graded; the text is the reason.
    """
    row = Row(folder.parent.name, folder.name)
    if row.assignment not in masters:
        raise NotebookError(text("unknown", row.assignment))
    if folder.is_symlink() or folder.parent.is_symlink():
        raise NotebookError(intake.text("irregular", folder.name))
    master = masters[row.assignment]
    clean = Path(course, "gradebook", "submitted", intake.safe(row.student), row.assignment)
    staged = intake.stage(folder, [*master.notebooks], clean)
    work = Work(row, remarks=staged.remarks, flags=staged.flags, timestamp=staged.timestamp, digest=staged.digest)
    for name in staged.notebooks:
        try:
            submitted = intake.read((clean / name).read_bytes())
        except NotebookError as error:
            work.remarks.append(text("reading", name, error))
            work.flags.append("unreadable")
            continue
        work.notebooks[name], remarks, flags = intake.rebuild(master.notebooks[name], submitted)
        work.remarks += remarks
        work.flags += flags
        work.jobs[name] = intake.job(work.notebooks[name], options.limits)
        work.jobs[name] |= {"modules": master.modules, "files": master.files}
    if not work.jobs:
        raise NotebookError("; ".join(work.remarks))
    depends = [
        work.digest,
        master.digest,
        version(),
        options.limits,
        os.environ.get("COURSE_SEED", checks.DEFAULT_SEED),
        options.unsafe,
    ]
    work.key = sha256(json.dumps(depends).encode()).hexdigest()
    return work


class Writer:
    """The one writer: autograded/, nbgrader's gradebook, grading.db, grading.log and feedback/ of a course."""

    def __init__(self, course, feedback=True):
        from nbgrader.api import Gradebook

        self.course, self.feedback, self.config = course, feedback, release.settings(course)
        self.log = log.connect(Path(course, "gradebook", "grading.db"))
        self.gradebook = Gradebook(self.config.CourseDirectory.db_url)
        self.gradebook.db.commit = self.gradebook.db.flush  # nbgrader's after each step; ours is one per submission
        self.finished = log.finished(self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gradebook.close()
        self.log.close()

    def write(self, work):
        """Record what came of a submission; its earlier automatic scores go, its manual ones stay."""
        import nbformat

        row, student = work.row, intake.safe(work.row.student)
        folders = [Path(self.course, step, student, row.assignment) for step in ("autograded", "feedback")]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        verdicts = self._score(work, student) if work.key or self._known(row.assignment) else []
        for name in work.results:
            folders[0].mkdir(parents=True, exist_ok=True)
            nbformat.write(nbformat.from_dict(work.notebooks[name]), folders[0] / name)
        if self.feedback:
            write_feedback(self.course, *folders)
        row.seconds = sum(result["seconds"] for result in work.results.values()) or None
        row.remarks, row.flags = "; ".join(work.remarks), " ".join(sorted({*work.flags}))
        common = {"student": row.student, "assignment": row.assignment, "digest": work.digest}
        time = datetime.now(UTC).isoformat(timespec="seconds")
        verdicts = [common | {"time": time, "version": version()} | verdict for verdict in verdicts]
        ended = "; ".join(result["ended"] for result in work.results.values() if result["ended"]) or None
        told = {"key": work.key, "finished": time, "seconds": row.seconds, "flags": row.flags.split(), "ended": ended}
        log.record(self.log, common | told | {"remarks": work.remarks, "row": asdict(row)}, verdicts)
        path = Path(self.course, "gradebook", "grading.log")
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            for line in verdicts or [common | {"time": time, "version": version(), "reason": row.remarks}]:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _known(self, assignment):
        return any(assignment == known.name for known in self.gradebook.assignments)

    def _score(self, work, student):
        """Write the scores of all graded cells to the gradebook in one transaction; returns the verdicts."""
        import nbformat
        from nbgrader.preprocessors import AssignLatePenalties
        from nbgrader.utils import determine_grade

        row, verdicts = work.row, []
        self.gradebook.update_or_create_student(student)
        when = {"timestamp": work.timestamp} if work.timestamp else {}
        submission = self.gradebook.update_or_create_submission(row.assignment, student, **when)
        for notebook in submission.notebooks:
            name, grades = f"{notebook.name}.ipynb", {grade.name: grade for grade in notebook.grades}
            for grade in grades.values():
                grade.auto_score, grade.needs_manual_grade = None, True
            for cell in work.notebooks[name].cells if name in work.results else []:
                role, told = cell.metadata.get("nbgrader", {}), work.results[name]["cells"].get(cell["id"], {})
                if "outputs" in told:
                    cell["outputs"] = [nbformat.from_dict(output) for output in told["outputs"]]
                if grade := grades.get(role.get("grade_id")):
                    grade.auto_score, points = determine_grade(cell)
                    doubt = told.get("reason") in IN_DOUBT or told.get("flag", False)
                    grade.needs_manual_grade = doubt or grade.auto_score is None or grade.manual_score is not None
                    if checks.is_test_cell(cell):
                        kept = {key: told[key] for key in ("reason", "tests", "seconds") if key in told}
                        about = {"notebook": name, "cell": grade.name, "earned": grade.auto_score, "points": points}
                        verdicts.append(about | kept)
        self.gradebook.db().commit()
        penalties = [known.late_submission_penalty for known in submission.notebooks]
        for name in work.results if submission.total_seconds_late > 0 or any(penalties) else ():
            about = {"notebook": name.removesuffix(".ipynb"), "assignment": row.assignment, "student": student}
            about["db_url"] = self.config.CourseDirectory.db_url
            AssignLatePenalties(config=self.config).preprocess(nbformat.v4.new_notebook(), {"nbgrader": about})
        return verdicts

    def knows(self, folder):
        """Whether this submission has been graded or found to be unreadable."""
        return (folder.parent.name, folder.name) in self.finished

    def rows(self, folders):
        """A Row for each of these folders, with the points that the gradebook holds now, a human's included."""
        self.gradebook.db.expire_all()
        told = {(entry["student"], entry["assignment"]): entry for entry in log.rows(self.log, "submission")}
        points, path, rows = {}, Path(self.course, "gradebook", "gradebook.db"), []
        for assignment in {folder.name for folder in folders}:
            pending = Counter()
            for cell in log.gradebook(path, assignment):
                pending[cell["student"]] += cell["points"] if cell["pending"] and cell["points"] else 0
            for given in self.gradebook.submission_dicts(assignment) if self._known(assignment) else []:
                points[given["student"], assignment] = given | {"pending": float(pending[given["student"]])}
        for folder in folders:
            entry = told[folder.parent.name, folder.name]
            row, given = Row(**entry["row"]), points.get((intake.safe(folder.parent.name), folder.name))
            if entry["key"] and given:
                row.score, row.max_score = given["score"], given["max_score"]
                row.auto_score, row.max_auto_score = given["code_score"], given["max_code_score"]
                row.manual_pending = given["pending"]
            rows.append(row)
        return rows


def write_feedback(course, autograded, target):
    """Write a student's pages for one assignment, of what stands in autograded/ and in the gradebook."""
    import nbformat

    from utils.grading import feedback

    for path in sorted(autograded.glob("*.ipynb")):
        grades = feedback.grades_of(
            Path(course, "gradebook", "gradebook.db"), autograded.parent.name, autograded.name, path.stem
        )
        target.mkdir(parents=True, exist_ok=True)
        page = feedback.page(nbformat.read(path, as_version=4), grades, chosen_language())
        (target / f"{path.stem}.html").write_text(page, encoding="utf-8")


def settle(work, results):
    """Take in the results of a submission's jobs; returns whether it deserves a second run, alone."""
    work.results = {name: result for name, result in results.items() if result}
    for result in results.values():
        if result is None:
            work.flags.append("lost")
            work.remarks.append(text("lost"))
            continue
        found = {}
        for identifier, cell in result["cells"].items():
            theirs = cell.get("reason") == "error" and cell.get("earned") is None  # what a student's own cell raised
            if cell.get("reason") in IN_DOUBT and not theirs:
                found.setdefault(cell["reason"], []).append(identifier)
            elif cell.get("flag"):
                found.setdefault("partial-credit", []).append(identifier)
        work.remarks += [text(reason, ", ".join(cells)) for reason, cells in found.items()]
        work.flags += [*found, *result.get("flags", [])]
    return any(result is None or result["ended"] == "timeout" for result in results.values())


# --- A class ----------------------------------------------------------------------------------------------------------


def submissions(course, options):
    """The folders of the submissions that the options name, in the order of their names."""
    found = Path(course, "submitted").glob("[!.]*/[!.]*")
    return sorted(
        folder
        for folder in found
        if fnmatch.fnmatchcase(folder.name, options.assignment)
        and (
            options.student in (folder.parent.name, intake.safe(folder.parent.name))
            or fnmatch.fnmatchcase(folder.parent.name, options.student)
        )
    )


def grade(course, options=None):
    """Grade what stands in submitted/ of a course folder.

    Returns:
        A Row for each submission, in the order of the names.

    Raises:
        NotebookError: an assignment cannot be recorded in the gradebook. sandbox.Unavailable: no sandbox can be had.
    """
    course, options = Path(course), options or Options()
    folders, known = submissions(course, options), release.assignments(course)
    if options.unsafe:
        print(text("unsafe"), file=sys.stderr)
    with warnings.catch_warnings(), contextlib.closing(Here):
        warnings.simplefilter("ignore")  # nbgrader's own, and nbformat's about old notebooks
        if not options.scheduler and (options.fresh or not _all_finished(course, folders)):
            Here.begin(options.unsafe)  # while nbgrader is imported
        masters = {name: Master.of(course, name) for name in sorted({f.name for f in folders} & {*known})}
        for assignment, master in masters.items():
            record_assignment(course, assignment, master.digest)
        bar = tqdm(total=len(folders), unit="", file=sys.stderr, disable=not folders)
        with Writer(course, options.feedback) as writer, bar:
            _grade_all(course, folders, masters, options, writer, bar)
            return writer.rows(folders)


def _all_finished(course, folders):
    path = course / "gradebook" / "grading.db"
    if not path.exists():
        return not folders
    with contextlib.closing(log.connect(path)) as database:
        return {(folder.parent.name, folder.name) for folder in folders} <= log.finished(database).keys()


def record_assignment(course, assignment, digest):
    """Bring nbgrader's gradebook up to date with an assignment, where it or its record has changed."""
    from nbgrader.api import Gradebook, MissingEntry

    known = Path(course, "gradebook", "released", f"{assignment}.sha256")
    with Gradebook(release.settings(course).CourseDirectory.db_url) as gradebook:
        try:
            gradebook.find_assignment(assignment)
            if known.read_text(encoding="utf-8") == digest:
                return
        except (MissingEntry, OSError):
            pass
    release.generate(course, assignment, Path(course, "gradebook", "released"), database=True)
    known.write_text(digest, encoding="utf-8")


def _grade_all(course, folders, masters, options, writer, bar):
    """Hand out submissions, few at a time, and write what comes back; then what wants a second run, each alone."""
    todo, running, again, pool, width = iter(folders), {}, [], None, lambda: 1

    def ready(folder):
        """Its Work where it is to be run; else None, and it is settled."""
        work = Work(Row(folder.parent.name, folder.name))
        try:
            work = prepare(course, folder, masters, options)
            if options.fresh or writer.finished.get((work.row.student, work.row.assignment)) != work.key:
                return work
        except Exception as error:  # whatever one submission raises stays with it
            work.remarks.append(f"{type(error).__name__}: {error}".removeprefix("NotebookError: "))
            work.flags.append("unreadable")
            writer.write(work)
        bar.update()

    with contextlib.ExitStack() as stack:
        while True:
            while len(running) < 2 * width() and (folder := next(todo, None)):
                if work := ready(folder):
                    if pool is None:
                        pool, width = stack.enter_context(executor(options))
                    running[pool.submit(examine, work.jobs, options.unsafe, version())] = folder, work
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                folder, work = running.pop(future)
                if settle(work, received(future, work)):
                    again.append(folder)
                else:
                    writer.write(work)
                    bar.update()
        for work in filter(None, map(ready, again)):
            settle(work, received(pool.submit(examine, work.jobs, options.unsafe, version()), work))
            writer.write(work)
            bar.update()


def examined(course, folder, options):
    """{notebook: [(cell, what came of it)]} of one submission; nothing is recorded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work = prepare(course, folder, {folder.name: Master.of(course, folder.name)}, options)
    with executor(options) as (pool, _):
        settle(work, received(pool.submit(examine, work.jobs, options.unsafe, version()), work))
    shown = {}
    for name, result in work.results.items():
        cells = [cell for cell in work.notebooks[name].cells if cell.cell_type == "code"]
        shown[name] = [(cell, result["cells"].get(cell["id"], {})) for cell in cells]
    return shown


def table(rows):
    """The rows as aligned text."""
    cells = [text("heads").split()]
    for row in rows:
        values = [value for name, value in asdict(row).items() if name != "flags"]
        cells.append(["-" if v is None else f"{v:.4g}" if isinstance(v, float) else intake.visible(v) for v in values])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in cells)
