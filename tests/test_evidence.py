"""Simulations allow 5.5 standard errors: they fail by chance with probability below 1e-7 if the random stream changes;
with the seeds given they are deterministic."""

import numpy as np
import pytest
from scipy import stats

from utils.evidence import binomial_interval, holm, mean_interval, paired, sign_test, verdicts

# Student (1908), additional hours of sleep with two drugs, one pair per patient: t = −4.0621, p = .002833.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def near(share, truth, n):
    return abs(share - truth) < 5.5 * np.sqrt(truth * (1 - truth) / n)


def test_sleep_data_of_student():
    found = paired(DRUG_1, DRUG_2)
    assert found[:4] == pytest.approx((-1.58, -2.4598858, -0.7001142, 0.00283289), rel=1e-5)
    assert found.effect_size == pytest.approx(-4.0621 / np.sqrt(10), rel=1e-4) and found[5:] == (10, 0)
    assert mean_interval(np.subtract(DRUG_1, DRUG_2)) == pytest.approx(found[:3], rel=1e-12)
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5), rel=1e-6)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_intervals_against_scipy(level):
    a, b = np.random.default_rng(0).normal(size=(2, 12))
    mean, low, high = mean_interval(a, level)
    assert (low, high) == pytest.approx(stats.t.interval(level, 11, a.mean(), stats.sem(a)), rel=1e-12)
    assert mean == pytest.approx(a.mean())
    # The interval excludes a number exactly if the test of it rejects.
    low, high = paired(a, b, level)[1:3]
    for edge in (low, high):
        assert paired(a, b + edge).p == pytest.approx(1 - level, rel=1e-9)


def test_coverage_of_the_t_interval():
    draws = np.random.default_rng(1).normal(3, 2, (5000, 5))
    inside = [low < 3 < high for _, low, high in map(mean_interval, draws)]
    assert near(np.mean(inside), 0.95, len(draws))


def test_swapped_arms_negate():
    one, other = paired(DRUG_1, DRUG_2), paired(DRUG_2, DRUG_1)
    assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low))
    assert one.p == pytest.approx(other.p) and one.effect_size == pytest.approx(-other.effect_size)
    assert one.wins + other.wins == 9  # one tie
    assert paired(np.multiply(DRUG_1, 100), np.multiply(DRUG_2, 100))[3:] == pytest.approx(one[3:])


def test_differences_without_spread():
    # As when both arms stay at chance with every seed; .3 − .2 and .8 − .7 are the same number up to rounding.
    assert paired([0.1, 0.1], [0.1, 0.1]) == (0, 0, 0, 1, 0, 2, 0)
    for sign, (a, b) in {1: ([0.3, 0.8], [0.2, 0.7]), -1: ([0.2, 0.7], [0.3, 0.8])}.items():
        found = paired(a, b)
        assert found[:3] == pytest.approx([sign * 0.1] * 3) and found[3:5] == (0, sign * np.inf)


def test_a_diverged_run_is_not_averaged():
    with pytest.raises(ValueError, match=r"^b must be .*finite.*Received: .*nan"):
        paired([0.9, 0.8], [0.9, np.nan])


def test_holm_by_hand():
    # Smallest × 4, next × 3, …, never below the one before: .01·4, .02·3, .03·2 → .06, .04·1 → .06.
    np.testing.assert_allclose(holm([0.04, 0.01, 0.03, 0.02]), [0.06, 0.04, 0.06, 0.06], rtol=1e-12)
    np.testing.assert_allclose(holm([0.5, 0.9, 0.001]), [1, 1, 0.003])
    np.testing.assert_array_equal(holm([0.3]), [0.3])
    np.testing.assert_allclose(holm([0.2, 0.01, 0.01]), [0.2, 0.03, 0.03])


