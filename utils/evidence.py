"""What measurements over seeds allow one to say: intervals, paired tests, Holm's correction, verdicts.

Values of an arm have shape (seeds,), at least 2; entry i of every arm is from seed i, which draws split, initialization
and order. They must be finite: the caller decides what a diverged run counts as (its accuracy is that of chance,
1/classes). `level` is a confidence between 0 and 1. Whatever is something else raises ValueError.
"""

import itertools
from collections import namedtuple

import numpy as np
from scipy import stats

from utils import _arguments as args

# A mean, or share of successes, with the ends of its confidence interval.
Interval = namedtuple("Interval", "mean low high")
# Arm a against b: mean of a − b, its t interval, two-sided paired t-test of 0, Cohen's d_z (mean of a − b over its
# standard deviation), number of seeds, number of them where a > b.
Paired = namedtuple("Paired", "difference low high p effect_size n wins")
# Pairs with a > b, pairs that are no ties, two-sided binomial test of share ½, exact interval of the share.
SignTest = namedtuple("SignTest", "wins n p low high")
# One comparison of a table: key, `Paired`, p-values of difference 0 and of difference = margin, adjusted by Holm.
Effect = namedtuple("Effect", "key paired p p_margin")
# Of a claim: key; dict, optimizer → `Effect`; dict, two optimizers → (`Paired` of their a − b, p adjusted by Holm).
Verdict = namedtuple("Verdict", "key effects contrasts")


def _values(name, values, seeds=None):
    values = args.floats(name, values, ndim=1).astype(np.float64)
    if len(values) < 2 or len(values) != (seeds or len(values)):
        args.reject(name, values, f"the values of {seeds or 'at least 2'} seeds")
    return values


def _level(level):
    return level if args.real("level", level, positive=True) < 1 else args.reject("level", level, "below 1")


def mean_interval(values, level=0.95):
    """Mean over seeds with its Student t interval, mean ± t_{n−1} s/√n.

    Args: values, level: see the head of the module. Returns: `Interval`.
    """
    values = _values("values", values)
    half = stats.t.ppf((1 + _level(level)) / 2, len(values) - 1) * stats.sem(values)
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def paired(a, b, level=0.95):
    """Two arms on the same seeds: mean difference, t interval, paired t-test, Cohen's d_z.

    Where all differences are one number up to rounding, the interval is that number and p is 1 if it is 0, else 0.

    Args: a, b, level: see the head of the module. Returns: `Paired`.
    Reference: Lakens, Calculating and reporting effect sizes, 2013.
    """
    a, level = _values("a", a), _level(level)
    b = _values("b", b, len(a))
    d, rounding = a - b, 64 * np.finfo(float).eps * np.abs([a, b]).max()
    if np.ptp(d) <= rounding:
        mean = d.mean() if abs(d.mean()) > rounding else 0.0
        numbers = mean, mean, mean, mean == 0, np.copysign(np.inf, mean) if mean else 0
    else:
        test = stats.ttest_rel(a, b)
        numbers = d.mean(), *test.confidence_interval(level), test.pvalue, d.mean() / d.std(ddof=1)
    return Paired(*map(float, numbers), len(a), int((a > b).sum()))


