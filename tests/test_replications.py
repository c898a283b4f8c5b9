"""Replications: files fit the table, pages state what they support, numbers come again, a kill loses nothing."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_pages import CHAPTERS, EXACT, TEXTS, cells, human_words, typed, verdicts

from utils import evidence, figures, replications, training

IDS = list(replications.REPLICATIONS)
CHANCE = 0.1
# Arms whose training does not amplify rounding: of the twenty layers of R10, only those that learn nothing.
AGAIN = {
    "R1": ("tanh", "tanh_normalized"), "R2": ("glorot", "he"), "R3": ("critical", "glorot"),
    "R4": ("relu", "leaky_large"), "R5": ("relu", "elu"), "R6": ("selu", "tanh"), "R7": ("relu", "gelu"),
    "R10": ("gelu_glorot", "swish_glorot"), "R11": ("relu_0", "leaky_0"),
}  # fmt: skip
SMALL = replications.Replication(
    (
        replications.Trial(
            "digits",
            ((8,) * 2, (8,) * 3),
            {"tanh": replications.Arm("tanh", "glorot_uniform"), "relu": replications.Arm("relu", "he_normal")},
            {"sgd": (0.1, 1.0), "adam": (0.01,)},
            steps=20,
            every=10,
            layers=("dead", "error_mean_square"),
            layer_steps=(0, 20),
            seeds=3,
        ),
    ),
    {
        "wins": replications.Claim("accuracy", "tanh", "relu", "", depth=2),
        "epochs": replications.Claim("epochs", "relu", "tanh", "", depth=3),
        "half": replications.Claim("dead", "relu", "0.5", "", depth=2),
    },
)


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(replications, "REPLICATIONS", {"small": SMALL})
    monkeypatch.setattr(replications, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(replications, "WORK", tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize("id", IDS)
def test_results_are_those_of_the_table(id):
    record, spec = replications.read(id), replications.REPLICATIONS[id]
    assert record.about["trials"] == replications._plain(spec)
    assert {"python", "tensorflow", "numpy"} <= set(record.about["versions"]) and record.about["machine"]["processor"]
    networks = sum(
        len(trial.hidden) * len(replications._arms(trial, optimizer)) * trial.seeds
        for trial in spec.trials
        for optimizer in trial.rates
    )
    assert len(record.final) == networks and not record.final.duplicated(replications.KEYS).any()
    assert all(trial.seeds >= 10 for trial in spec.trials)


def test_learning_rates_are_chosen_with_other_seeds():
    assert len(replications.TUNING_SEEDS) >= 3
    for id in IDS:
        record = replications.read(id)
        assert not set(record.final.seed) & set(replications.TUNING_SEEDS)
        for _, tried in record.tuning.groupby([k for k in replications.KEYS if k in record.tuning]):
            assert len(tried) >= 4 and tried.chosen.sum() == 1
            best = tried.validation_accuracy.idxmax()
            assert tried.chosen[best]
            key = [k for k in replications.KEYS if k in tried]
            runs = record.final.merge(tried.loc[[best], [*key, "learning_rate"]], on=key, suffixes=("", "_chosen"))
            assert len(runs) and (runs.learning_rate == runs.learning_rate_chosen).all()


@pytest.mark.parametrize("id", IDS)
def test_rates_at_an_edge_belong_to_arms_that_learn_with_none(id):
    """Elsewhere a better rate could lie beyond the grid."""
    tuning = replications.read(id).tuning
    at_edge = tuning[tuning.edge == 1] if len(tuning) else tuning
    assert (len(at_edge) == 0) or (at_edge.validation_accuracy < 2 * CHANCE).all()


@pytest.mark.parametrize("id", IDS)
def test_claims_have_words_and_sources(id):
    bibliography = (Path(__file__).parents[1] / "book/references.bib").read_text("utf-8")
    references = set(re.findall(r"^@\w+\{(\w+),", bibliography, flags=re.MULTILINE))
    for key, claim in replications.REPLICATIONS[id].claims.items():
        assert figures.words("verdict_table", "es")[f"{id}-{key}"]
        assert claim.source in {"", *references}
    assert set(replications.verdicts(replications.read(id))) == set(replications.REPLICATIONS[id].claims)


def test_claims_on_trial_have_words():
    """What sources report and what would change the verdict, the scope, and a title; none without its claim."""
    table = replications.REPLICATIONS
    claims = {f"{id}-{key}": claim for id, spec in table.items() for key, claim in spec.claims.items()}
    for section in ("claim_reports", "claim_changes"):
        assert {figures._about(claim, section) for claim in claims} == set(figures._table()[section])
    said = figures.words("verdict_table", "es")
    assert all(said[f"{part}_{claim.metric}"] for claim in claims.values() for part in ("unit", "metric"))
    trials = [trial for spec in table.values() for trial in spec.trials]
    assert all(said[name] for trial in trials for name in (trial.data, *trial.rates))
    assert all(said[id] for id in IDS)
    bibliography = (Path(__file__).parents[1] / "book/references.bib").read_text("utf-8")
    cited = {key for text in figures._table()["claim_reports"].values() for key in re.findall(r"`(\w+)`", text["es"])}
    assert cited and [key for key in cited if f"{{{key}," not in bibliography] == []


def test_the_page_of_claims_takes_them_from_the_table_and_types_only_what_it_quotes():
    text = TEXTS["claims-on-trial"]
    assert "in replications.REPLICATIONS" in text and not re.search(r"\bR\d", text)
    assert set(typed(text)) == EXACT["claims-on-trial"], "only levels and what papers report"
    assert not [cell for cell in cells(text) if human_words(cell)]


@pytest.mark.parametrize("id", IDS)
def test_findings_agree_with_verdicts_and_know_their_trial(id):
    for key, found in replications.findings(id).items():
        assert found.claim == replications.REPLICATIONS[id].claims[key.removeprefix(f"{id}-")]
        assert found.differences.keys() == found.verdict.effects.keys()
        for optimizer, effect in found.verdict.effects.items():
            assert len(found.differences[optimizer]) == effect.paired.n == found.trial.seeds
            assert found.differences[optimizer].mean() == pytest.approx(effect.paired.difference, abs=1e-12)
        assert found.claim.depth in (None, len(found.hidden)) and found.claim.width in (None, found.hidden[0])
        assert found.hidden in found.trial.hidden and found.claim.data in (None, found.trial.data)


def test_a_finding_before_training_names_no_optimizer():
    """The page of claims says that there are four of them."""
    found = [replications.findings(id) for id in IDS]
    untrained = [key for claims in found for key, finding in claims.items() if "untrained" in finding.verdict.effects]
    assert untrained == [f"R3-vanishes-{width}" for width in (30, 100, 300, 1000)]
    found = replications.findings("R3")
    assert set(found["R3-vanishes-30"].differences) == {"untrained"} and found["R3-vanishes-30"].hidden == (30,) * 10
    assert set(found["R3-glorot-mends"].differences) == {"sgd", "adam"}


def test_one_leak_starts_alike_in_two_replications_and_gets_another_rate():
    """What chapters 3 and 4 and the page of claims say of it: the company in a program changes the rounding."""
    records = {"leaky_small": replications.read("R4"), "leaky": replications.read("R5")}
    table = {"leaky_small": replications.XU["leaky_small"], "leaky": replications.XU["leaky_small"]}
    starts, rates, right = {}, {}, {}
    for name, record in records.items():
        (trial,) = replications.REPLICATIONS[record.id].trials
        assert trial.arms[name] == table[name]
        curves, final, tuning = (
            found[(found.optimizer == "adam") & (found.arm == name)]
            for found in (record.curves, record.final, record.tuning)
        )
        starts[name] = curves[curves.step == 0].sort_values("seed").train_loss.to_numpy()
        (rates[name],) = tuning[tuning.chosen == 1].learning_rate
        right[name] = final.sort_values("seed").test_accuracy.to_numpy()
    assert (starts["leaky_small"] == starts["leaky"]).all()
    assert rates == {"leaky_small": 0.003, "leaky": 0.01}
    assert right["leaky"].mean() > right["leaky_small"].mean()
    relu = [
        record.final[(record.final.optimizer == "adam") & (record.final.arm == "relu")].sort_values("seed")
        for record in records.values()
    ]
    assert (relu[0].test_accuracy.to_numpy() == relu[1].test_accuracy.to_numpy()).all()
    for name in records:
        found = evidence.paired(right[name], relu[0].test_accuracy.to_numpy())
        assert found.low < 0 < found.high


def stated(text):
    """(id, claim, verdict as written) of every item of a page's box."""
    for item in verdicts(text):
        found = re.match(r"\*\*([^*]+)\*\* \((R\d+), (`[\w-]+`(?:, `[\w-]+`)*)\)", item)
        assert found, f"an item without verdict and claim: {item[:60]}"
        for key in re.findall(r"`([\w-]+)`", found[3]):
            yield found[2], key, found[1]


