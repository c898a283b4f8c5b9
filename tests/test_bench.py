"""The benches measure what they name: a run on something tiny writes every figure."""

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest
import small_course
from test_book import Copy

KEYS = {
    "keras_ratio_20x64", "keras_ratio_10x32", "keras_ratio_mixed", "product_fraction_relu", "product_fraction_gelu",
    "product_fraction_mish", "seconds_per_network", "peak_mb", "import_seconds", "compile_seconds", "tracing_seconds",
    "statistics_ratio",
}  # fmt: skip


def script(name):
    spec = importlib.util.spec_from_file_location(f"bench_{name}", Path(__file__).parent / f"bench/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bench(keras, monkeypatch, tmp_path):
    module = script("sweep")
    tiny = {"STEPS": 16, "BATCH": 128, "ROUNDS": 2, "EPOCHS": 2, "DEEP": (3, 8), "SHALLOW": (2, 8)}
    for name, value in tiny.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "TARGET", tmp_path / "a/b/sweep.json")
    monkeypatch.setattr(module, "in_a_process", lambda *_: 1.0)
    return module


@pytest.mark.slow
def test_every_figure_is_written(bench, capsys):
    bench.main()
    result = json.loads(bench.TARGET.read_text("utf-8"))
    assert result.keys() >= KEYS
    assert result["seconds_per_network"].keys() == result["peak_mb"].keys() == {"32", "128", "512"}
    ratios = [value for name, value in result.items() if isinstance(value, float)]
    assert len(ratios) >= 8 and all(value > 0 for value in ratios)
    assert all(len(values) == 2 for values in result["rounds"].values())
    assert "keras_ratio_20x64" in capsys.readouterr().out


def test_arms_are_shared_out_evenly(bench):
    arms = bench.arms(bench.MIX, 128)
    assert len(arms) * len(bench.SEEDS) == 128
    assert sorted((arm.activation, arm.optimizer) for arm in arms) == sorted(2 * bench.MIX)


def test_engine_and_keras_see_the_same_batches(bench):
    _, experiment = bench.prepared(bench.DEEP)
    assert experiment.order.shape == (16, 8, 128)
    assert (experiment.order[:8, 0].ravel() == range(1024)).all() and (experiment.order[8] == experiment.order[0]).all()
    assert (bench.Keras((("relu", "sgd"),), bench.DEEP).x.numpy() == experiment.inputs[0][:1024]).all()


@pytest.mark.slow
def test_builds_are_timed_on_a_clone_of_the_working_tree(monkeypatch, tmp_path, capsys):
    """What is committed, changed, new and removed there; only a page that changed is executed again."""
    copy = Copy(tmp_path)
    recipes = {"book": "book/build.py", "test": "tests/passes.py"}
    makefile = "".join(f"{goal}:\n\t$(BIN)/python {path}\n" for goal, path in recipes.items())
    (copy.root / "Makefile").write_text(".PHONY: book test\n" + makefile, "utf-8")
    (copy.root / "removed").touch()
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b.c commit -qm a"):
        subprocess.run(["git", *command.split()], cwd=copy.root, check=True)
    (copy.root / "removed").unlink()
    (copy.root / "tests").mkdir()
    (copy.root / "tests/passes.py").write_text("import pathlib; assert not pathlib.Path('removed').exists()", "utf-8")
    copy.edit(copy.constant, "RATE = 0.25", "RATE = 0.5")
    module = script("build")
    monkeypatch.setattr(module, "ROOT", copy.root)
    monkeypatch.setattr(module, "TARGET", tmp_path / "a/b/build.json")
    module.main()
    result = json.loads(module.TARGET.read_text("utf-8"))
    own = result["one_chapter"].pop("own_seconds")
    assert result["one_chapter"] == {"name": "01-page"} and result["page_seconds"].keys() == {"01-page"}
    assert 0 < own < result["one_chapter_seconds"] and result["page_seconds"]["01-page"] < result["cold_seconds"]
    assert 0 < result["unchanged_seconds"] < result["cold_seconds"] and result["test_seconds"] > 0
    assert not (copy.root / "_build").exists() and "RATE = 0.5" in copy.constant.read_text("utf-8")
    assert "unchanged_seconds" in capsys.readouterr().out