def holm(p_values):
    """p-values of a family adjusted by Holm: whoever rejects those ≤ α errs anywhere with probability ≤ α.

    Args: p_values: sequence of numbers from 0 to 1, dependent or not. Returns: array in the same order.
    Reference: Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    p = args.floats("p_values", p_values, ndim=1)
    if p.min() < 0 or p.max() > 1:
        args.reject("p_values", p, "a sequence of numbers from 0 to 1")
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)[np.argsort(order)]


def binomial_interval(successes, n, level=0.95):
    """Share of successes with its exact (Clopper–Pearson) interval, whose coverage is never below the level.

    Args: n: trials, an integer ≥ 1; successes: an integer from 0 to n; level. Returns: `Interval`.
    """
    n, successes = args.integer("n", n, 1), args.integer("successes", successes, 0)
    if successes > n:
        args.reject("successes", successes, f"an integer from 0 to {n}")
    low, high = stats.binomtest(successes, n).proportion_ci(_level(level), method="exact")
    return Interval(successes / n, float(low), float(high))


def sign_test(a, b, level=0.95):
    """Sign test of pairs: seeds, or cells such as (data, depth). Ties are left out; if all are ties, p is 1.

    Args: a, b, level: see the head of the module. Returns: `SignTest`.
    """
    a, level = _values("a", a), _level(level)
    b = _values("b", b, len(a))
    wins, n = int((a > b).sum()), int((a != b).sum())
    if n == 0:
        return SignTest(0, 0, 1.0, 0.0, 1.0)
    return SignTest(wins, n, float(stats.binomtest(wins, n).pvalue), *binomial_interval(wins, n, level)[1:])


def verdicts(claims, margin=0.01, level=0.95):
    """Verdicts from raw values on the claims of one table, each saying that a exceeds b by `margin` or more.

    A comparison is a claim with one optimizer. Its two p-values, of difference 0 and of difference = margin, are each
    adjusted by Holm over the table's comparisons and mean exclusion when below 1 − level; in a table of one comparison
    that is to say that the interval excludes the value. Keys of a comparison:
        "reproduced", "reversed": 0 is excluded and the difference ≥ margin, ≤ −margin.
        "not_reproduced": else, where the difference is below the margin and the margin is excluded.
        "not_distinguishable": else.
    Optimizers of one key give it to the claim. If keys differ, that alone shows no dependence (Gelman & Stern), so:
        "depends_on_optimizer": one reproduces and one reverses the claim, or two optimizers with different keys have
            effects a − b whose paired difference is ≥ margin in size and excludes 0, Holm over all such pairs.
        "not_reproduced": else, where each key is that or "reversed"; "not_distinguishable": else.
    "not_testable" is a claim without optimizers.

    Args:
        claims: dict, claim → dict, optimizer → (a, b), with the same seeds for all optimizers of a claim. Where less
            is better (loss, epochs), b is the arm that is said to have less.
        margin: a number > 0 in the unit of the values; .01 is one point of an accuracy from 0 to 1.
        level: of the intervals, and of Holm's families.
    Returns: dict, claim → `Verdict`.
    Reference: Gelman & Stern, The difference between “significant” and “not significant”…, 2006.
    """
    margin, alpha = args.real("margin", margin, positive=True), 1 - _level(level)
    if not isinstance(claims, dict) or not all(isinstance(arms, dict) for arms in claims.values()):
        args.reject("claims", claims, "a dict of dicts, claim → optimizer → (a, b)")
    data = {(c, o): args.floats("claims", pair, ndim=2) for c, arms in claims.items() for o, pair in arms.items()}
    shapes = [{data[c, o].shape for o in arms} for c, arms in claims.items()]
    if any(len(s) > 1 or any(n != 2 or seeds < 2 for n, seeds in s) for s in shapes):
        args.reject("claims", claims, "pairs (a, b) of the same seeds, at least 2, for every optimizer of a claim")
    tests = _family(data, level)
    margin_tests = _family({key: (a, b.astype(float) + margin) for key, (a, b) in data.items()}, level)
    pairs = [(c, o, other) for c, arms in claims.items() for o, other in itertools.combinations(arms, 2)]
    contrasts = _family({(c, *two): [np.subtract(*data[c, o], dtype=float) for o in two] for c, *two in pairs}, level)

    def clear(test, p):
        return p < alpha and abs(test.difference) >= margin

    def effect(test, p, p_margin):
        key = "not_reproduced" if p_margin < alpha and test.difference < margin else "not_distinguishable"
        if clear(test, p):
            key = "reproduced" if test.difference > 0 else "reversed"
        return Effect(key, test, p, p_margin)

    def verdict(claim):
        effects = {o: effect(*tests[claim, o], margin_tests[claim, o][1]) for o in claims[claim]}
        own = {two: contrasts[claim, *two] for two in itertools.combinations(effects, 2)}
        keys = {e.key for e in effects.values()}
        differ = any(clear(*test) and effects[o].key != effects[other].key for (o, other), test in own.items())
        if len(keys) < 2:
            key = next(iter(keys), "not_testable")
        elif differ or {"reproduced", "reversed"} <= keys:
            key = "depends_on_optimizer"
        else:
            key = "not_reproduced" if keys == {"reversed", "not_reproduced"} else "not_distinguishable"
        return Verdict(key, effects, own)

    return {claim: verdict(claim) for claim in claims}


def _family(pairs, level):
    """Each pair of arms compared, with its p-value adjusted over all of them."""
    tests = [paired(*pair, level) for pair in pairs.values()]
    adjusted = holm([test.p for test in tests]) if tests else []
    return {key: (test, float(p)) for key, test, p in zip(pairs, tests, adjusted, strict=True)}
