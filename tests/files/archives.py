"""Files as Keras, skops and NumPy write them, made by hand."""

import io
import json
import zipfile

import h5py
import numpy as np


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), **options)
    return stream.getvalue()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def hdf5(fill):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def dense(units, activation="linear", name="dense", **more):
    return {"class_name": "Dense", "config": {"name": name, "units": units, "activation": activation, **more}}


def sequential(layers):
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}


def keras(config, weights, version="3.3.3"):
    """Return a .keras archive; `weights` are arrays by their paths."""

    def fill(file):
        for path, array in weights.items():
            file[path] = array
        file["optimizer/vars/0"] = np.zeros(3)

    members = {
        "config.json": json.dumps(config),
        "metadata.json": json.dumps({"keras_version": version}),
        "model.weights.h5": hdf5(fill),
    }
    return zipped(members)


def keras_h5(config, weights, version="2.15.0"):
    """Return an .h5 file of a whole model; `weights` are lists of (name, array) by layer."""

    def fill(file):
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = version
        root = file.create_group("model_weights")
        for layer, arrays in weights.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [name for name, _ in arrays]
            for name, array in arrays:
                group[name] = array

    return hdf5(fill)


def skops(steps):
    """Return an archive; `steps` are (class, members), a member an array, a list of them or a plain value."""
    members, nodes = {}, []

    def written(value):
        if isinstance(value, np.ndarray):
            name = f"{len(members)}.npy"
            members[name] = npy(value)
            return {"__class__": "ndarray", "__loader__": "NdArrayNode", "type": "numpy", "file": name}
        if isinstance(value, list):
            return {"__class__": "list", "__loader__": "ListNode", "content": [written(one) for one in value]}
        return {"__class__": "str", "__loader__": "JsonNode", "content": json.dumps(value), "is_json": True}

    for kind, parts in steps:
        content = {name: written(value) for name, value in parts.items()}
        inner = {"__class__": "dict", "__loader__": "DictNode", "content": content}
        nodes.append({"__class__": kind, "__loader__": "ObjectNode", "content": inner})
    if len(nodes) > 1:
        pairs = [
            {"__class__": "tuple", "__loader__": "TupleNode", "content": [written(f"step{index}"), node]}
            for index, node in enumerate(nodes)
        ]
        steps_node = {"__class__": "list", "__loader__": "ListNode", "content": pairs}
        inner = {"__class__": "dict", "__loader__": "DictNode", "content": {"steps": steps_node}}
        nodes = [{"__class__": "Pipeline", "__loader__": "ObjectNode", "content": inner}]
    return zipped({**members, "schema.json": json.dumps(nodes[0])})