@pytest.mark.parametrize("name", CHAPTERS)
def test_pages_state_the_verdicts_that_their_data_support(name):
    items = list(stated(TEXTS[name]))
    words = figures.words("verdict_table", "es")
    for id, key, said in items:
        assert said.lower() == words[replications.verdicts(replications.read(id))[key].key], (id, key)
    shown = set(re.findall(r'"(R\d+)"', " ".join(re.findall(r"replications\.judged\(([^)]*)\)", TEXTS[name]))))
    claims = {(id, key) for id in shown for key in replications.REPLICATIONS[id].claims}
    assert items and {item[:2] for item in items} == claims


def test_a_verdict_that_data_do_not_support_is_found():
    box = "::::{admonition} Lo que dice la evidencia\n- **Al revés** (R3, `vanishes-30`, `vanishes-300`).\n  Y.\n::::\n"
    assert list(stated(box)) == [("R3", "vanishes-30", "Al revés"), ("R3", "vanishes-300", "Al revés")]
    with pytest.raises(AssertionError, match="without verdict"):
        list(stated(box.replace("(R3", "(3")))


def test_metrics_by_hand():
    keys = {"data": "digits", "arm": "a", "optimizer": "sgd", "depth": 2, "width": 4}
    rows = pd.DataFrame([{**keys, "seed": s, "train_accuracy": 0.9, "test_accuracy": 0.7 + s / 10} for s in (0, 1)])
    reached = [(0.5, 0.8, 0.9), (0.1, 0.2, 0.3)]
    losses = [(1.0, 0.1, 0.01), (0.5, 1.0, 0.1)]
    curves = [
        {**keys, "seed": s, "step": 10 * t, "validation_accuracy": reached[s][t - 1], "train_loss": losses[s][t - 1]}
        for s in (0, 1)
        for t in (1, 2, 3)
    ]
    layers = [{**keys, "seed": s, "step": t, "layer": l} for s in (0, 1) for t in (0, 1) for l in (1, 2)]
    curves, layers = pd.DataFrame(curves), pd.DataFrame(layers)
    layers["dead"] = (0.5 + 0.5 * layers.seed) * (layers.layer - 1) * layers.step
    layers["h_mean"] = (-1.0) ** layers.layer * layers.step * (layers.layer + layers.seed)
    layers["error_mean_square"] = 10.0 ** (layers.layer * (layers.seed + 1))
    record = replications.Record("x", {"examples": {"digits": 1280}}, None, rows, curves, layers)
    trial = replace(SMALL.trials[0], steps=40)

    def metric(name):
        return list(replications.METRICS[name][0](record, trial, rows))

    assert metric("accuracy") == pytest.approx([0.7, 0.8]) and metric("overfitting") == pytest.approx([0.2, 0.1])
    assert metric("epochs") == [2.0, 4.0] and metric("epochs_to_loss") == [2.0, 1.0]
    assert metric("half_way_loss") == [-1.0, 0.0] and metric("mean_shift") == [1.5, 2.5]
    assert metric("dead") == [0.25, 0.5] and metric("collapsed") == [0.0, 1.0]
    assert metric("decades_lost") == [1.0, 2.0]


