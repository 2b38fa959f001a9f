"""Sums as files: what was written is read, and what is none is refused, never unpickled, never wrapped."""

import json
import pickle
from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import load, save

from app.batch.belonging import StatesDiffer
from app.batch.blocks import BLOCK_ROWS, BadRows, sum_rows
from app.batch.gradients import gradients_of
from app.batch.ranges import lacking, part_of
from app.batch.state import read_state, written_state
from app.nn.errors import Fault, InvalidValue
from app.nn.limbs import LimbSums
from tests.batch.work import job_of, layers_file, numbers, saved, state_of

ROWS = 3 * BLOCK_ROWS + 5


@pytest.fixture
def job(tmp_path):
    return job_of(saved(tmp_path / "a", numbers(ROWS)))


def part(job, start, stop):
    whole = state_of(job)
    _, sums = sum_rows(job, start, stop)
    return type(whole)(whole.belonging, ((start, stop),), sums)


def test_a_state_is_read_as_it_was_written(job):
    state = state_of(job)
    again = read_state(written_state(state))
    assert again.belonging == state.belonging and again.ranges == state.ranges == ((0, ROWS),)
    assert again.sums == state.sums
    assert written_state(again) == written_state(state)


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 7])
def test_parts_are_all_blocks_once(parts):
    cut = [part_of(ROWS, (number, parts)) for number in range(1, parts + 1)]
    assert cut[0][0] == 0 and cut[-1][1] == ROWS
    assert all(one[1] == other[0] for one, other in pairwise(cut))
    assert all(start % BLOCK_ROWS == 0 for start, _ in cut)
    with pytest.raises(InvalidValue):
        part_of(ROWS, (parts + 1, parts))


def test_lacking_is_what_no_range_holds():
    assert lacking(((2, 4), (6, 9)), 0, 12) == ((0, 2), (4, 6), (9, 12))
    assert lacking(((2, 4), (6, 9)), 3, 7) == ((4, 6),)
    assert lacking((), 0, 3) == ((0, 3),) and lacking(((0, 3),), 0, 3) == ()


def test_rows_that_come_twice_or_lack_are_told(job):
    first, second = part(job, 0, BLOCK_ROWS), part(job, BLOCK_ROWS, ROWS)
    with pytest.raises(StatesDiffer, match="got none of rows 4096 to"):
        gradients_of(first, job.model)
    with pytest.raises(StatesDiffer, match="row 4096 twice"):
        first.merged(second).merged(part(job, BLOCK_ROWS, ROWS))


def test_states_of_other_things_are_not_added(job, tmp_path):
    state = state_of(job)
    for other in (
        job_of(*job.data.files, model=layers_file()),
        job_of(*job.data.files, l2=1.0),
        job_of(saved(tmp_path / "b", numbers(ROWS))),
    ):
        with pytest.raises(StatesDiffer):
            state.merged(state_of(other))
    with pytest.raises(StatesDiffer, match="network"):
        gradients_of(state, layers_file())


def test_workers_that_round_otherwise_are_refused(job):
    state, other = state_of(job), part(job, 0, BLOCK_ROWS)
    object.__setattr__(other.belonging, "fingerprint", "0" * 64)
    with pytest.raises(StatesDiffer, match="--exact"):
        other.merged(state)


