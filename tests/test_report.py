"""The instructor's report on a simulated class whose truth is known, and grades.csv as others read it."""

import csv
import datetime
import math
import re
import sqlite3
import warnings
from contextlib import closing

import nbformat
import numpy as np
import pytest
import small_course
from bs4 import BeautifulSoup
from nbformat import v4
from pdf import FLAGS
from playwright.sync_api import sync_playwright

from utils import release
from utils.grading import classroom, feedback, log, report

SLUG = "01-small"
# An item response model: P(a test passes) = logistic(slope · (ability − difficulty)), ability standard normal.
MODEL = {  # cell: (points, tests, slope, difficulty)
    "easy": (2.0, 4, 2.0, -1.5),
    "middling": (3.0, 5, 2.5, 0.0),
    "sharp": (2.0, 4, 6.0, 0.3),
    "hard": (4.0, 6, 2.0, 1.5),
    "by-chance": (1.0, 1, 0.0, 0.0),
    "upside-down": (2.0, 4, -2.5, 0.0),
}
CLASS = 36
SLIPS = ("✗ {}: se esperaba 0.{}, llegó 1.0", "✗ {}: es la mitad de lo esperado", "✗ {}: tu código lanzó KeyError: {}")


def simulate(seed, students=CLASS):
    """Passed tests: {cell: array (students, tests)}."""
    rng = np.random.default_rng(seed)
    ability = rng.standard_normal(students)[:, None]
    return {
        cell: rng.random((students, tests)) < 1 / (1 + np.exp(-slope * (ability - difficulty)))
        for cell, (_, tests, slope, difficulty) in MODEL.items()
    }


def expected_share(cell):
    _, _, slope, difficulty = MODEL[cell]
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return float(weights @ (1 / (1 + np.exp(-slope * (nodes - difficulty)))) / math.sqrt(2 * math.pi))


def gradebook_rows(passed):
    return [
        {"student": f"s{i}", "notebook": SLUG, "cell": cell, "points": MODEL[cell][0], "auto": 1.0, "manual": None}
        | {"score": MODEL[cell][0] * share, "pending": False}
        for cell, outcomes in passed.items()
        for i, share in enumerate(outcomes.mean(axis=1))
    ]


ORDER = [(SLUG, cell) for cell in MODEL]


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)


# --- The numbers ------------------------------------------------------------------------------------------------------


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside, classes = 0, 150
    for seed in range(classes):
        for item in report.items_of(gradebook_rows(simulate(seed)), ORDER):
            low, high = item.mean_interval
            assert 0 <= low <= item.mean <= high <= 1
            inside += low <= expected_share(item.name) <= high
    assert inside / (classes * len(MODEL)) >= 0.95
    rng, inside = np.random.default_rng(1), 0
    for _ in range(1000):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=20).T
        low, high = report.correlation(x, y)[1]
        inside += low <= 0.6 <= high
    assert 0.93 <= inside / 1000 <= 0.97


def test_discrimination_tells_good_exercises_from_bad_ones():
    items = {item.name: item for item in report.items_of(gradebook_rows(simulate(3, students=4000)), ORDER)}
    assert min(items[name].rest for name in ("easy", "middling", "sharp", "hard")) > 0.3
    assert abs(items["by-chance"].rest) < 0.05 and items["upside-down"].rest < -0.3
    for name, item in items.items():  # the point-biserial where a share is 0 or 1, by its other formula
        assert item.mean == pytest.approx(expected_share(name), abs=0.03)
    outcome = simulate(3, students=4000)["by-chance"][:, 0]
    others = [name for name in MODEL if name != "by-chance"]
    rest = sum(MODEL[n][0] * np.array([*items[n].shares.values()]) for n in others)
    share = outcome.mean()
    biserial = (rest[outcome].mean() - rest[~outcome].mean()) / rest.std() * math.sqrt(share * (1 - share))
    assert items["by-chance"].rest == pytest.approx(biserial)


@pytest.mark.parametrize("students", [1, 2, 3])
def test_a_tiny_class_has_no_made_up_numbers(students):
    for item in report.items_of(gradebook_rows(simulate(1, students)), ORDER):
        assert 0 <= item.mean_interval[0] <= item.mean_interval[1] <= 1
        assert math.isnan(item.rest) or -1 <= item.rest <= 1
        assert math.isnan(item.rest_interval[0])


def test_only_what_was_graded_counts():
    rows = gradebook_rows({"easy": np.array([[True], [False]])})
    rows += [rows[0] | {"student": "s9", "auto": None}, rows[0] | {"student": "s8", "pending": True}]
    (item,) = report.items_of(rows, [])
    assert [*item.shares] == ["s0", "s1"] and item.mean == 0.5


