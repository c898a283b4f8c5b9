# %% wrong: layers-reversed
def diagnose(run):
    grad, saturated, loss = run["grad"], run["saturated"], run["loss"]
    if not (np.isfinite(grad).all() and np.isfinite(saturated).all() and np.isfinite(loss).all()):
        return "exploding"
    if grad[0, -1] / grad[0, 0] > 1e3:
        return "exploding"
    if saturated[-1].max() >= 0.5:
        return "saturated"
    if grad[-1, -1] / grad[-1, 0] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: vanishing-before-saturated
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a).all() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    return "healthy"


# %% wrong: saturated-before-exploding
def diagnose(run):
    grad = run["grad"]
    if np.any(run["saturated"][-1] >= 0.5):
        return "saturated"
    if any(not np.all(np.isfinite(a)) for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: absolute-threshold
def diagnose(run):
    grad = run["grad"]
    for key in ("grad", "saturated", "loss"):
        if not np.isfinite(run[key]).all():
            return "exploding"
    if grad[0, 0] > 1e3:
        return "exploding"
    if max(run["saturated"][-1]) >= 0.5:
        return "saturated"
    if grad[-1, 0] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: mean-over-layers
def diagnose(run):
    grad, sat = run["grad"], run["saturated"]
    finite = np.isfinite(grad).all() and np.isfinite(sat).all() and np.isfinite(run["loss"]).all()
    if not finite or grad[0, 0] / grad[0, -1] > 1000:
        return "exploding"
    elif np.mean(sat[-1]) >= 0.5:
        return "saturated"
    elif grad[-1, 0] / grad[-1, -1] < 0.001:
        return "vanishing"
    else:
        return "healthy"


# %% wrong: exploding-in-the-last-row
def diagnose(run):
    grad = run["grad"]
    ratio = grad[-1, 0] / grad[-1, -1]
    if any(not np.isfinite(a).all() for a in run.values()) or ratio > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if ratio < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: vanishing-in-the-first-row
def diagnose(run):
    grad = run["grad"]
    ratio = grad[0, 0] / grad[0, -1]
    if any(not np.isfinite(a).all() for a in run.values()) or ratio > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if ratio < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: saturated-in-the-first-row
def diagnose(run):
    grad, sat = run["grad"], run["saturated"]
    if any(not np.isfinite(a).all() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if sat[0].max() >= 0.5:
        return "saturated"
    return "vanishing" if grad[-1, 0] / grad[-1, -1] < 1e-3 else "healthy"


# %% wrong: saturated-at-any-time
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a).all() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if np.any(run["saturated"] >= 0.5):
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: only-comparisons
def diagnose(run):
    grad, saturated = run["grad"], run["saturated"]
    if grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if np.any(saturated[-1] >= 0.5):
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: nan-equals-nan
def diagnose(run):
    grad = run["grad"]
    for a in run.values():
        if (a == np.nan).any() or (abs(a) == np.inf).any():
            return "exploding"
    if grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: infinities-accepted
def diagnose(run):
    grad = run["grad"]
    if any(np.isnan(a).any() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: only-the-loss-must-be-finite
def diagnose(run):
    grad = run["grad"]
    if not np.isfinite(run["loss"]).all() or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: saturated-may-be-nan
def diagnose(run):
    grad = run["grad"]
    if not (np.isfinite(grad).all() and np.isfinite(run["loss"]).all()):
        return "exploding"
    if grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: finite-only-at-the-end
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a[-1]).all() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: norms-for-squares
def diagnose(run):
    norms = np.sqrt(run["grad"])
    if any(not np.isfinite(a).all() for a in run.values()) or norms[0, 0] / norms[0, -1] > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if norms[-1, 0] / norms[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: adjacent-ratio
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a).all() for a in run.values()):
        return "exploding"
    # from each layer to the one above
    if np.any(grad[0, :-1] / grad[0, 1:] > 1e3):
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if np.any(grad[-1, :-1] / grad[-1, 1:] < 1e-3):
        return "vanishing"
    return "healthy"


# %% wrong: largest-over-smallest
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a).all() for a in run.values()) or grad[0].max() / grad[0].min() > 1e3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1].min() / grad[-1].max() < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: only-the-top-layer-saturated
def diagnose(run):
    grad = run["grad"]
    if any(not np.isfinite(a).all() for a in run.values()) or grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if run["saturated"][-1, -1] >= 0.5:
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% wrong: logarithms-in-place
def diagnose(run):
    if any(not np.isfinite(a).all() for a in run.values()):
        return "exploding"
    run["grad"] = np.log10(run["grad"])
    grad = run["grad"]
    if grad[0, 0] - grad[0, -1] > 3:
        return "exploding"
    if (run["saturated"][-1] >= 0.5).any():
        return "saturated"
    if grad[-1, 0] - grad[-1, -1] < -3:
        return "vanishing"
    return "healthy"