@pytest.mark.parametrize(
    "change",
    [
        lambda told, arrays: told.update(kind="other"),
        lambda told, arrays: told.update(ranges=[[0, 10**9]]),
        lambda told, arrays: told.update(ranges=[[5, 2]]),
        lambda told, arrays: told.update(ranges=7),
        lambda told, arrays: told.update(unknown=1),
        lambda told, arrays: told.update(rows="many"),
        lambda told, arrays: told.update(rows=True),
        lambda told, arrays: told.update(seen={"here": 3}),
        lambda told, arrays: told.update(seen=[1]),
        lambda told, arrays: told.update(fingerprint=None),
        lambda told, arrays: told.pop("shapes"),
        lambda told, arrays: told["shapes"].update(S=[3]),
        lambda told, arrays: arrays.update({"S@0": arrays["S@0"] + np.int32(2**22)}),
        lambda told, arrays: arrays.update({"S@500": arrays["S@0"]}),
        lambda told, arrays: arrays.update({"S": arrays["S@0"]}),
        lambda told, arrays: arrays.update({"S@0": arrays["S@0"].astype(np.float64)}),
        lambda told, arrays: arrays.update({"other@0": arrays["S@0"]}),
    ],
)
def test_a_state_that_was_changed_is_refused(job, change):
    body = written_state(state_of(job))
    length = int.from_bytes(body[:8], "little")
    told = json.loads(json.loads(body[8 : 8 + length])["__metadata__"]["softstep"])
    arrays = load(body)
    change(told, arrays)
    with pytest.raises(Fault):
        read_state(save(arrays, {"softstep": json.dumps(told)}))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "other"},
        {"reduction": "product"},
        {"l2": "1"},
        {"l2": float("nan")},
        {"label_smoothing": None},
        {"class_weights": [None]},
        {"exact": 1},
        {"more": 1},
    ],
)
def test_a_question_that_was_changed_is_refused(job, change):
    state = state_of(job)
    question = json.dumps({**json.loads(state.belonging.question), **change}, sort_keys=True)
    object.__setattr__(state.belonging, "question", question)
    with pytest.raises(StatesDiffer):
        gradients_of(state, job.model)


def test_sums_of_other_shapes_are_not_added(job):
    state, other = part(job, 0, BLOCK_ROWS), part(job, BLOCK_ROWS, ROWS)
    other.sums["S"] = LimbSums((1,))
    with pytest.raises(StatesDiffer):
        state.merged(other)
    del other.sums["S"]
    with pytest.raises(StatesDiffer):
        state.merged(other)


@pytest.mark.parametrize("body", [b"", b"{}", pickle.dumps([1]), save({"x": np.zeros(2)}), b"\xff" * 64])
def test_what_is_no_state_is_refused(body):
    with pytest.raises(Fault):
        read_state(body)


@pytest.mark.parametrize("exact", [False, True])
def test_the_smallest_row_at_fault_is_told(tmp_path, exact):
    """A class number that is none and a later NaN: NaN is looked for first, the smaller row is told."""
    matrix = numbers(BLOCK_ROWS + 50)
    matrix[BLOCK_ROWS + 7, -1] = 9.0
    matrix[BLOCK_ROWS + 20, 2] = np.nan
    first, second = saved(tmp_path / "a", matrix[:100]), saved(tmp_path / "b", matrix[100:])
    job = job_of(first, second, exact=exact)
    with pytest.raises(BadRows) as caught:
        sum_rows(job, 0, len(matrix))
    assert caught.value.row == BLOCK_ROWS + 7
    assert caught.value.detail == (
        "b.npy, row 4003 (4103 of all): expected a class number, a whole number from 0 to 3"
    )
    matrix[BLOCK_ROWS + 3, 2] = np.inf
    saved(tmp_path / "b", matrix[100:])
    with pytest.raises(BadRows, match=r"row 3999 .4099 of all., column 2 of the inputs: expected a finite"):
        sum_rows(job, 0, len(matrix))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("option", "name"),
    [
        ({"class_weights": (1.0, 2.0)}, "--class-weights: expected 4"),
        ({"class_weights": (1.0, 2.0, 3.0, np.nan)}, "--class-weights: expected a finite"),
        ({"label_smoothing": 1.0}, "--label-smoothing: expected"),
    ],
)
def test_options_at_fault_are_told_without_a_row(tmp_path, option, name, exact):
    job = job_of(saved(tmp_path / "a", numbers(10)), exact=exact, **option)
    with pytest.raises(BadRows, match=name):
        sum_rows(job, 0, 10)


@pytest.mark.parametrize("exact", [False, True])
def test_logits_beyond_the_largest_float_name_the_row(tmp_path, exact):
    matrix = numbers(10, d=2)
    matrix[6, :2] = 1e308
    job = job_of(
        saved(tmp_path / "a", matrix), model=b'{"W": [[9, 9]], "Theta": [[1, 1, 1, 1]]}', exact=exact
    )
    with pytest.raises(BadRows, match=r"row 6 .6 of all"):
        sum_rows(job, 0, 10)