def test_failures_are_counted_by_what_they_say_not_by_their_numbers(monkeypatch):
    slips = feedback.MESSAGES["slips"]["half"]
    lines = [f"✗ test_x: se esperaba 0.{i}, llegó 1" for i in range(3)] + [f"✗ test_x: {slips['en']}", None, None]
    verdicts = [{"cell": "c", "tests": {"test_x": line, "test_fine": None}} for line in lines] + [
        {"cell": "d", "tests": None}
    ]
    ((test, cell, failed, ran, said),) = report.failing(verdicts)
    assert (test, cell, failed, ran) == ("test_x", "c", 4, 6)
    assert said == {"se esperaba …, llegó …": 3, slips["es"]: 1}
    monkeypatch.setenv("COURSE_LANG", "en")
    assert report.failing(verdicts)[0][4] == {"expected …, received …": 3, slips["en"]: 1}


# --- The log ----------------------------------------------------------------------------------------------------------


def test_a_second_record_replaces_the_first_and_no_other(tmp_path):
    submission = {"student": "ana", "assignment": SLUG, "key": "k1", "row": {"score": 1.0}, "flags": ["timeout"]}
    verdict = {"student": "ana", "assignment": SLUG, "notebook": SLUG, "tests": {"t": None}, "earned": 0.5}
    with closing(log.connect(tmp_path / "grading.db")) as database:
        log.record(database, submission, [verdict | {"cell": "a"}, verdict | {"cell": "b"}])
        log.record(database, submission | {"student": "\udcff"}, [])
        log.record(database, submission | {"key": "k2"}, [verdict | {"cell": "a", "earned": 1.0}])
        with pytest.raises(sqlite3.IntegrityError):  # all or nothing
            log.record(database, submission | {"key": "k3"}, [verdict | {"cell": "a"}] * 2)
    with closing(log.connect(tmp_path / "grading.db", readonly=True)) as database:
        assert log.finished(database) == {("ana", SLUG): "k2", ("\\udcff", SLUG): "k1"}
        (row,) = log.rows(database, "verdict", SLUG)
        assert (row["cell"], row["earned"], row["tests"], row["seconds"]) == ("a", 1.0, {"t": None}, None)
        assert log.rows(database, "submission", "other") == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            database.execute("DELETE FROM verdict")


# --- The page ---------------------------------------------------------------------------------------------------------


def make(course, passed):
    """A course as graded: gradebook, log, feedback pages; one submission without score, one with flags."""
    from nbgrader.api import Gradebook

    small_course.make(course)
    cells = [small_course.cell("code", name, "1", points=points) for name, (points, *_) in MODEL.items()]
    answer = small_course.cell("markdown", "answer", "…", points=1, solution=True, locked=False)
    nbformat.write(v4.new_notebook(cells=[*cells, answer]), course / "solutions" / SLUG / f"{SLUG}.ipynb")
    students = ["<script>alert(1)</script>", "José Ñúñez [2]", *(f"student {i:02}" for i in range(2, CLASS))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Gradebook(release.settings(course).CourseDirectory.db_url) as gradebook:
            gradebook.add_assignment(SLUG)
            gradebook.add_notebook(SLUG, SLUG)
            for name, (points, *_) in [*MODEL.items(), ("answer", (1.0,))]:
                gradebook.add_grade_cell(name, SLUG, SLUG, max_score=points, cell_type="code")
            for i, student in enumerate(students):
                quoted = student.replace("[", "%5B").replace("]", "%5D").replace("/", "%2F")
                gradebook.add_student(quoted)
                for grade in gradebook.add_submission(SLUG, quoted).notebooks[0].grades:
                    grade.needs_manual_grade = grade.name == "answer"
                    if grade.name in passed:
                        grade.auto_score = float(passed[grade.name][i].mean() * MODEL[grade.name][0])
            gradebook.db.commit()
    rng = np.random.default_rng(7)
    now = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC).isoformat()
    with closing(log.connect(course / "gradebook" / "grading.db")) as database:
        for i, student in enumerate(students):
            about = {"student": student, "assignment": SLUG, "digest": "d"}
            verdicts = []
            for name, outcomes in passed.items():
                said = [SLIPS[rng.choice(3, p=[0.5, 0.4, 0.1])].format(f"test_{name}", i) for _ in outcomes[i]]
                tests = {
                    f"test_{name}_{k}": None if ok else said[k].replace(name, f"{name}_{k}")
                    for k, ok in enumerate(outcomes[i])
                }
                verdicts.append(
                    about | {"notebook": SLUG, "cell": name, "time": now, "tests": tests, "reason": "partial"}
                )
            done = {"key": "k", "finished": now, "seconds": float(rng.gamma(4, 0.5)), "row": {"score": 1.0}}
            done |= (
                {"flags": ["duplicated"], "ended": "timeout"}
                if i == 1
                else {"remarks": ["<b>renombrado"]}
                if i == 0
                else {}
            )
            log.record(database, about | done, verdicts)
        lost = {"student": "sin cuaderno", "assignment": SLUG, "row": {"score": None}, "remarks": ["falta x.ipynb"]}
        log.record(database, lost, [])
    page = course / "feedback" / "José Ñúñez %5B2%5D" / SLUG / f"{SLUG}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>ok")
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make(tmp_path_factory.mktemp("course"), simulate(2026))