def test_family_wise_error_of_holm():
    rng, n = np.random.default_rng(2), 20_000
    null = rng.uniform(size=(n, 5))
    any_rejected = np.mean([holm(p).min() < 0.05 for p in null])
    assert near(any_rejected, 1 - (1 - 0.05 / 5) ** 5, n)  # independent p-values: exact
    # Two effects beyond doubt: the three true hypotheses may then use .05/3, .05/2, .05, where Bonferroni has .05/5.
    some = np.column_stack([null[:, :3], np.full((n, 2), 1e-9)])
    any_rejected = np.mean([holm(p)[:3].min() < 0.05 for p in some])
    assert near(any_rejected, 1 - (1 - 0.05 / 3) ** 3, n)


def test_sign_test_and_binomial_interval():
    a, b = [1, 2, 3, 4, 5, 6, 7, 8, 9, 9], [0, 1, 2, 3, 4, 5, 6, 7, 10, 9]
    found = sign_test(a, b)
    assert (found.wins, found.n) == (8, 9) and found.p == pytest.approx(2 * (9 + 1) / 2**9, rel=1e-12)
    assert found[3:] == binomial_interval(8, 9)[1:]
    assert sign_test(b, a)[:2] == (1, 9) and sign_test(b, a).p == pytest.approx(found.p)
    assert sign_test(b, a)[3:] == pytest.approx((1 - found.high, 1 - found.low))
    assert sign_test([1, 2], [1, 2]) == (0, 0, 1, 0, 1)
    # "Rule of three" in its exact form, and symmetry.
    assert binomial_interval(0, 10) == pytest.approx((0, 0, 1 - 0.025**0.1))
    assert binomial_interval(10, 10) == pytest.approx((1, 0.025**0.1, 1))
    for n, truth in [(10, 0.1), (25, 0.5), (40, 0.97)]:
        intervals = [binomial_interval(k, n) for k in range(n + 1)]
        inside = [low <= truth <= high for _, low, high in intervals]
        assert stats.binom.pmf(np.arange(n + 1), n, truth) @ inside >= 0.95


SPREAD = np.array([-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]) / 100  # standard deviation 1.15 points, t interval ± .83


def arms(difference, spread=SPREAD):
    b = 0.8 + np.roll(SPREAD, 3)
    return b + difference + spread, b


@pytest.mark.parametrize(
    ("key", "difference"),
    [("reproduced", 0.02), ("reversed", -0.02), ("not_reproduced", 0.001), ("not_distinguishable", 0.005)],
)
def test_verdict_of_one_comparison(key, difference):
    verdict = verdicts({"claim": {"sgd": arms(difference)}})["claim"]
    effect = verdict.effects["sgd"]
    assert verdict.key == effect.key == key and verdict.contrasts == {}
    assert effect.paired == paired(*arms(difference)) and effect.p == effect.paired.p
    # A table of one comparison: the test decides as the interval does.
    assert (effect.p < 0.05) == (effect.paired.low > 0 or effect.paired.high < 0)
    assert (effect.p_margin < 0.05) == (effect.paired.low > 0.01 or effect.paired.high < 0.01)
    swapped = {"reproduced": "reversed", "reversed": "reproduced"}.get(key)
    if swapped:
        assert verdicts({"claim": {"sgd": arms(difference)[::-1]}})["claim"].key == swapped


def test_a_difference_below_the_margin_is_never_reproduced():
    found = verdicts({"claim": {"sgd": arms(0.006, SPREAD / 100)}})["claim"]
    assert found.key == "not_reproduced" and found.effects["sgd"].p < 1e-9
    assert verdicts({"claim": {"sgd": arms(0.006, SPREAD / 100)}}, margin=0.005)["claim"].key == "reproduced"


