"""Moodle and Canvas: downloads of submissions in, the zip of feedback that Moodle takes back out."""

import glob
import json
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from utils import release
from utils.grading import intake, say

# Moodle: Name_ID_assignsubmission_file_/x.ipynb, in newer versions without the last _, or flat …_file_x.ipynb.
MOODLE = re.compile(
    r"(?P<name>[^/]+)_(?P<number>\d{1,20})_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<rest>.*))?"
)
CANVAS = re.compile(r"(?P<name>[^/_]+)_(?P<late>LATE_)?(?P<number>\d{1,20})_\d+_(?P<rest>.+)", re.IGNORECASE)
AGAIN = r"(?:-(?P<attempt>\d{1,4}))?(?: ?\(\d+\)| ?- ?(?:copy|copia)\w*)*"  # what follows a notebook's own name
PERSON_BYTES = 200  # of a student's folder, escaped; two numbers of 20 digits may follow


@dataclass(frozen=True)
class Arrival:
    """One file of a download: whose it is, and what Moodle or Canvas said about it in its name."""

    key: tuple  # the name, as the archive has it; number of participant (Moodle, per assignment) or user (Canvas)
    origin: str  # folder or prefix that Moodle knows the person by; "" from Canvas
    name: str  # of the file as it was handed in
    late: bool
    path: Path
    time: float  # of its last change, seconds since 1970

    def rank(self, wanted, only):
        """What orders the files for one notebook: name, attempt, time; None where it is none of its files."""
        stem, extension = os.path.splitext(_plain(self.name.rpartition("/")[2]))
        goal = _plain(wanted).removesuffix(".ipynb")
        match = re.fullmatch(f"(?s)({re.escape(goal)}|.*?){AGAIN}", stem)  # it may end like an attempt itself
        if extension != ".ipynb" or not (only or match[1] == goal):
            return None
        return match[1] == goal, int((not self.origin and match["attempt"]) or 0), self.time


def _plain(name):
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _arrivals(folder):
    """(Arrivals, names that are none) of the files of an unpacked archive."""
    arrivals, others = [], []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = unicodedata.normalize("NFC", path.relative_to(folder).as_posix()).split("/")
        if any(part == "__MACOSX" or (part[0] == "." and not MOODLE.fullmatch(part)) for part in parts):
            continue
        found = ((level, MOODLE.fullmatch(part)) for level, part in enumerate(parts))
        level, match = next((pair for pair in found if pair[1]), (len(parts) - 1, CANVAS.fullmatch(parts[-1])))
        # The end of a flat name is the student's own choice: of two readings, one is another person.
        twice = match and match.re is MOODLE and level == len(parts) - 1
        twice = twice and (CANVAS.fullmatch(parts[-1]) or "_assignsubmission_" in match["name"])
        if match is None or twice:
            others.append("/".join(parts))
            continue
        fields, rest, origin = match.groupdict(), match["rest"] or "", ""
        if "kind" in fields:  # Moodle's folder comes back as it came; of a flat file, what stands before its own name
            origin = parts[level].removesuffix(rest) if level == len(parts) - 1 else f"{parts[level]}/"
        name = "/".join([rest, *parts[level + 1 :]]).strip("/")
        time, late = path.stat().st_mtime, bool(fields.get("late"))
        arrivals.append(Arrival(match.group("name", "number"), origin, name, late, path, time))
    return arrivals, others