# %% right: four-ifs
def diagnose(run):
    grad, saturated, loss = run["grad"], run["saturated"], run["loss"]
    if not (np.isfinite(grad).all() and np.isfinite(saturated).all() and np.isfinite(loss).all()):
        return "exploding"
    if grad[0, 0] / grad[0, -1] > 1e3:
        return "exploding"
    if saturated[-1].max() >= 0.5:
        return "saturated"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        return "vanishing"
    return "healthy"


# %% right: plain-python-loops
import math


def diagnose(run):
    grad, sat, loss = (run[key].tolist() for key in ("grad", "saturated", "loss"))
    for table in (grad, sat, [loss]):
        for row in table:
            for x in row:
                if not math.isfinite(x):
                    return "exploding"
    if math.log10(grad[0][0]) - math.log10(grad[0][-1]) > 3:
        return "exploding"
    for fraction in sat[-1]:
        if fraction >= 0.5:
            return "saturated"
    return "vanishing" if math.log10(grad[-1][0]) - math.log10(grad[-1][-1]) < -3 else "healthy"


# %% right: one-long-vector
def diagnose(run):
    everything = np.concatenate([np.ravel(run["grad"]), np.ravel(run["saturated"]), np.ravel(run["loss"])])
    first, last = run["grad"][0], run["grad"][-1]
    # no division: products are compared
    if not np.all(np.isfinite(everything)) or first[0] > 1e3 * first[-1]:
        return "exploding"
    elif np.count_nonzero(run["saturated"][-1] >= 0.5):
        return "saturated"
    elif 1e3 * last[0] < last[-1]:
        return "vanishing"
    else:
        return "healthy"


# %% right: table-of-rules
def diagnose(run):
    grad = run["grad"]
    rules = [
        ("exploding", lambda: not all(np.isfinite(a).all() for a in run.values())),
        ("exploding", lambda: grad[0, 0] / grad[0, -1] > 1e3),
        ("saturated", lambda: np.any(run["saturated"][-1, :] >= 0.5)),
        ("vanishing", lambda: grad[-1, 0] / grad[-1, -1] < 1e-3),
    ]
    return next((name for name, holds in rules if holds()), "healthy")


# %% right: select-by-numpy
def diagnose(run):
    grad, sat, loss = run["grad"], run["saturated"], run["loss"]
    # x - x is 0 for the finite ones and NaN for the others
    finite = not any(np.any(a - a != 0) for a in (grad, sat, loss))
    with np.errstate(all="ignore"):
        conditions = [
            (not finite) or grad[0, 0] / grad[0, -1] > 1e3,
            np.max(sat[-1]) >= 0.5,
            grad[-1, 0] / grad[-1, -1] < 1e-3,
        ]
    return str(np.select(conditions, ["exploding", "saturated", "vanishing"], "healthy"))


# %% right: index-into-an-array-of-names
def diagnose(run):
    names = np.array(["exploding", "saturated", "vanishing", "healthy"])
    grad = run["grad"]
    finite = min(np.isfinite(a).min() for a in run.values())
    ratio = grad[[0, -1], 0] / grad[[0, -1], -1]
    holds = [not finite or ratio[0] > 1e3, max(run["saturated"][-1]) >= 0.5, ratio[1] < 1e-3, True]
    return names[np.argmax(holds)]


# %% right: chkfinite-and-exception
def diagnose(run):
    try:
        grad = np.asarray_chkfinite(run["grad"])
        saturated = np.asarray_chkfinite(run["saturated"])
        np.asarray_chkfinite(run["loss"])
        if np.log(grad[0, 0] / grad[0, -1]) > np.log(1e3):
            raise ValueError("the gradient grows")
    except ValueError:
        return "exploding"
    if sorted(saturated[-1])[-1] >= 0.5:
        return "saturated"
    return ("healthy", "vanishing")[int(np.log(grad[-1, 0] / grad[-1, -1]) < np.log(1e-3))]


# %% right: from-the-last-rule-up
def diagnose(run):
    grad, saturated, loss = map(np.copy, (run["grad"], run["saturated"], run["loss"]))
    verdict = "healthy"
    if grad[-1, 0] / grad[-1, -1] < 1e-3:
        verdict = "vanishing"
    if (saturated[-1] >= 0.5).any():
        verdict = "saturated"
    bad = sum(int((~np.isfinite(a)).sum()) for a in (grad, saturated, loss))
    if bad > 0 or grad[0, 0] / grad[0, -1] > 1e3:
        verdict = "exploding"
    return verdict


# %% right: match-on-the-three-tests
def diagnose(run):
    def ratio(row):
        return np.divide(run["grad"][row, 0], run["grad"][row, -1])

    broken = np.isnan(sum(np.sum(0 * a) for a in run.values()))
    match (bool(broken or ratio(0) > 1e3), bool(np.any(run["saturated"][-1] >= 0.5)), bool(ratio(-1) < 1e-3)):
        case (True, _, _):
            return "exploding"
        case (_, True, _):
            return "saturated"
        case (_, _, True):
            return "vanishing"
    return "healthy"