def table(page, heading):
    rows = page.find("h2", string=heading).find_next("table").find_all("tr")
    return [[" ".join(cell.text.split()) for cell in row.find_all(["td", "th"])] for row in rows]


@pytest.mark.slow
def test_the_report_of_a_class_of_36_shows_its_truth(course, monkeypatch):
    before = {path: path.read_bytes() for path in (course / "gradebook").iterdir()}
    target = course / "reports" / f"{SLUG}.html"
    report.write(course, SLUG, target)
    assert {path: path.read_bytes() for path in (course / "gradebook").iterdir()} == before
    page, passed = BeautifulSoup(target.read_bytes(), "html.parser"), simulate(2026)
    exercises = table(page, "Ejercicios")[1:]
    assert [row[0] for row in exercises] == [*MODEL]  # in the order of the notebook; nobody graded the answer
    for name, points, n, share, _ in exercises:
        mean, low, high = map(float, re.findall(r"-?\d\.\d+", share))
        assert (float(points), int(n)) == (MODEL[name][0], CLASS) and mean == pytest.approx(
            passed[name].mean(), abs=0.005
        )
        assert low - 0.005 <= expected_share(name) <= high + 0.005
    bad = [row.find("td").text for row in page.find_all("tr") if row.find("td", class_="bad")]
    assert bad == ["upside-down"]
    total = sum(MODEL[name][0] * passed[name].mean(axis=1) for name in MODEL)
    assert f"Media {total.mean():.1f} de 15; mediana {np.median(total):.1f}" in page.text
    counts = [
        int(item.find(string=True, recursive=False) or 0)
        for item in page.ul.find_next("ul", class_="chart").find_all("li")
    ]
    assert sum(counts) == CLASS and "Respuestas que esperan a una persona: 36" in page.text
    failures = table(page, "Lo que más falla")[1:]
    shares = [int(row[2].split(" / ")[0]) for row in failures]
    assert shares == sorted(shares, reverse=True) and len(failures) == 20
    assert failures[0][0].startswith("test_hard") and "se esperaba …, llegó … ×" in failures[0][3]
    flags = {row[0]: row[1] for row in table(page, "Para mirar a mano")[1:]}
    assert set(flags) == {"<script>alert(1)</script>", "José Ñúñez [2]", "sin cuaderno"}
    assert flags["sin cuaderno"] == "sin calificarfalta x.ipynb" and "se acabó el tiempo" in flags["José Ñúñez [2]"]
    (link,) = page.find_all("a")
    assert link["href"] == f"../feedback/Jos%C3%A9%20%C3%91%C3%BA%C3%B1ez%20%255B2%255D/{SLUG}/{SLUG}.html"
    assert not page.find_all(["script", "img"]) and "duplicated" in page.text and page.html["lang"] == "es"
    monkeypatch.setenv("COURSE_LANG", "en")
    report.write(course, SLUG, target)
    english = target.read_text(encoding="utf-8")
    assert "out of time" in english and "Correlation with the rest" in english and '<html lang="en">' in english