def test_a_command_that_fails_says_why(tmp_path):
    (tmp_path / "Makefile").write_text("book:\n\t@echo broken\n\t@exit 1\n", "utf-8")
    with pytest.raises(RuntimeError, match="make book failed:\nbroken"):
        script("build").seconds_of_make("book", tmp_path)


# --- Grading ----------------------------------------------------------------------------------------------------------

GRADING = {
    "stock_ratio", "stock_ratio_cold", "scaling_1_to_2", "private_mb", "cost_240_over_24", "score_mismatches",
    "stock_sample", "seconds_each", "phases", "machine",
}  # fmt: skip


@pytest.fixture
def grading(monkeypatch, tmp_path):
    """The bench of grading, on a class of four with the small course."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "bench")
    import grading

    tiny = {"NUMBER": 4, "MANY": 6, "ROUNDS": 1, "SAMPLE": 2, "STOCK_SECONDS": 0, "ASSIGNMENT": small_course.SLUG}
    for name, value in tiny.items():
        monkeypatch.setattr(grading, name, value)
    monkeypatch.setattr(grading, "SOURCE", small_course.make(tmp_path / "origin"))
    monkeypatch.setattr(grading, "TARGET", tmp_path / "a/b/grading.json")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    return grading


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")  # nbgrader's own
def test_every_figure_of_grading_is_written(grading, capsys):
    grading.main()
    result = json.loads(grading.TARGET.read_text("utf-8"))
    assert result.keys() >= GRADING
    assert result["score_mismatches"] == [] and result["stock_sample"] == 2
    assert all(result[name] > 0 for name in ("stock_ratio", "stock_ratio_cold", "scaling_1_to_2", "private_mb"))
    assert {name: len(seconds) for name, seconds in result["seconds_each"].items()} == {"1": 1, "2": 1}
    assert {"prepare", "write", "worker_seconds", "worker_cpu_seconds"} <= result["phases"]["2"].keys()
    assert "stock_ratio" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")  # nbgrader's own
def test_every_figure_of_scale_is_written(grading, monkeypatch, tmp_path, capsys):
    scale = script("scale")
    monkeypatch.setattr(scale, "SIZES", (2, 4))
    monkeypatch.setattr(scale, "WHOLE", 3)
    monkeypatch.setattr(scale, "TARGET", tmp_path / "a/b/scale.json")
    scale.main()
    result = json.loads(scale.TARGET.read_text("utf-8"))
    assert {name: found["graded"] for name, found in result["classes"].items()} == {"2": 2, "4": 4, "3": 3}
    assert 0.5 < result["memory_ratio"] < 2 and result["submissions_per_minute"] > 0
    for known in result["per_minute"].values():
        assert all(0 < rate <= known["coordinator"] for rate in known["machines"].values())
    assert "memory_ratio" in capsys.readouterr().out


def test_the_class_of_the_bench_is_drawn_by_seed(monkeypatch, tmp_path):
    """Every kind of answer occurs, in the first solution cell of its exercise; the same seed gives the same class."""
    module, kinds = script("grading"), set()
    for name in ("one", "two"):
        module.hand_in(module.make_course(tmp_path / name, lambda exercise: exercise == "3.1"), 12)
    one, two = ([path.read_bytes() for path in sorted((tmp_path / n).glob("submitted/*/*/*"))] for n in ("one", "two"))
    assert one == two and len(one) == 12 and len(set(one)) >= 6
    for notebook in map(json.loads, one):
        sources = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
        assert "statement-3-1" in sources and "statement-3-2" not in sources
        first, second = sources["solution-prelu-forward"], sources["solution-prelu-backward"]
        assert "BEGIN SOLUTION" not in first or second
        kinds.add("stub" if "NotImplementedError" in first else "variant" if not second else "solution")
    assert kinds == {"stub", "variant", "solution"}


def test_settings_of_the_stock_course_have_no_plugin(tmp_path):
    module = script("grading")
    settings = (module.make_course(tmp_path / "stock", stock=True) / "nbgrader_config.py").read_text("utf-8")
    assert "plugin" not in settings and "c.Execute.timeout = 120" in settings and "ClearSolutions" in settings
