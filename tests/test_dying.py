"""Silent units: agreement with the sweeps, the interval of rates by trial, the law of networks born dead."""

import numpy as np
import pytest

from utils import activations, datasets, dying, propagation, training

WIDTHS, RECORD = [64, 30, 20, 10], [0, 1, 5, 20]


def few(rng):
    """Digits with as many training examples as the sweeps look at."""
    split = datasets.load_digits(rng)
    return split._replace(x_train=split.x_train[:256], y_train=split.y_train[:256])


@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 0.6), ("momentum", 0.1), ("adam", 0.05)])
def test_dead_units_are_those_of_the_sweep(optimizer, rate):
    arm = training.Arm("arm", "relu", "he_normal", optimizer, rate)
    options = {"steps": 20, "batch_size": 64, "record": RECORD}
    swept = training.sweep([arm], few, WIDTHS, seeds=[3], dtype="float64", progress=False, **options).layers
    found = dying.silent_units(arm, few, WIDTHS, seed=3, **options)
    assert [layer.shape for layer in found] == [(4, 30), (4, 20)]
    shares = swept.pivot(index="step", columns="layer", values="dead").to_numpy()[:, :2]
    assert optimizer == "momentum" or shares[-1].max() > 0 or optimizer == "sgd"
    assert np.array_equal(shares, np.array([layer.mean(axis=1) for layer in found]).T)


def test_with_fixed_inputs_and_plain_sgd_no_unit_comes_back():
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 5)), rng.integers(0, 3, 40)
    arm = training.Arm("arm", "relu", "he_normal", "sgd", 2.0)
    data = datasets.Split(x, y, x, y, x, y)
    (states,) = dying.silent_units(arm, data, [5, 30, 3], steps=60, seed=0, batch_size=10, record=range(61))
    assert states[-1].sum() > states[0].sum()
    assert not (states[:-1] & ~states[1:]).any()


def states_at_every_step(optimizer, rate, widths, **options):
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 5)) - 0.2, rng.integers(0, 3, 40)
    arm = training.Arm("arm", "relu", "he_normal", optimizer, rate)
    options = {"steps": 60, "seed": 0, "batch_size": 10, "record": range(61)} | options
    return dying.silent_units(arm, datasets.Split(x, y, x, y, x, y), widths, **options)


def came_back(states):
    return (states[:-1] & ~states[1:]).sum()


def test_units_held_while_silent_wake_only_by_what_they_receive():
    """In layer 1 that never changes; without the hold, what Adam has kept of older gradients wakes some of them."""
    free, held = (states_at_every_step("adam", 0.3, [5, 300, 3], hold_silent=hold)[0] for hold in (False, True))
    assert free[-1].sum() > free[0].sum() and held[-1].sum() > held[0].sum()
    assert came_back(free) > 0 == came_back(held)
    assert came_back(states_at_every_step("adam", 0.05, [5, 30, 30, 3], hold_silent=True)[1]) > 0


def test_holding_changes_nothing_where_a_gradient_of_0_moves_nothing():
    free, held = (states_at_every_step("sgd", 1.0, [5, 30, 30, 3], hold_silent=hold) for hold in (False, True))
    assert free[1].any() and all(map(np.array_equal, free, held))
    few_records = states_at_every_step("adam", 0.05, [5, 30, 30, 3], hold_silent=True, record=[0, 30, 60])
    every_record = states_at_every_step("adam", 0.05, [5, 30, 30, 3], hold_silent=True)
    assert all(np.array_equal(few, every[[0, 30, 60]]) for few, every in zip(few_records, every_record, strict=True))


def test_leaky_units_can_be_asleep_and_a_diverged_network_is_frozen():
    leaky = activations.get("leaky_relu", alpha=0.01)
    options = {"steps": 20, "seed": 0, "batch_size": 64, "record": [0, 10, 20]}
    asleep = dying.silent_units(training.Arm("a", leaky, "he_normal", "adam", 0.1), few, WIDTHS, **options)
    assert any(layer.any() for layer in asleep)
    wild = dying.silent_units(training.Arm("a", "identity", "he_normal", "sgd", 1e200), few, WIDTHS, **options)
    assert all(np.array_equal(layer[1], layer[2]) for layer in wild)


def test_the_interval_is_that_of_steps_tried_one_by_one():
    x, y = datasets.load_digits(seed=0)[:2]
    w, b = propagation.random_network([64, 40, 40, 10], "he_normal", 1)
    found, h = propagation.backward(w, b, "relu", x, y), propagation.forward(w, b, "relu", x).h[0]
    gw, gb = found.weight_gradients[1], found.error_signals[1].mean(axis=0)
    low, high = dying.kill_intervals(w[1], b[1], h, gw, gb)
    assert 0 < np.isfinite(low).sum() < 40

    def silent(rate):
        return ((h @ (w[1] - rate * gw) + b[1] - rate * gb) <= 0).all(axis=0)

    for rate in np.linspace(0, 12, 61):
        assert np.array_equal(silent(rate), (low <= rate) & (rate <= high))
    for unit in np.flatnonzero(np.isfinite(low) & (low > 0)):
        assert not silent(low[unit] * (1 - 1e-9))[unit] and silent(low[unit] * (1 + 1e-9))[unit]


@pytest.mark.parametrize(
    ("z", "s", "interval"),
    [
        ([2.0, 3.0], [1.0, 1.0], (3, np.inf)),
        ([2.0, -8.0], [1.0, -2.0], (2, 4)),
        ([2.0, -2.0], [1.0, -2.0], (np.inf, np.inf)),
        ([2.0, 1.0], [1.0, -1.0], (np.inf, np.inf)),
        ([2.0, 1.0], [1.0, 0.0], (np.inf, np.inf)),
        ([2.0, -4.0], [1.0, -2.0], (2, 2)),
        ([-1.0, 0.0], [0.5, 0.0], (0, np.inf)),
        ([-1.0, 0.0], [-0.5, 0.0], (0, 2)),
        ([-1.0, 0.0], [1.0, -1.0], (0, 0)),
    ],
)
def test_intervals_by_hand(z, s, interval):
    found = dying.kill_intervals(np.array(z)[:, None], np.zeros(1), np.eye(2), np.array(s)[:, None], np.zeros(1))
    assert [end[0] for end in found] == list(interval)


@pytest.mark.parametrize(("width", "depth"), [(1, 5), (2, 10), (3, 8), (6, 40)])
def test_networks_are_born_dead_as_often_as_in_theory(width, depth):
    """5.5 standard errors: false failure 4e-8 each."""
    trials = 4000
    exact = 1 - (1 - 2.0**-width) ** np.arange(1, depth + 1)
    shares = dying.born_dead_shares(width, depth, trials, seed=width)
    assert (np.abs(shares - exact) <= 5.5 * np.sqrt(exact * (1 - exact) / trials) + 1 / trials).all()
    assert (np.diff(shares) >= 0).all()
    assert np.array_equal(shares, dying.born_dead_shares(width, depth, trials, seed=width))


def test_deep_and_wide_networks_do_not_overflow():
    assert dying.born_dead_shares(50, 600, 3, seed=0)[-1] == 0
