"""Downloads of Moodle and Canvas in, feedback out: everyone keeps what they handed in, and gets back what is theirs."""

import csv
import json
import os
import stat
import time
import zipfile

import nbformat
import pytest
import small_course
from small_course import SLUG

from utils import release
from utils.grading import __main__ as command
from utils.grading import intake, lms, say

NOTEBOOK = f"{SLUG}.ipynb"
MOODLE = "{}_{}_assignsubmission_file_/"


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)


@pytest.fixture
def course(tmp_path):
    return small_course.make(tmp_path / "course")


def content(answer):
    notebook = small_course.notebook()
    notebook.cells[-1].source = answer
    return nbformat.writes(notebook).encode()


def zipped(path, *members):
    """An archive of (name, content, day of May 2026, bits that ZipInfo takes)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data, day, *mode in members:
            info = zipfile.ZipInfo(name, (2026, 5, day, 12, 0, 0))
            info.external_attr = (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, data)
    return path


def handed_in(course, student, notebook=NOTEBOOK):
    return nbformat.read(course / "submitted" / student / SLUG / notebook, as_version=4).cells[-1].source


def arrive(course, *members):
    """{student: (chosen file, remarks)}"""
    archive = zipped(course.parent / "download.zip", *members)
    return {student: tuple(rest) for student, *rest in lms.arrive(archive, course, SLUG)}


@pytest.mark.parametrize(
    "place",
    [
        "José Ñúñez Gómez_1234567_assignsubmission_file_/",
        "José Ñúñez Gómez_1234567_assignsubmission_file/",
        "José Ñúñez Gómez_1234567_assignsubmission_file_",
        "Curso-Tarea 1-99/José Ñúñez Gómez_1234567_assignsubmission_file_/",
        "Jose\N{COMBINING ACUTE ACCENT} Ñúñez Gómez_1234567_assignsubmission_file_/",
    ],
)
def test_a_moodle_download_comes_in_by_name_and_goes_back_where_it_came_from(course, place):
    assert arrive(course, (f"{place}{NOTEBOOK}", content("mía"), 2)) == {"José Ñúñez Gómez": (NOTEBOOK, [])}
    assert handed_in(course, "José Ñúñez Gómez") == "mía"
    pages = course / "feedback" / "José Ñúñez Gómez" / SLUG
    pages.mkdir(parents=True)
    (pages / f"{SLUG}.html").write_text("bien")
    assert lms.feedback_zip(course, SLUG, course / "back.zip") == ["José Ñúñez Gómez"]
    with zipfile.ZipFile(course / "back.zip") as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == b"bien"
    # What Moodle reads of a path: name, participant, plug-in type and name, joined by _ in one of its parts.
    part = name.split("/")[0].split("_", 4)
    assert part[1:4] == ["1234567", "assignsubmission", "file"]
    assert name in {f"{place.split('/', 1)[1] if 'Curso' in place else place}{SLUG}.html"} | {
        f"José Ñúñez Gómez_1234567_assignsubmission_file_/{SLUG}.html"
    }


@pytest.mark.parametrize(
    ("name", "student", "remarks"),
    [
        (f"garciaana_12345_67890_{NOTEBOOK}", "garciaana_12345", []),
        (f"garciaana_LATE_12345_67890_{NOTEBOOK}", "garciaana_12345", ["entregada tarde, según Canvas"]),
        (f"garciaana_12345_67890_{SLUG}-2.ipynb", "garciaana_12345", [f"{NOTEBOOK} se entregó como {SLUG}-2.ipynb"]),
    ],
)
def test_a_canvas_download_comes_in(course, name, student, remarks):
    ((found, (_, said)),) = arrive(course, (name, content("mía"), 2)).items()
    assert (found, said, handed_in(course, student)) == (student, remarks, "mía")


def test_the_newest_attempt_wins(course):
    result = arrive(
        course,
        (f"garciaana_1_10_{SLUG}-1.ipynb", content("segunda"), 3),
        (f"garciaana_1_11_{SLUG}-10.ipynb", content("undécima"), 2),
        (f"garciaana_1_12_{SLUG}-9.ipynb", content("décima"), 4),
        (MOODLE.format("Eva Paz", 7) + NOTEBOOK, content("vieja"), 1),
        (MOODLE.format("Eva Paz", 7) + f"{SLUG} (1).ipynb", content("nueva"), 5),
        (MOODLE.format("Eva Paz", 7) + "otra tarea.ipynb", content("ajena"), 9),
        (MOODLE.format("Eva Paz", 7) + "datos.csv", b"1,2", 9),
    )
    assert handed_in(course, "garciaana_1") == "undécima" and handed_in(course, "Eva Paz") == "nueva"
    assert result["garciaana_1"][0] == f"{SLUG}-10.ipynb" and result["Eva Paz"][0] == f"{SLUG} (1).ipynb"
    assert "3 archivos" in result["garciaana_1"][1][0] and f"{SLUG} (1).ipynb" in result["Eva Paz"][1][0]


def test_another_name_is_taken_where_there_is_only_one_notebook(course):
    result = arrive(course, (MOODLE.format("Eva Paz", 7) + "Tarea Final.IPYNB", content("mía"), 1))
    assert result == {"Eva Paz": ("Tarea Final.IPYNB", [f"{NOTEBOOK} se entregó como Tarea Final.IPYNB"])}
    assert handed_in(course, "Eva Paz") == "mía"


def test_any_sign_may_stand_in_a_name(course):
    result = arrive(course, (MOODLE.format("Eva Paz", 7) + "mi\ntarea.ipynb", content("mía"), 1))
    assert [*result] == ["Eva Paz"] and handed_in(course, "Eva Paz") == "mía"


def test_each_notebook_of_an_assignment_finds_its_own(course):
    nbformat.write(small_course.notebook(), course / "solutions" / SLUG / "second-2.ipynb")
    result = arrive(
        course,
        (f"paz_5_1_{SLUG}-1.ipynb", content("una"), 1),
        ("paz_5_2_second-2-3.ipynb", content("dos"), 1),
        ("paz_5_3_second-2.ipynb", content("no"), 2),
        ("paz_5_4_second-2 (1).ipynb", content("vieja"), 1),
        ("sol_6_4_second-2.ipynb", content("sola"), 1),
    )
    assert handed_in(course, "paz_5") == "una" and handed_in(course, "paz_5", "second-2.ipynb") == "dos"
    assert result["sol_6"] == ("second-2.ipynb", [f"falta {NOTEBOOK}; hay: second-2.ipynb"])


def test_namesakes_stay_apart_also_in_later_downloads(course):
    first = arrive(course, (MOODLE.format("Ana Sol", 1) + NOTEBOOK, content("una"), 1))
    assert [*first] == ["Ana Sol"]
    both = arrive(
        course,
        (MOODLE.format("Ana Sol", 1) + NOTEBOOK, content("una"), 1),
        (MOODLE.format("Ana Sol", 2) + NOTEBOOK, content("otra"), 1),
    )
    assert {*both} == {"Ana Sol", "Ana Sol_2"} and all("Ana Sol" in said[0] for _, said in both.values())
    assert handed_in(course, "Ana Sol") == "una" and handed_in(course, "Ana Sol_2") == "otra"
    # In another assignment Moodle gives them other numbers: nothing says which of the two a third number is.
    (course / "solutions" / "02-next").mkdir()
    nbformat.write(small_course.notebook(), course / "solutions" / "02-next" / "02-next.ipynb")
    archive = zipped(course.parent / "n.zip", (MOODLE.format("Ana Sol", 9) + "02-next.ipynb", content("x"), 1))
    assert [student for student, *_ in lms.arrive(archive, course, "02-next")] == ["Ana Sol_9"]


@pytest.mark.parametrize(
    "name", ["Ana Sol.", " Ana Sol", "Ana Sol\u200b", "Ana\u00ad Sol", "ana SOL", "Ana Sol\u202e", "Ana Sol_1"]
)
def test_a_name_that_looks_like_anothers_takes_nothing_from_them(course, name):
    members = [(MOODLE.format("Ana Sol", 1) + NOTEBOOK, content("hers"), 1)]
    if name.endswith("_1"):  # as a namesake is called
        members.append((MOODLE.format("Ana Sol", 2) + NOTEBOOK, content("a namesake's"), 1))
    result = arrive(course, *members, (MOODLE.format(name, 9) + NOTEBOOK, content("theirs"), 2))
    people = {entry["number"]: student for student, entry in lms.origins(course)[SLUG].items()}
    assert len(people) == len({student.casefold() for student in result}) == len(members) + 1
    assert handed_in(course, people["1"]) == "hers" and handed_in(course, people["9"]) == "theirs"


@pytest.mark.parametrize("prefix", ["Ana Sol_1_assignsubmission_file_", "anasol_11_44_"])
def test_a_file_named_like_anothers_download_takes_no_number_from_them(course, prefix):
    hers = MOODLE.format("Eva Paz", 2)
    theirs = f"{prefix}{hers[:-1]}{NOTEBOOK}"
    result = arrive(course, (hers + NOTEBOOK, content("hers"), 1), (theirs, content("theirs"), 2))
    assert [*result] == ["", "Eva Paz"] and theirs in result[""][1][0] and handed_in(course, "Eva Paz") == "hers"
    assert [*lms.origins(course)[SLUG]] == ["Eva Paz"]
    in_folder = (f"{MOODLE.format('Ana Sol', 1)}{hers[:-1]}{NOTEBOOK}", content("theirs"), 2)
    arrive(course, in_folder)
    assert handed_in(course, "Ana Sol") == "theirs" and lms.origins(course)[SLUG]["Ana Sol"]["number"] == "1"


def test_what_an_editor_saves_by_itself_is_no_submission(course):
    folder = MOODLE.format("Eva Paz", 7)
    saved = (f"{folder}.ipynb_checkpoints/{NOTEBOOK}", content("earlier"), 9)
    arrive(course, (folder + NOTEBOOK, content("hers"), 1), saved)
    assert handed_in(course, "Eva Paz") == "hers"


@pytest.mark.parametrize("letter", ["a", "ñ", "語", "*", "😀"])
def test_a_long_name_is_cut_to_what_a_folder_can_be_called(course, letter):
    names = [letter * ((255 - 60) // len(letter.encode())), letter * ((255 - 64) // len(letter.encode())) + "b"]
    result = arrive(
        course, *((MOODLE.format(name, 10**19 + i) + NOTEBOOK, content(name), 1) for i, name in enumerate(names))
    )
    assert len(result) == 2 and all(len(intake.safe(student).encode()) <= 255 for student in result)
    assert sorted(handed_in(course, student) for student in result) == sorted(names)


def test_who_is_marked_blind_keeps_the_number(course):
    assert [*arrive(course, (MOODLE.format("Participante", 31) + NOTEBOOK, content("x"), 1))] == ["Participante_31"]


def test_one_person_is_one_student_in_every_assignment(course):
    (course / "solutions" / "02-next").mkdir()
    nbformat.write(small_course.notebook(), course / "solutions" / "02-next" / "02-next.ipynb")
    arrive(course, (MOODLE.format("Eva Paz", 1) + NOTEBOOK, content("x"), 1))
    archive = zipped(course.parent / "n.zip", (MOODLE.format("Eva Paz", 50) + "02-next.ipynb", content("x"), 1))
    assert [student for student, *_ in lms.arrive(archive, course, "02-next")] == ["Eva Paz"]
    assert lms.origins(course)["02-next"]["Eva Paz"]["number"] == "50"
    assert lms.origins(course)[SLUG]["Eva Paz"]["number"] == "1"


def test_what_is_no_notebook_and_what_is_no_submission_is_reported(course):
    result = arrive(
        course,
        ("Eva Paz_7_assignsubmission_onlinetext_/onlinetext.html", b"<p>hola", 1),
        (MOODLE.format("Luz Rey", 8) + "tarea.pdf", b"%PDF", 1),
        ("README.txt", b"?", 1),
        ("__MACOSX/" + MOODLE.format("Eva Paz", 7) + "._x.ipynb", b"?", 1),
    )
    assert result["Eva Paz"] == (None, [f"falta {NOTEBOOK}; hay: onlinetext.html"])
    assert result["Luz Rey"] == (None, [f"falta {NOTEBOOK}; hay: tarea.pdf"])
    assert "README.txt" in result[""][1][0] and len(result) == 3
    assert (course / "submitted" / "Eva Paz" / SLUG).is_dir()  # grading reports it too


def test_nothing_leaves_its_folder_and_no_link_or_bomb_comes_in(course):
    before = {path for path in course.parent.rglob("*") if "submitted" not in path.parts}
    result = arrive(
        course,
        (f"../{MOODLE.format('Eva Paz', 7)}{NOTEBOOK}", content("x"), 1),
        (f"/tmp/{MOODLE.format('Eva Paz', 7)}{NOTEBOOK}", content("x"), 1),
        (MOODLE.format("Luz Rey", 8) + NOTEBOOK, b"/etc/passwd", 1, stat.S_IFLNK | 0o777),
        (MOODLE.format("Paz Mar", 9) + NOTEBOOK, b" " * 60_000_000, 1),
        (MOODLE.format("..", 10) + NOTEBOOK, content("x"), 1),
        (MOODLE.format(".oculta =cmd", 11) + NOTEBOOK, content("x"), 1),
        (MOODLE.format("Ana [x]*", 12) + NOTEBOOK, content("x"), 1),
        (MOODLE.format("Sol Rey", 13) + NOTEBOOK, content("honesta"), 1),
    )
    remarks = result[""][1]
    assert len(remarks) == 4 and any("Luz Rey" in remark for remark in remarks)
    assert (
        set(result) == {"", "__10", "oculta =cmd", "Ana [x]*", "Sol Rey"} and handed_in(course, "Sol Rey") == "honesta"
    )
    after = {path for path in course.parent.rglob("*") if "submitted" not in path.parts}
    assert {path.name for path in after - before} == {"download.zip", "gradebook", "origins.json"}
    assert not any(path.is_symlink() for path in course.rglob("*"))


def test_a_second_import_keeps_what_is_newer_here(course):
    member = MOODLE.format("Eva Paz", 7) + NOTEBOOK
    arrive(course, (member, content("una"), 2))
    assert arrive(course, (member, content("una"), 2))["Eva Paz"] == (NOTEBOOK, [])
    (_, remarks) = arrive(course, (member, content("dos"), 5))["Eva Paz"]
    assert handed_in(course, "Eva Paz") == "dos" and handed_in(course, "Eva Paz", f"{NOTEBOOK}.old1") == "una"
    assert f"{NOTEBOOK}.old1" in remarks[0]
    (_, remarks) = arrive(course, (member, content("una"), 2))["Eva Paz"]  # the old download again
    assert handed_in(course, "Eva Paz") == "dos" and remarks[0].startswith(f"se conserva {NOTEBOOK}")
    mended = course / "submitted" / "Eva Paz" / SLUG / NOTEBOOK
    mended.write_bytes(content("arreglada"))
    later = time.mktime((2026, 5, 20, 12, 0, 0, 0, 0, -1))
    os.utime(mended, (later, later))
    arrive(course, (member, content("tres"), 6))
    assert handed_in(course, "Eva Paz") == "arreglada"


def test_a_link_in_submitted_is_replaced_not_written_through(course):
    outside = course.parent / "outside.ipynb"
    outside.write_text("intact")
    folder = course / "submitted" / "Eva Paz" / SLUG
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).symlink_to(outside)
    os.utime(folder / NOTEBOOK, (0, 0), follow_symlinks=False)
    arrive(course, (MOODLE.format("Eva Paz", 7) + NOTEBOOK, content("mía"), 1))
    assert outside.read_text() == "intact" and handed_in(course, "Eva Paz") == "mía"


def test_who_is_not_from_moodle_gets_a_folder_of_the_own_name(course):
    for student in ("ana", "Ana %5Bx%5D", "luz"):
        folder = course / "feedback" / student / SLUG
        folder.mkdir(parents=True)
        (folder / f"{SLUG}.html").write_text(student)
    (course / "feedback" / "luz" / SLUG / f"{SLUG}.html").unlink()
    (course / "feedback" / "luz" / SLUG / f"{SLUG}.html").symlink_to("/etc/passwd")
    assert lms.feedback_zip(course, SLUG, course / "a.zip") == ["Ana [x]", "ana"]
    lms.feedback_zip(course, SLUG, course / "b.zip")
    assert (course / "a.zip").read_bytes() == (course / "b.zip").read_bytes()
    with zipfile.ZipFile(course / "a.zip") as archive:
        assert archive.namelist() == [f"Ana [x]/{SLUG}.html", f"ana/{SLUG}.html"]


def test_a_name_that_is_no_text_costs_nobody_the_feedback(course):
    for student in ("%FE", "%FF", "ana"):
        folder = course / "feedback" / student / SLUG
        folder.mkdir(parents=True)
        (folder / f"{SLUG}.html").write_text(student)
    assert lms.feedback_zip(course, SLUG, course / "a.zip") == ["\udcfe", "\udcff", "ana"]
    with zipfile.ZipFile(course / "a.zip") as archive:
        assert [archive.read(f"{student}/{SLUG}.html") for student in ("%FE", "%FF", "ana")] == [b"%FE", b"%FF", b"ana"]


def test_what_cannot_be_read_is_refused_by_name(course):
    with pytest.raises(release.NotebookError, match="99-none"):
        lms.arrive(zipped(course.parent / "x.zip"), course, "99-none")
    (course.parent / "x.zip").write_bytes(b"PK no")
    with pytest.raises(release.NotebookError, match=r"x\.zip"):
        lms.arrive(course.parent / "x.zip", course, SLUG)
    assert not (course / "submitted").exists()


def test_the_map_of_origins_is_readable(course):
    arrive(course, (MOODLE.format("José Paz", 7) + NOTEBOOK, content("x"), 1))
    text = (course / "gradebook" / "origins.json").read_text(encoding="utf-8")
    assert "José" in text and json.loads(text) == lms.origins(course)


# --- From a download to what goes back --------------------------------------------------------------------------------


def graded(course, archive, *options):
    """grades.csv after `grade` of a download, line by line."""
    arguments = ["--course", str(course), "--assignment", SLUG, "--from-zip", str(archive)]
    assert command.main(["grade", *arguments, *map(str, options)]) == 0
    with open(course / "grades.csv", newline="", encoding="utf-8") as file:
        return [*csv.reader(file)]


def wrong(answer):
    return content(answer).replace(b"return 2 *", b"return 1 *")  # 2 of 4 points


@pytest.mark.slow
def test_a_moodle_download_comes_back_as_grades_and_feedback(course, capsys):
    places, back = [MOODLE.format("Eva Paz", 7), MOODLE.format("José Ñúñez Gómez", 1234567)], course / "a" / "b.zip"
    archive = zipped(
        course.parent / "a.zip",
        (f"{places[0]}{SLUG} (1).ipynb", wrong("x"), 1),
        (places[1] + NOTEBOOK, content("x"), 1),
    )
    assert graded(course, archive, "--format", "moodle", "--to-zip", back)[1:] == [
        ["Participante 7", "Eva Paz", "2.0", "5.0", "", ""],
        ["Participante 1234567", "José Ñúñez Gómez", "4.0", "5.0", "", ""],
    ]
    with zipfile.ZipFile(back) as returned:
        assert returned.namelist() == [f"{place}{SLUG}.html" for place in places]
    assert say("zip", back, 2) in capsys.readouterr().out


@pytest.mark.slow
def test_a_canvas_download_comes_back_as_grades(course):
    archive = zipped(
        course.parent / "a.zip",
        (f"garciaana_12345_67890_{NOTEBOOK}", content("x"), 1),
        (f"paz_LATE_5_10_{SLUG}-2.ipynb", wrong("x"), 1),
    )
    assert graded(course, archive, "--format", "canvas") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", SLUG],
        ["    Points Possible", "", "", "", "", "5.0"],
        ["garciaana", "12345", "", "", "", "4.0"],
        ["paz", "5", "", "", "", "2.0"],
    ]
