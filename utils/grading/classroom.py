"""Grades a class: every submission through the same path, whoever asks for it; one writer to nbgrader's gradebook.

Intake makes of each submission the instructor's notebook with the student's answers; workers (threads here, or Dask's
on other machines) examine it in a sandbox; the coordinator alone writes autograded/, the gradebook, grading.db (a row
for each submission and each graded cell), grading.log, feedback/ and grades.csv. What finished is known by the hash of
all that it depends on, so a killed run goes on where it was and a mended test grades again.
"""

import base64
import contextlib
import errno
import fcntl
import fnmatch
import functools
import itertools
import json
import math
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

from utils import checks, release
from utils.grading import chosen_language, examiner, intake, log, sandbox, say, server, student, visible
from utils.release import NotebookError

# Errors of this machine, of no submission.
DISC = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
IN_DOUBT = {"timeout", "died", "memory", "protocol", "not-run", "error"}  # a cell that ended so wants a human


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
    due: str = ""  # as the gradebook has it; another one changes what is late

    @classmethod
    def of(cls, course, assignment):
        from utils.grading.feedback import public

        notebooks, names, taken = intake.master(course, assignment), set(), sha256()
        folder, ignored = Path(course, "solutions", assignment), release.settings(course).CourseDirectory.ignore
        files, number = [], 0
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts  # what a release leaves out stays with the instructor
            hidden = any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in [".*", "__*", *ignored])
            number += not hidden
            files += [path] if path.is_file() and not hidden and path.suffix != ".ipynb" else []
        size, most = sum(path.stat().st_size for path in files), sandbox.Limits()
        if 2 * number > most.inodes or 2 * size > most.disk_bytes:  # half is for what students write
            raise NotebookError(say("heavy", assignment, number, size, most.inodes // 2, most.disk_bytes // 2))
        files = {path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode() for path in files}
        for name, notebook in notebooks.items():
            taken.update(json.dumps([name, notebook], sort_keys=True).encode())
            for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
                tree = release.parse(public(cell.source, ""))  # None: a magic
                names |= release.imports(tree) if tree else set()
        modules = sorted(release.modules({*names, "utils.collector"}))
        taken.update(json.dumps([modules, files]).encode())
        return cls(notebooks, modules, files, taken.hexdigest())


@dataclass
class Work:
    """A submission on its way: what is to be run and, in the end, what came of it."""

    folder: Path  # submitted/STUDENT/ASSIGNMENT
    staged: intake.Staged = field(default_factory=intake.Staged)
    notebooks: dict = field(default_factory=dict)  # by file name: NotebookNode
    jobs: dict = field(default_factory=dict)
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
    def close(cls):
        with cls.lock:
            running, cls.server = cls.server, None
            if running is not None:
                running.close()


def examine(jobs, unsafe, expected):
    """Results (dicts by notebook; None where the run was lost) of one submission's jobs; runs in a worker."""
    if expected != version():
        raise sandbox.Unavailable(say("other-version", os.uname().nodename, version(), expected))
    started, first = Here.start(unsafe), os.getpid() % 400 * 8  # other workers of this machine have other users
    with Here.lock:
        slot = next(n for n in itertools.count(first) if n not in Here.busy)
        Here.busy.add(slot)
    results = dict.fromkeys(jobs)
    try:
        for name, job in jobs.items():
            with contextlib.suppress(server.Lost):
                results[name] = started.examine(job, slot)
    finally:
        Here.busy.discard(slot)
    return results


@contextlib.contextmanager
def executor(options):
    """(a call that has a Work's jobs examined and returns a future; a call that says how many run at once).

    Threads do it, or Dask's workers.
    """

    def submit(work):
        return pool.submit(examine, work.jobs, options.unsafe, version())

    if options.scheduler:
        try:
            from distributed import Client
        except ImportError as error:
            raise sandbox.Unavailable(say("no-dask", error)) from error
        with Client(options.scheduler) as client:
            pool = client.get_executor(pure=False)
            yield submit, lambda: sum(client.nthreads().values()) or 1
    else:
        Here.start(options.unsafe)
        with ThreadPoolExecutor(options.workers) as pool:
            try:
                yield submit, lambda: options.workers
            finally:  # after Ctrl-C nobody waits for what still runs
                pool.shutdown(wait=False, cancel_futures=True)
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
    """The Work of one submission; its notebooks are staged in gradebook/submitted/ of `course`.

    Raises:
        NotebookError: it cannot be graded; the text is the reason.
    """
    if folder.name not in masters:
        raise NotebookError(say("unknown", folder.name))
    master, student = masters[folder.name], intake.safe(folder.parent.name)
    if (size := len(student.encode())) > (most := os.pathconf(course, "PC_NAME_MAX")):
        raise NotebookError(say("long-name", size, most))
    clean = Path(course, "gradebook", "submitted", student, folder.name)
    staged = intake.stage(folder, [*master.notebooks], clean)
    work = Work(folder, staged)
    for name in staged.notebooks:
        try:
            submitted = intake.read((clean / name).read_bytes())
        except NotebookError as error:
            staged.note("unreadable", name, error)
            continue
        work.notebooks[name], remarks, flags = intake.rebuild(master.notebooks[name], submitted)
        staged.remarks += remarks
        staged.flags += flags
        job = intake.job(work.notebooks[name], options.limits)
        work.jobs[name] = job | {"modules": master.modules, "files": master.files}
    if not work.jobs:
        raise NotebookError("; ".join(staged.remarks))
    settings = [job[name] for name in ("limits", "seed", "hidden")]  # of every job
    depends = [staged.digest, master.digest, master.due, version(), options.unsafe, settings]
    work.key = sha256(json.dumps(depends).encode()).hexdigest()
    return work


class Writer(contextlib.ExitStack):
    """The one writer: autograded/, nbgrader's gradebook, grading.db, grading.log and feedback/ of a course."""

    def __init__(self, course, feedback=True):
        from nbgrader.api import Assignment, Gradebook, SubmittedAssignment

        super().__init__()
        self.course, self.feedback, self.config = course, feedback, release.settings(course)
        self.log = self.enter_context(contextlib.closing(log.connect(Path(course, "gradebook", "grading.db"))))
        self.gradebook = self.enter_context(Gradebook(self.config.CourseDirectory.db_url))
        self.gradebook.db.commit = self.gradebook.db.flush  # nbgrader's after each step; ours is one per submission
        self.finished = log.finished(self.log)
        graded = self.gradebook.db.query(SubmittedAssignment.student_id, Assignment.name).join(Assignment)
        self.graded = {(student, assignment) for student, assignment in graded}  # an older gradebook may be put back

    def _targets(self, work):
        """(student as nbgrader has it, assignment, folder of the graded notebooks, folder of the pages)"""
        below = intake.safe(work.folder.parent.name), work.folder.name
        return *below, *(Path(self.course, step, *below) for step in ("autograded", "feedback"))

    def stands(self, work):
        """Whether a submission is finished and its notebooks are there; pages that are not are written again."""
        student, assignment, autograded, feedback = self._targets(work)
        finished = self.finished.get(log.name(work.folder)) == work.key
        finished &= (student, assignment) in self.graded
        if not finished or not all((autograded / name).is_file() for name in work.jobs):
            return False
        if self.feedback and not all((feedback / name).with_suffix(".html").is_file() for name in work.jobs):
            try:
                write_feedback(self.course, autograded, feedback)
            except ValueError:  # a full disc cut the notebook short
                return False
        return True

    def write(self, work):
        """Record what came of a submission; its earlier automatic scores go, its manual ones stay."""
        import nbformat

        staged, results = work.staged, work.results.values()
        student, assignment, autograded, feedback = self._targets(work)
        for folder in (autograded, feedback):
            shutil.rmtree(folder, ignore_errors=True)
        known = work.key or assignment in (known.name for known in self.gradebook.assignments)
        verdicts = self._score(work, student, assignment) if known else []
        for name in work.results:
            autograded.mkdir(parents=True, exist_ok=True)
            nbformat.write(nbformat.from_dict(work.notebooks[name]), autograded / name)
        if self.feedback and work.results:
            write_feedback(self.course, autograded, feedback)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"student": work.folder.parent.name, "assignment": assignment, "digest": staged.digest}
        told = {"key": work.key, "finished": now, "flags": sorted({*staged.flags}), "remarks": staged.remarks}
        told["seconds"] = sum(result["seconds"] for result in results) or None
        told["ended"] = "; ".join(result["ended"] for result in results if result["ended"]) or None
        lines = [about | {"time": now, "version": version()} | line for line in verdicts]
        log.record(self.log, about | told, lines)
        lines = lines or [about | {"time": now, "version": version(), "reason": "; ".join(staged.remarks)}]
        path = Path(self.course, "gradebook", "grading.log")
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    def _score(self, work, student, assignment):
        """Write the scores of all graded cells to the gradebook in one transaction; returns the verdicts."""
        import nbformat
        from nbgrader.preprocessors import AssignLatePenalties
        from nbgrader.utils import compute_checksum, determine_grade

        verdicts = []
        self.gradebook.update_or_create_student(student)
        when = {"timestamp": work.staged.timestamp} if work.staged.timestamp else {}
        submission = self.gradebook.update_or_create_submission(assignment, student, **when)
        for notebook in submission.notebooks:
            name, grades = f"{notebook.name}.ipynb", {grade.name: grade for grade in notebook.grades}
            comments = {comment.name: comment for comment in notebook.comments}
            for grade in grades.values():
                grade.auto_score, grade.needs_manual_grade = None, True
            for cell in work.notebooks[name].cells if name in work.results else []:
                role, told = cell.metadata.get("nbgrader", {}), work.results[name]["cells"].get(cell["id"], {})
                if "outputs" in told:
                    cell["outputs"] = [nbformat.from_dict(output) for output in told["outputs"]]
                if (comment := comments.get(role.get("grade_id"))) and role.get("solution"):
                    same = role.get("checksum") == compute_checksum(cell)
                    comment.auto_comment = say("no-answer") if same else None
                if grade := grades.get(role.get("grade_id")):
                    reason = "by-hand"
                    if role.get("grade"):  # a task's points are a human's: nbgrader refuses to determine them
                        grade.auto_score, _ = determine_grade(cell)
                        doubt = told.get("reason") in IN_DOUBT or bool(told.get("flag"))
                        grade.needs_manual_grade = doubt or grade.auto_score is None or grade.manual_score is not None
                        reason = told.get("reason") if checks.is_test_cell(cell) else reason
                    about = {"notebook": name, "cell": grade.name, "earned": grade.auto_score, "reason": reason}
                    kept = {key: told[key] for key in ("tests", "seconds") if key in told}
                    verdicts.append(about | {"points": grade.max_score} | kept)
        self.gradebook.db().commit()
        penalties = [known.late_submission_penalty for known in submission.notebooks]
        for name in work.results if submission.total_seconds_late > 0 or any(penalties) else ():
            about = {"notebook": name.removesuffix(".ipynb"), "assignment": assignment, "student": student}
            about["db_url"] = self.config.CourseDirectory.db_url
            AssignLatePenalties(config=self.config).preprocess(nbformat.v4.new_notebook(), {"nbgrader": about})
        return verdicts

    def rows(self, folders):
        """A Row for each of these folders, with the points that the gradebook holds now, a human's included.

        What has been neither graded nor found to be unreadable is left out.
        """
        entries = {(entry["student"], entry["assignment"]): entry for entry in log.rows(self.log, "submission")}
        cells, totals, rows = defaultdict(list), {}, []
        for assignment in {folder.name for folder in folders}:
            found = log.gradebook(Path(self.course, "gradebook", "gradebook.db"), assignment)
            totals[assignment] = log.totals(found)
            for cell in found:
                cells[cell["student"], assignment].append(cell)
        for folder in (folder for folder in folders if log.name(folder) in entries):
            entry, mine = entries[log.name(folder)], cells[intake.safe(folder.parent.name), folder.name]
            row = Row(folder.parent.name, folder.name, seconds=entry["seconds"])
            row.flags, row.remarks = " ".join(entry["flags"]), "; ".join(entry["remarks"])
            if entry["key"] and mine:
                scored = [cell for cell in mine if cell["points"] is not None]  # an assignment may have none
                automatic = [cell for cell in scored if cell["type"] == "code"]
                row.score, row.max_score = totals[folder.name][mine[0]["student"]]
                row.auto_score = math.fsum(cell["score"] for cell in automatic)
                row.max_auto_score = math.fsum(cell["points"] for cell in automatic)
                row.manual_pending = math.fsum(cell["points"] for cell in scored if cell["pending"])
            rows.append(row)
        return rows


def write_feedback(course, autograded, target):
    """Write a student's pages for one assignment, of what stands in autograded/ and in the gradebook."""
    import nbformat

    from utils.grading import feedback

    database, (student, assignment) = Path(course, "gradebook", "gradebook.db"), autograded.parts[-2:]
    for path in sorted(autograded.glob("*.ipynb")):
        grades = feedback.grades_of(database, student, assignment, path.stem)
        target.mkdir(parents=True, exist_ok=True)
        page = feedback.page(nbformat.read(path, as_version=4), grades, chosen_language())
        (target / f"{path.stem}.html").write_text(page, encoding="utf-8")


def settle(work, results):
    """Take in the results of a submission's jobs; returns whether it deserves a second run, alone."""
    work.results = {name: result for name, result in results.items() if result}
    for result in results.values():
        if result is None:
            work.staged.note("lost")
            continue
        found = defaultdict(list)
        for identifier, cell in result["cells"].items():
            theirs = cell.get("reason") == "error" and cell.get("earned") is None  # what a student's own cell raised
            if cell.get("reason") in IN_DOUBT and not theirs:
                found[cell["reason"]].append(identifier)
            elif cell.get("flag"):
                found[cell["flag"]].append(identifier)
        for reason, cells in found.items():
            work.staged.note(reason, ", ".join(cells))
        work.staged.flags += result.get("flags", [])
    return any(result is None or result["ended"] == "timeout" for result in results.values())


# --- A class ----------------------------------------------------------------------------------------------------------


def submissions(course, options, step="submitted"):
    """The folders STUDENT/ASSIGNMENT of a step that the options name, in the order of their names."""

    def wanted(student, assignment):
        named = options.student in (student, intake.safe(student), intake.unsafe(student))
        named = named or fnmatch.fnmatchcase(student, options.student)
        return named and fnmatch.fnmatchcase(assignment, options.assignment)

    def inside(folder):  # not by a pattern: what may not be read would not be missed
        return [path for path in (folder.iterdir() if folder.is_dir() else ()) if not path.name.startswith(".")]

    found = (folder for own in inside(Path(course, step)) for folder in inside(own))
    return sorted(folder for folder in found if wanted(folder.parent.name, folder.name))


@contextlib.contextmanager
def alone(course):
    """Hold a course: of what writes to it, one process runs at a time. The kernel lets go of it however that ends.

    Raises:
        BlockingIOError: another holds it. ValueError: a database is not the course's. NotebookError: it is no course.
    """
    release.assignments(course)  # else any folder would become one
    path = Path(course, "gradebook", "grading.lock")
    path.parent.mkdir(exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:  # the fork server is another program: it does not inherit this
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BlockingIOError(say("running", file.read())) from None
        file.truncate(0)
        print(os.getpid(), end="", file=file, flush=True)
        for name in log.MARKS:
            log.check(path.with_name(name))
        yield


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
        print(say("unsafe"), file=sys.stderr)
    with warnings.catch_warnings(), contextlib.closing(Here), ThreadPoolExecutor(1) as early:
        warnings.simplefilter("ignore")  # nbgrader's own, and nbformat's about old notebooks
        with contextlib.closing(log.connect(course / "gradebook" / "grading.db")) as database:
            new = {log.name(folder) for folder in folders} - log.finished(database).keys()
        if not options.scheduler and (options.fresh or new):
            early.submit(Here.start, options.unsafe)  # while nbgrader is imported; whoever needs it hears why not
        masters = {name: Master.of(course, name) for name in sorted({f.name for f in folders} & {*known})}
        for assignment, master in masters.items():
            master.due = record_assignment(course, assignment, master.digest)
        bar = tqdm(total=len(folders), unit="", file=sys.stderr, disable=not folders)
        with Writer(course, options.feedback) as writer, bar:
            _grade_all(course, folders, masters, options, writer, bar)
            return writer.rows(folders)


def record_assignment(course, assignment, digest):
    """Bring nbgrader's gradebook up to date with an assignment, where it or its record has changed.

    Returns:
        its due date, as text.
    """
    from nbgrader.api import Gradebook, MissingEntry

    known = Path(course, "gradebook", "released", f"{assignment}.sha256")
    with Gradebook(release.settings(course).CourseDirectory.db_url) as gradebook:
        try:
            due = str(gradebook.find_assignment(assignment).duedate)
            if known.read_text(encoding="utf-8") == digest:
                return due
        except MissingEntry:
            due = str(None)
        except OSError:
            pass
    release.generate(course, assignment, Path(course, "gradebook", "released"), database=True)
    known.write_text(digest, encoding="utf-8")
    return due


def _grade_all(course, folders, masters, options, writer, bar):
    """Hand out submissions, few at a time, and write what comes back; then what wants a second run, each alone."""

    def ready(folders):
        """The Works of what is to be run; what is not is settled."""
        for folder in folders:
            try:
                work = prepare(course, folder, masters, options)
            except Exception as error:  # whatever one submission raises stays with it
                ours = str(getattr(error, "filename", None)).startswith(f"{Path(course, 'gradebook')}/")
                if ours or getattr(error, "errno", None) in DISC:
                    raise
                work = Work(folder)
                work.staged.remarks.append(f"{type(error).__name__}: {error}".removeprefix("NotebookError: "))
                work.staged.flags.append("unreadable")
                done(work)
                continue
            if options.fresh or not writer.stands(work):
                yield work
            else:
                bar.update()

    def done(work):
        writer.write(work)
        bar.update()

    todo, running, again = ready(folders), {}, []
    if (first := next(todo, None)) is None:
        return
    todo = itertools.chain([first], todo)
    with executor(options) as (submit, width):
        while True:
            running |= {submit(work): work for work in itertools.islice(todo, max(0, 2 * width() - len(running)))}
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                work = running.pop(future)
                if settle(work, received(future, work)):
                    again.append(work.folder)
                else:
                    done(work)
        for work in ready(again):
            settle(work, received(submit(work), work))
            done(work)


def examined(course, folder, options):
    """{notebook: [(cell, what came of it)]} of one submission; nothing is recorded."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as apart:  # what a grading has staged stays
        warnings.simplefilter("ignore")
        work = prepare(apart, folder, {folder.name: Master.of(course, folder.name)}, options)
    with executor(options) as (submit, _):
        settle(work, received(submit(work), work))
    shown = {}
    for name, result in work.results.items():
        cells = [cell for cell in work.notebooks[name].cells if cell.cell_type == "code"]
        shown[name] = [(cell, result["cells"].get(cell["id"], {})) for cell in cells]
    return shown


def table(rows):
    """The rows as aligned text."""
    cells = [say("heads").split()]
    for row in rows:
        values = [value for name, value in asdict(row).items() if name != "flags"]
        cells.append(["-" if v is None else f"{v:.4g}" if isinstance(v, float) else visible(v) for v in values])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in cells)
