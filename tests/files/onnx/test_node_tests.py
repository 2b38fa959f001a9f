"""ONNX's own node tests that hold Tanh or Sigmoid, functions expanded, as far as ONNX Runtime runs them."""

import warnings

import numpy as np
import pytest
from onnx import ModelProto
from onnx.backend.test.case.node import collect_testcases

from app.files.errors import NothingToConvert, UnsupportedModel
from app.files.onnx.conversion import convert_file

from . import judge

OPERATORS = {"Tanh": "sigmoid", "Sigmoid": "tanh"}


@pytest.fixture(scope="module")
def cases():
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of casts that its own cases make
        collected = collect_testcases(None)
    for case in collected:
        if case.model is None or not case.model.ir_version:
            continue
        body = case.model.SerializeToString()
        for operator, to in OPERATORS.items():
            if judge.operators(body)[operator]:
                found.append((case, body, operator, to))
    return found


@pytest.mark.long  # collecting them makes all of ONNX's thousands
def test_node_tests_hold_behind_a_conversion(cases):
    ran = 0
    for case, body, operator, to in cases:
        try:
            made = convert_file(body, to, "kept").body
        except (NothingToConvert, UnsupportedModel) as fault:
            assert "opset" in fault.detail or "type of its numbers" in fault.detail, (case.name, fault.detail)
            continue
        assert judge.operators(made)[operator] == 0
        for inputs, _ in case.data_sets:
            names = [one.name for one in ModelProto.FromString(body).graph.input]
            feeds = dict(zip(names, inputs, strict=False))
            try:
                before = judge.outputs(body, feeds)
            except Exception:
                continue  # this runtime has no such operator, type or opset
            after = judge.outputs(made, feeds)
            ran += 1
            for one, other in zip(before, after, strict=True):
                near = 1e-3 if one.dtype == np.float16 else 2e-6
                scale = max(1.0, float(np.abs(one.astype(float)).max(initial=0)))
                assert (
                    float(np.abs(one.astype(float) - other.astype(float)).max(initial=0)) <= near * scale
                ), case.name
    assert ran >= 10
