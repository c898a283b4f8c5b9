# %% wrong: pooled-statistics
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(), X.std()
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: constants-flagged
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if np.any((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1)):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: variance-for-deviation
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.var(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: n-minus-one
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.std(axis=0, ddof=1)
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: alpha-dropout-flagged
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any("Dropout" in layer["class_name"] and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: output-layer-checked
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: first-hidden-layer-only
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: lecun-by-name-only
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:-1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not name.startswith("Lecun"):
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: glorot-always-passes
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:-1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = True
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: bias-regularizer-missed
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:-1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: first-violation-only
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found[:1]


# %% wrong: batchnorm-missed
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    mean, std = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNorm" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% wrong: skip-missed-in-a-list
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:-1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if len(node["args"]) > 1:
                found.append("skip")
    return list(dict.fromkeys(found))


# %% wrong: repeats
def selu_violations(config, X):
    found = []
    dense = [layer for layer in config["layers"] if layer["class_name"] == "Dense"]

    spread = X.std(axis=0)
    for mean, std in zip(X.mean(axis=0), spread):
        if std > 1e-12 and (abs(mean) > 0.1 or abs(std - 1) > 0.1):
            found.append("input")

    for layer in dense[:-1]:
        c = layer["config"]
        n, units = layer["build_config"]["input_shape"][-1], c["units"]
        if c["activation"] != "selu":
            found.append("activation")
        name, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
        mean = p.get("mean", 0)
        if name.startswith("Lecun"):
            good = True
        elif name.startswith("Glorot"):
            good = n == units
        elif name == "VarianceScaling":
            fan = {"fan_in": n, "fan_out": units, "fan_avg": (n + units) / 2}[p["mode"]]
            good = np.isclose(p["scale"] / fan, 1 / n)
        elif name == "RandomNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"], np.sqrt(1 / n), rtol=1e-4)
        elif name == "TruncatedNormal":
            good = np.isclose(mean, 0) and np.isclose(p["stddev"] * 0.87962566, np.sqrt(1 / n), rtol=1e-4)
        elif name == "RandomUniform":
            centre = p["minval"] + p["maxval"]
            good = np.isclose(centre, 0) and np.isclose((p["maxval"] - p["minval"]) ** 2 / 12, 1 / n, rtol=1e-4)
        elif name == "Orthogonal":
            good = n >= units and np.isclose(p["gain"], 1)
        else:
            good = False
        if not good:
            found.append("init")
        if c["kernel_regularizer"] or c["bias_regularizer"]:
            found.append("regularizer")
        if c["kernel_constraint"] or c["bias_constraint"]:
            found.append("constraint")

    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            found.append("batchnorm")
        if layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0:
            found.append("dropout")
        for node in layer.get("inbound_nodes", []):
            if str(node).count("__keras_tensor__") > 1:
                found.append("skip")
    return found


# %% wrong: config-emptied
import keras


def selu_violations(config, X):
    kind = keras.Model if "input_layers" in config else keras.Sequential
    model = kind.from_config(config)
    found = set()
    std = X.std(axis=0)
    bad = (np.abs(X.mean(axis=0)) > 0.1) | (np.abs(std - 1) > 0.1)
    if bad[std > 0].any():
        found.add("input")
    for layer in [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][:-1]:
        fan_in, units = layer.kernel.shape
        init = layer.kernel_initializer
        var = 0
        if isinstance(init, keras.initializers.VarianceScaling):
            fans = {"fan_in": fan_in, "fan_out": units, "fan_avg": (fan_in + units) / 2}
            var = init.scale / fans[init.mode]
        elif isinstance(init, keras.initializers.RandomNormal) and init.mean == 0:
            var = init.stddev**2
        if abs(var * fan_in - 1) > 0.01:
            found.add("init")
        if layer.activation is not keras.activations.selu:
            found.add("activation")
        if layer.kernel_regularizer or layer.bias_regularizer:
            found.add("regularizer")
        if layer.kernel_constraint or layer.bias_constraint:
            found.add("constraint")
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            found.add("batchnorm")
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            found.add("dropout")
        if isinstance(layer.input, list) and len(layer.input) > 1:
            found.add("skip")
    return sorted(found)