@pytest.mark.slow
@pytest.mark.browser
def test_the_report_asks_for_nothing_and_fits_a_telephone(course, chromium):
    report.write(course, SLUG, course / "report.html")
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width in (1200, 360):
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                page.on("request", lambda request: asked.append(request.url))
                page.on("console", lambda message: asked.append(message.text))
                page.goto((course / "report.html").as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.screenshot(path=course / f"report-{width}-{scheme}.png", full_page=True)
                page.close()
        page = browser.new_page()
        page.goto((course / "report.html").as_uri())
        page.get_by_role("link", name="José Ñúñez [2]").click()
        assert page.locator("p").text_content() == "ok"
        browser.close()
    assert asked == [(course / "report.html").as_uri()] * 4


@pytest.mark.slow
def test_an_assignment_that_nobody_handed_in_has_a_report(tmp_path):
    course = make_empty(tmp_path)
    report.write(course, SLUG, tmp_path / "report.html")
    page = BeautifulSoup((tmp_path / "report.html").read_bytes(), "html.parser")
    assert "Entregas calificadas: 0" in page.text and "Nada." in page.text


def make_empty(course):
    from nbgrader.api import Gradebook

    small_course.make(course)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Gradebook(release.settings(course).CourseDirectory.db_url) as gradebook:
            gradebook.add_assignment(SLUG)
    log.connect(course / "gradebook" / "grading.db").close()
    return course


# --- grades.csv -------------------------------------------------------------------------------------------------------

ROWS = [
    classroom.Row("Ana Sol", SLUG, 3.5, 5.0, remarks="=HYPERLINK()"),
    classroom.Row("garcia_12", SLUG, 4.0, 5.0),
    classroom.Row("@luz", SLUG, None, None, remarks="falta x.ipynb"),
]
ORIGINS = {
    SLUG: {
        "Ana Sol": {"person": "Ana Sol", "number": "1234567", "origin": "Ana Sol_1234567_assignsubmission_file_/"},
        "garcia_12": {"person": "-garcia", "number": "12", "origin": ""},
    }
}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [*csv.reader(file)]


def test_grades_for_moodle_have_the_heads_that_its_importer_asks_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "en")
    report.grades_csv(ROWS, tmp_path / "g.csv", "moodle", ORIGINS)
    head, ana, garcia, luz = read(tmp_path / "g.csv")
    assert head == ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    assert ana == ["Participant 1234567", "Ana Sol", "3.5", "5.0", "", "'=HYPERLINK()"]
    assert garcia[1] == "'-garcia" and luz[:3] == ["", "'@luz", ""]
    monkeypatch.delenv("COURSE_LANG")
    report.grades_csv(ROWS, tmp_path / "g.csv", "moodle", ORIGINS)
    assert read(tmp_path / "g.csv")[1][0] == "Participante 1234567"


def test_grades_for_canvas_have_its_columns_and_the_points_row(tmp_path):
    report.grades_csv(ROWS, tmp_path / "g.csv", "canvas", ORIGINS)
    head, points, ana, garcia, luz = read(tmp_path / "g.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", SLUG]
    assert points == ["    Points Possible", "", "", "", "", "5.0"]
    assert ana == ["Ana Sol", "1234567", "", "", "", "3.5"] and garcia[:2] == ["'-garcia", "12"]
    assert luz == ["'@luz", "", "", "", "", ""]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1", "\n=1", "a,b", 'a"b', "a\nb", "ñ"]
)
@pytest.mark.parametrize("kind", report.FORMATS)
def test_a_spreadsheet_sees_no_formula(tmp_path, kind, name):
    report.grades_csv([classroom.Row(name, SLUG, score=-0.5, remarks=name)], tmp_path / "grades.csv", kind)
    cells = [cell for row in read(tmp_path / "grades.csv") for cell in row]
    assert any(cell.replace("'", "") == name for cell in cells) and "-0.5" in cells
    assert all(cell[:1] not in set("=+-@＝＋－＠\t\r\n") for cell in cells if cell != "-0.5" and cell)


@pytest.mark.parametrize("name", ["a;=1", 'a"b,;=1', "a; +1", "a;;@b", "a;＝1", "a;\t=1", "a\t=1", "a\n=1"])
@pytest.mark.parametrize("kind", report.FORMATS)
def test_a_spreadsheet_that_splits_elsewhere_sees_no_formula(tmp_path, kind, name):
    report.grades_csv([classroom.Row(name, SLUG, score=-0.5, remarks=name)], tmp_path / "grades.csv", kind)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    cells = [cell.strip() for cell in re.split(r"[;\t\r\n]", text)]
    assert any(cell.startswith("'") for cell in cells) and all(cell[:1] not in set("=+-@＝＋－＠") for cell in cells)


def test_the_plain_form_is_every_field_of_a_row(tmp_path):
    report.grades_csv(ROWS, tmp_path / "g.csv")
    assert read(tmp_path / "g.csv")[0] == [*classroom.Row.__dataclass_fields__]
    report.grades_csv([], tmp_path / "g.csv")
    assert len(read(tmp_path / "g.csv")) == 1


def test_one_file_for_moodle_is_one_assignment(tmp_path):
    with pytest.raises(ValueError, match="one assignment"):
        report.grades_csv([*ROWS, classroom.Row("ana", "02-next")], tmp_path / "g.csv", "moodle")
    with pytest.raises(ValueError, match="'excel'"):
        report.grades_csv(ROWS, tmp_path / "g.csv", "excel")
