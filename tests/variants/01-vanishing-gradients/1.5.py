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