# %% wrong: x-standardized-in-place
def init_is_right(layer):
    fan_in = layer["build_config"]["input_shape"][-1]
    fan_out = layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, c = init["class_name"], init["config"]
    scaled = {
        "LecunNormal": (1, "fan_in"),
        "LecunUniform": (1, "fan_in"),
        "GlorotNormal": (1, "fan_avg"),
        "GlorotUniform": (1, "fan_avg"),
        "HeNormal": (2, "fan_in"),
        "HeUniform": (2, "fan_in"),
    }
    mean, var = 0.0, 0.0
    if name in scaled or name == "VarianceScaling":
        scale, mode = scaled[name] if name in scaled else (c["scale"], c["mode"])
        var = scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    elif name == "RandomNormal":
        mean, var = c["mean"], c["stddev"] ** 2
    elif name == "RandomUniform":
        mean, var = (c["minval"] + c["maxval"]) / 2, (c["maxval"] - c["minval"]) ** 2 / 12
    elif name == "TruncatedNormal":
        # cut at two deviations
        mean, var = c["mean"], (0.87962566 * c["stddev"]) ** 2
    elif name == "Orthogonal" and fan_in >= fan_out:
        var = c["gain"] ** 2 / fan_in
    return abs(mean) < 1e-6 and abs(var * fan_in - 1) < 1e-3


def inputs_of(layer):
    tensors = 0
    for node in layer.get("inbound_nodes", []):
        found, stack = 0, [node]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if item.get("class_name") == "__keras_tensor__":
                    found += 1
                else:
                    stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)
        tensors = max(tensors, found)
    return tensors


def selu_violations(config, X):
    layers = config["layers"]
    hidden = [layer for layer in layers if layer["class_name"] == "Dense"][:-1]
    found = []

    varies = np.ptp(X, axis=0) > 0
    mean = X.mean(axis=0)
    X -= mean
    std = np.sqrt(np.mean(X**2, axis=0))
    if np.any(varies & ((np.abs(mean) > 0.1) | (np.abs(std - 1) > 0.1))):
        found.append("input")
    if any(layer["config"]["activation"] != "selu" for layer in hidden):
        found.append("activation")
    if any(not init_is_right(layer) for layer in hidden):
        found.append("init")
    for kind in ("regularizer", "constraint"):
        if any(layer["config"][f"{part}_{kind}"] is not None for layer in hidden for part in ("kernel", "bias")):
            found.append(kind)
    if any(layer["class_name"] == "BatchNormalization" for layer in layers):
        found.append("batchnorm")
    if any(layer["class_name"] == "Dropout" and layer["config"]["rate"] > 0 for layer in layers):
        found.append("dropout")
    if any(inputs_of(layer) > 1 for layer in layers):
        found.append("skip")
    return found


# %% right: a-model-of-a-copy
import copy

import keras


def kernel_law(init, fan_in, units):
    if isinstance(init, keras.initializers.VarianceScaling):
        fans = {"fan_in": fan_in, "fan_out": units, "fan_avg": (fan_in + units) / 2}
        return 0, init.scale / fans[init.mode]
    if isinstance(init, keras.initializers.RandomNormal):
        return init.mean, init.stddev**2
    if isinstance(init, keras.initializers.RandomUniform):
        return (init.minval + init.maxval) / 2, (init.maxval - init.minval) ** 2 / 12
    if isinstance(init, keras.initializers.TruncatedNormal):
        return init.mean, 0.7737413 * init.stddev**2
    if isinstance(init, keras.initializers.Orthogonal) and fan_in >= units:
        return 0, init.gain**2 / fan_in
    return 0, 0


def selu_violations(config, X):
    kind = keras.Model if "input_layers" in config else keras.Sequential
    model = kind.from_config(copy.deepcopy(config))
    found = set()
    std = X.std(axis=0)
    bad = (np.abs(X.mean(axis=0)) > 0.1) | (np.abs(std - 1) > 0.1)
    if bad[np.ptp(X, axis=0) > 0].any():
        found.add("input")
    for layer in [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][:-1]:
        fan_in, units = layer.kernel.shape
        mean, var = kernel_law(layer.kernel_initializer, fan_in, units)
        if abs(mean) > 1e-6 or abs(var * fan_in - 1) > 1e-3:
            found.add("init")
        if layer.activation is not keras.activations.selu:
            found.add("activation")
        if layer.kernel_regularizer or layer.bias_regularizer:
            found.add("regularizer")
        if layer.kernel_constraint or layer.bias_constraint:
            found.add("constraint")
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            found.add("batchnorm")
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            found.add("dropout")
        if isinstance(layer.input, (list, tuple)) and len(layer.input) > 1:
            found.add("skip")
    return sorted(found)


# %% right: table-of-checks
import json
import math

FANS = {"fan_in": lambda i, o: i, "fan_out": lambda i, o: o, "fan_avg": lambda i, o: (i + o) / 2}
NAMED = {"Lecun": (1.0, "fan_in"), "Glorot": (1.0, "fan_avg"), "He": (2.0, "fan_in")}