def origins(course):
    """{assignment: {student: {"person", "number", "origin"}}} of what came from downloads."""
    path = Path(course, "gradebook", "origins.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _students(people, everything, assignment):
    """{(person, number): student}: the name, and the number with it where the name alone could be two people.

    Moodle gives a person another number in each assignment: with the number, everyone would be a new student each time.
    Names are one where they would share a folder on some system: case, outer blanks, what is invisible do not count.
    """

    def clean(person):
        name = "".join(c for c in person if c.isprintable() and c not in "/\\").strip(" .")
        while len(intake.safe(name).encode()) > PERSON_BYTES:
            name = name[:-1]
        return name or "_"

    known = {(o["person"], o["number"]): student for student, o in everything.get(assignment, {}).items()}
    rosters = [{(o["person"], o["number"]) for o in here.values()} for here in everything.values()]
    rosters.append({*people, *known})
    rosters.append({(person, "") for roster in rosters for person, _ in roster})  # one name, spelled in two ways
    counts = [Counter(_plain(clean(person)) for person, _ in roster) for roster in rosters]
    twice = {name for count in counts for name, n in count.items() if n > 1}
    shared = {key for key in people if _plain(clean(key[0])) in twice}
    students = {}
    for (person, number), origin in people.items():
        alone = origin and " " in clean(person) and (person, number) not in shared  # "Participant": marked blind
        own = clean(person) if alone else f"{clean(person)}_{number}"
        students[person, number] = known.get((person, number), own)
    taken = Counter(map(_plain, (known | students).values()))  # also a name that ends like another's number
    for key, student in students.items():
        if taken[_plain(student)] > 1 and key not in known:
            students[key] = f"{student}_{key[1]}"
    return students, shared


def arrive(archive, course, assignment):
    """Write the notebooks of a Moodle or Canvas download to submitted/STUDENT/ASSIGNMENT/.

    A file in submitted/ that is newer than the download's stays; an older one that differs is kept beside the new one.

    Returns:
        [(student, name of the chosen file or None, [remark, …])]; what the archive holds beside stands under "".

    Raises:
        NotebookError: the archive cannot be read, or the course has no such assignment.
    """
    wanted = sorted(path.name for path in Path(course, "solutions", assignment).glob("*.ipynb"))
    if not wanted:
        raise release.NotebookError(say("unknown", assignment))
    with tempfile.TemporaryDirectory() as folder:
        refused = intake.unpack(archive, Path(folder, "unpacked"))
        arrivals, others = _arrivals(Path(folder, "unpacked"))
        remarks = [*refused, *(say("unrecognised", name) for name in others)]
        results, everything = [("", None, remarks)] if remarks else [], origins(course)
        # A person's text, if any, stands in another folder than the files: theirs is the one that comes back.
        people = {a.key: a.origin for a in sorted(arrivals, key=lambda a: "_file" in a.origin)}
        students, shared = _students(people, everything, assignment)
        here = everything.setdefault(assignment, {})
        for key, student in sorted(students.items(), key=lambda item: item[1]):
            here[student] = {"person": key[0], "number": key[1], "origin": people[key]}
            mine = [a for a in arrivals if a.key == key]
            chosen, remarks = _place(mine, wanted, Path(course, "submitted", student, assignment))
            namesakes = [say("namesake", key[0])] if key in shared and people[key] else []
            results.append((student, chosen, namesakes + remarks))
        _write(Path(course, "gradebook", "origins.json"), json.dumps(everything, ensure_ascii=False, indent=1).encode())
    return results


def _place(arrivals, wanted, folder):
    """(names of the chosen files or None, remarks): the files of one student, written to their folder."""
    folder.mkdir(parents=True, exist_ok=True)  # also without a notebook: grading then reports it
    chosen, remarks = [], [say("late")] if any(a.late for a in arrivals) else []
    for name in wanted:
        ranks = {a: rank for a in arrivals if (rank := a.rank(name, len(wanted) == 1))}
        if not ranks:
            remarks.append(say("missing", name, ", ".join(sorted(a.name for a in arrivals)) or "-"))
            continue
        best, target = sorted(ranks, key=ranks.get)[-1], folder / name
        chosen.append(best.name)
        if len(ranks) > 1:
            remarks.append(say("chosen", len(ranks), best.name))
        elif best.name.rpartition("/")[2] != name:
            remarks.append(say("handed-in-as", name, best.name))
        content = best.path.read_bytes()
        if os.path.lexists(target):
            old = target.lstat()
            if stat.S_ISREG(old.st_mode) and target.read_bytes() == content:
                continue
            if old.st_mtime > best.time + 2:  # a zip counts two seconds as one
                remarks.append(say("kept", name, best.name))
                continue
            spare = next(s for i in count(1) if not os.path.lexists(s := folder / f"{name}.old{i}"))
            target.rename(spare)
            remarks.append(say("replaced", spare.name))
        _write(target, content, best.time)
    return ", ".join(chosen) or None, remarks


def _write(target, content, time=None):
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)  # a link there would be written through
    fresh.write_bytes(content)
    if time is not None:
        os.utime(fresh, (time, time))
    fresh.replace(target)


def feedback_zip(course, assignment, target):
    """Write the HTML of feedback/*/ASSIGNMENT/ in the layout that Moodle takes back; returns the students in it.

    Who did not come from Moodle has a folder of the own name. The same pages give the same bytes.
    """
    known, students = origins(course).get(assignment, {}), []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in sorted(Path(course, "feedback").glob(f"*/{glob.escape(assignment)}")):
            student = intake.unsafe(folder.parent.name)
            own = student if student.isprintable() else intake.safe(student)  # a zip has no place for some bytes
            prefix = known.get(student, {}).get("origin") or f"{own}/"
            pages = [page for page in sorted(folder.glob("*.html")) if page.is_file() and not page.is_symlink()]
            for page in pages:
                member = zipfile.ZipInfo(prefix + page.name)  # its own date is fixed: 1980
                archive.writestr(member, page.read_bytes(), zipfile.ZIP_DEFLATED)
            students += [student] if pages else []
    return students
