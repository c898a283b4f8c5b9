"""`make bench` measures what it names: a run on tiny networks writes every figure."""

import importlib.util
import json
from pathlib import Path

import pytest

KEYS = {
    "keras_ratio_20x64", "keras_ratio_10x32", "keras_ratio_mixed", "product_fraction_relu", "product_fraction_gelu",
    "product_fraction_mish", "seconds_per_network", "peak_mb", "import_seconds", "compile_seconds", "tracing_seconds",
    "statistics_ratio",
}  # fmt: skip


@pytest.fixture
def bench(keras, monkeypatch, tmp_path):
    path = Path(__file__).parent / "bench/sweep.py"
    spec = importlib.util.spec_from_file_location("bench_sweep", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
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