def variance_times_fan_in(layer):
    i, o = layer["build_config"]["input_shape"][-1], layer["config"]["units"]
    init = layer["config"]["kernel_initializer"]
    name, p = init["class_name"], init["config"]
    for start, (scale, mode) in NAMED.items():
        if name in (start + "Normal", start + "Uniform"):
            return scale / FANS[mode](i, o) * i
    if name == "VarianceScaling":
        return p["scale"] / FANS[p["mode"]](i, o) * i
    if name in ("RandomNormal", "TruncatedNormal"):
        cut = 1 if name == "RandomNormal" else 0.7737413
        return i * cut * p["stddev"] ** 2 if math.isclose(p["mean"], 0, abs_tol=1e-9) else 0
    if name == "RandomUniform":
        return i * p["maxval"] ** 2 / 3 if math.isclose(p["minval"], -p["maxval"]) else 0
    if name == "Orthogonal":
        return p["gain"] ** 2 if i >= o else 0
    return 0


def dense(config):
    return [d for d in config["layers"] if d["class_name"] == "Dense"][:-1]


def set_anywhere(kind):
    def check(config):
        return any(v is not None for d in dense(config) for k, v in d["config"].items() if k in ("kernel" + kind, "bias" + kind))

    return check


CHECKS = {
    "activation": lambda c: {d["config"]["activation"] for d in dense(c)} - {"selu"},
    "init": lambda c: any(not math.isclose(variance_times_fan_in(d), 1, rel_tol=1e-4) for d in dense(c)),
    "regularizer": set_anywhere("_regularizer"),
    "constraint": set_anywhere("_constraint"),
    "batchnorm": lambda c: "BatchNormalization" in [d["class_name"] for d in c["layers"]],
    "dropout": lambda c: sum(d["config"]["rate"] for d in c["layers"] if d["class_name"] == "Dropout") > 0,
    "skip": lambda c: any(
        json.dumps(node).count('"keras_history"') > 1 for d in c["layers"] for node in d.get("inbound_nodes", ())
    ),
}


def selu_violations(config, X):
    columns = [c for c in X.T if c.max() > c.min()]
    wrong = any(not (-0.1 <= c.mean() <= 0.1 and 0.9 <= c.std() <= 1.1) for c in columns)
    return tuple(["input"] * wrong + [name for name, check in CHECKS.items() if check(config)])


# %% right: flags-in-a-dictionary
def selu_violations(config, X):
    flags = dict.fromkeys(["skip", "dropout", "batchnorm", "constraint", "regularizer", "init", "activation", "input"], False)
    moving = X[:, (X != X[0]).any(axis=0)]
    centred = moving - moving.sum(axis=0) / len(X)
    flags["input"] = bool(
        (abs(moving.sum(axis=0) / len(X)) > 0.1).any()
        or (abs(np.sqrt((centred**2).sum(axis=0) / len(X)) - 1) > 0.1).any()
    )
    last = max(k for k, layer in enumerate(config["layers"]) if layer["class_name"] == "Dense")
    for k, layer in enumerate(config["layers"]):
        kind, c = layer["class_name"], layer["config"]
        for node in layer.get("inbound_nodes") or []:
            first = node["args"][0] if node["args"] else []
            several = isinstance(first, (list, tuple)) and len(first) > 1
            flags["skip"] |= several or len(node["args"]) > 1
        match kind:
            case "BatchNormalization":
                flags["batchnorm"] = True
            case "Dropout":
                flags["dropout"] |= c["rate"] > 0
            case "Dense" if k < last:
                n, m = layer["build_config"]["input_shape"][-1], c["units"]
                init, p = c["kernel_initializer"]["class_name"], c["kernel_initializer"]["config"]
                # the standard deviation that is right, and the one there is
                goal = n**-0.5
                match init:
                    case "LecunNormal" | "LecunUniform":
                        there = goal
                    case "GlorotNormal" | "GlorotUniform":
                        there = (2 / (n + m)) ** 0.5
                    case "VarianceScaling":
                        there = (p["scale"] / dict(fan_in=n, fan_out=m, fan_avg=(n + m) / 2)[p["mode"]]) ** 0.5
                    case "RandomNormal":
                        there = p["stddev"] if abs(p["mean"]) < 1e-9 else 0
                    case "TruncatedNormal":
                        there = 0.87962566 * p["stddev"] if abs(p["mean"]) < 1e-9 else 0
                    case "RandomUniform":
                        there = p["maxval"] / 3**0.5 if abs(p["minval"] + p["maxval"]) < 1e-9 else 0
                    case "Orthogonal":
                        there = goal * p["gain"] if n >= m else 0
                    case _:
                        there = 0
                flags["init"] |= abs(there / goal - 1) > 1e-3
                flags["activation"] |= c["activation"] != "selu"
                flags["regularizer"] |= bool(c["kernel_regularizer"] or c["bias_regularizer"])
                flags["constraint"] |= bool(c["kernel_constraint"] or c["bias_constraint"])
    return [name for name, raised in flags.items() if raised]