@pytest.mark.parametrize(("count", "key"), [(99, "reproduced"), (93, "not_distinguishable"), (60, "reversed")])
def test_shares_are_judged_by_the_exact_binomial(count, key):
    happened = np.arange(100) < count
    verdict = replications._shares({"c": {"adam": (happened.astype(float), np.full(100, 0.9))}}, 0.01)["c"]
    assert verdict.key == key
    effect = verdict.effects["adam"]
    assert effect.p == pytest.approx(stats.binomtest(count, 100, 0.9).pvalue)
    low, high = evidence.binomial_interval(count, 100)[1:]
    assert (effect.paired.low, effect.paired.high) == pytest.approx((low - 0.9, high - 0.9))


def test_a_run_writes_what_is_read_and_is_then_up_to_date(small, monkeypatch):
    assert replications.run("small") and not replications.run("small")
    record = replications.read("small")
    arms = [training.Arm("tanh", "tanh", "glorot_uniform", "adam", 0.01)]
    direct = training.sweep(
        arms, replications.DATA["digits"][0], [64, 8, 8, 10], steps=20, seeds=range(3), progress=False
    )
    mine = record.final.query("arm == 'tanh' and optimizer == 'adam' and depth == 2")
    assert list(mine.test_loss) == pytest.approx(list(direct.final.test_loss), rel=1e-5)
    assert set(record.curves.step) == {0, 10, 20} and set(record.layers.step) == {0, 20}
    found = replications.verdicts(record)
    assert set(found["wins"].effects) == {"sgd", "adam"}
    one = replications.values(record, SMALL.claims["wins"], "tanh - relu")["adam"]
    two = record.final.query("optimizer == 'adam' and depth == 2")
    accuracy = two.pivot(index="seed", columns="arm", values="test_accuracy")
    assert list(one) == pytest.approx(list(accuracy.tanh - accuracy.relu))
    monkeypatch.setattr(replications, "_versions", lambda: {"numpy": "0"})
    monkeypatch.setattr(replications, "_run_part", lambda *args: pytest.fail("runs again"))
    with pytest.raises(pytest.fail.Exception, match="runs again"):
        replications.run("small")