@pytest.mark.parametrize(
    ("key", "differences"),
    [
        ("reproduced", (0.02, 0.03)),
        ("depends_on_optimizer", (0.03, -0.03)),
        ("depends_on_optimizer", (0.03, 0.0)),  # reproduced, not reproduced
        ("depends_on_optimizer", (0.05, 0.006)),  # reproduced, not distinguishable: the difference of 4.4 is clear
        ("not_distinguishable", (0.012, 0.0055)),  # reproduced, not distinguishable, and so is the difference of .65
        ("not_reproduced", (-0.0125, -0.006)),  # reversed, not reproduced
        ("depends_on_optimizer", (-0.04, 0.0)),
        ("not_distinguishable", (0.001, 0.006)),  # not reproduced, not distinguishable
        ("depends_on_optimizer", (0.03, 0.03, -0.03)),
        ("not_testable", ()),
    ],
)
def test_verdict_of_several_optimizers(key, differences):
    spreads = [SPREAD, np.roll(SPREAD, 5), np.roll(SPREAD, 2)]
    claim = {f"optimizer {k}": arms(d, spread) for k, (d, spread) in enumerate(zip(differences, spreads, strict=False))}
    verdict = verdicts({"claim": claim})["claim"]
    assert verdict.key == key, {o: e.key for o, e in verdict.effects.items()}
    assert verdict.effects.keys() == claim.keys()
    for (one, other), (test, _) in verdict.contrasts.items():
        means = [verdict.effects[o].paired.difference for o in (one, other)]
        assert test.difference == pytest.approx(means[0] - means[1], abs=1e-15)


def test_optimizers_that_agree_show_no_dependence():
    # Effects of 1.2 and 5 points are clearly two, but both reproduce the claim, and the third, 3 ± 8, is like either.
    claim = {"sgd": arms(0.012), "adam": arms(0.05), "noisy": arms(0.03, 10 * np.roll(SPREAD, 5))}
    verdict = verdicts({"claim": claim})["claim"]
    assert [effect.key for effect in verdict.effects.values()] == ["reproduced", "reproduced", "not_distinguishable"]
    assert verdict.contrasts["sgd", "adam"][1] < 0.05 and verdict.key == "not_distinguishable"


def test_opposite_results_need_no_further_test():
    # p = .01 everywhere: times 4 comparisons it is significant, times 6 pairs of optimizers it is not.
    up = stats.t.isf(0.005, 9) * stats.sem(SPREAD)
    both = {"up": arms(up, SPREAD), "down": arms(-up, -SPREAD)}
    verdict = verdicts({"claim": both | {o + " again": pair for o, pair in both.items()}})["claim"]
    assert [effect.p for effect in verdict.effects.values()] == pytest.approx([0.04] * 4)
    assert min(p for _, p in verdict.contrasts.values()) == pytest.approx(0.06)
    assert verdict.key == "depends_on_optimizer"


def test_the_family_is_the_whole_table():
    alone = {"claim": {"sgd": arms(0.0125)}}
    assert verdicts(alone)["claim"].key == "reproduced"
    table = alone | {f"other {k}": {"sgd": arms(0.0), "adam": arms(0.0, -SPREAD)} for k in range(10)}
    found = verdicts(table)
    assert found["claim"].key == "not_distinguishable" and found.keys() == table.keys()
    assert found["claim"].effects["sgd"].p == pytest.approx(21 * paired(*arms(0.0125)).p)
    # Nor is the claimed effect excluded so easily.
    assert found["other 0"].key == "not_distinguishable"
    assert verdicts({"other 0": {"sgd": arms(0.0)}})["other 0"].key == "not_reproduced"
    assert verdicts({}) == {}


def test_a_table_of_nothing_errs_at_most_at_its_level():
    # Six comparisons without any effect, large spread, so that only the test stands between them and a verdict.
    rng, n = np.random.default_rng(3), 400
    wrong = []
    for _ in range(n):
        claims = {k: {"sgd": rng.normal(size=(2, 6)), "adam": rng.normal(size=(2, 6))} for k in range(3)}
        effects = [effect for verdict in verdicts(claims).values() for effect in verdict.effects.values()]
        wrong.append(any(effect.key in ("reproduced", "reversed") for effect in effects))
    assert near(np.mean(wrong), 1 - (1 - 0.05 / 6) ** 6, n)