def test_bad_ids_and_missing_results_are_named(small):
    with pytest.raises(ValueError, match=r"id must be one of 'small'. Received: 'R99'"):
        replications.read("R99")
    with pytest.raises(FileNotFoundError, match=r"make replications"):
        replications.read("small")


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_results(small):
    code = (
        "import sys; sys.path[:0] = ['tests']\n"
        "from pathlib import Path\n"
        "import test_replications as t\n"
        "from utils import replications as r\n"
        f"r.REPLICATIONS, folder = {{'small': t.SMALL}}, Path({str(small)!r})\n"
        "r.FOLDER, r.WORK = folder / 'results', folder / 'work'\n"
        "r.run('small')\n"
    )
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)
    clock = small / "work/small/seconds.json"
    while not clock.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (small / "results/small.json").exists()
    before = float(clock.read_text())
    assert replications.run("small")
    resumed = replications.read("small")
    assert resumed.about["seconds"] >= round(before, 1) and not (small / "work/small").exists()
    replications.run("small", fresh=True)
    again = replications.read("small")
    for one, other in zip(resumed[2:], again[2:], strict=True):
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("id", IDS)
def test_recorded_numbers_come_again(id):
    """To 1e-3 on the same kind of processor; elsewhere on the same side of chance."""
    record = replications.read(id)
    old, new = replications.rerun(record, AGAIN[id])
    assert len(old) == len(new) == 4
    same = {"machine": replications.machine(), "versions": replications._versions()}
    if all(record.about[key] == value for key, value in same.items()):
        for column in new.columns.intersection(["train_loss", "validation_loss", "test_loss", "test_accuracy"]):
            assert np.abs(old[column] - new[column]).max() <= 1e-3, column
    score, chance = ("test_accuracy", 2 * CHANCE) if "test_accuracy" in new else ("test_loss", 0.24)
    assert list(old[score] > chance) == list(new[score] > chance)
