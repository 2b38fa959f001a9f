"""Files of rows: what is wrong with one is one sentence with its name, whatever the library would raise."""

import os

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import save_file

from app.batch.data import Data, DataQuestion, UnusableData, found_files
from tests.batch.work import numbers, saved


def data(*files, **options):
    return Data(DataQuestion(files, **options))


@pytest.mark.parametrize("form", ["npy", "safetensors", "parquet"])
def test_rows_are_read_across_files_and_row_groups(tmp_path, form):
    matrix = numbers(2000)
    files = [saved(tmp_path / "a", matrix[:900], form), saved(tmp_path / "b", matrix[900:], form)]
    for start, stop in ((0, 2000), (650, 1750), (899, 901), (1999, 2000)):
        inputs, targets = data(*files).read(start, stop)
        assert (inputs == matrix[start:stop, :-1]).all() and (targets == matrix[start:stop, -1]).all()
    inputs, targets = data(*files, wants_targets=False).read(0, 3)
    assert targets is None and len(inputs) == 3


def test_columns_of_npy_are_numbers_and_ranges(tmp_path):
    matrix = numbers(10)
    name = saved(tmp_path / "a", matrix)
    inputs, targets = data(name, inputs=("1:3", "0"), targets=("3:5",)).read(2, 6)
    assert (inputs == matrix[2:6, [1, 2, 0]]).all() and (targets == matrix[2:6, 3:5]).all()
    for wrong in ("x", "4:2", "9", "-1", "0:99"):
        with pytest.raises(UnusableData, match="columns"):
            data(name, inputs=(wrong,))


NUMBERS = ["<f8", ">f8", "<f4", ">f4", "<f2", ">f2", "<i8", ">i8", "<i4", ">i2", "|i1", "|u1", "<u2", ">u4"]


@pytest.mark.parametrize("order", "CF")
def test_npy_of_any_numbers_and_order_is_read(tmp_path, order):
    """Column by column, as Fortran and pandas write them; each kind of number as the float64 it is."""
    matrix = np.random.default_rng(0).integers(0, 100, (50, 7)).astype(float)
    for index, kind in enumerate(NUMBERS):
        written = np.array(matrix + (0.25 if "f" in kind else 0), dtype=kind, order=order)
        np.save(tmp_path / f"{index}.npy", written)
        name = str(tmp_path / f"{index}.npy")
        for start, stop in ((0, 50), (13, 14), (20, 50)):
            inputs, targets = data(name).read(start, stop)
            assert inputs.dtype == np.float64 and (inputs == written[start:stop, :6]).all()
            assert (targets == written[start:stop, 6]).all()
        some = data(name, inputs=("4:6", "0"), targets=("1:3",)).read(3, 9)
        assert (some[0] == written[3:9, [4, 5, 0]]).all() and (some[1] == written[3:9, 1:3]).all()


def test_safetensors_of_any_numbers_are_read(tmp_path):
    matrix = np.random.default_rng(0).integers(0, 100, (20, 3))
    for kind in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1"):
        save_file({"inputs": matrix.astype(kind), "targets": matrix[:, 0]}, tmp_path / "a.safetensors")
        assert (data(str(tmp_path / "a.safetensors")).read(4, 9)[0] == matrix[4:9]).all()
    halves = (matrix / 4).astype(np.float32).view(np.uint32) >> 16
    body = halves.astype("<u2").tobytes()
    header = b'{"inputs":{"dtype":"BF16","shape":[20,3],"data_offsets":[0,%d]}}' % len(body)
    (tmp_path / "b.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + body)
    found, _ = data(str(tmp_path / "b.safetensors"), wants_targets=False).read(4, 9)
    assert (found == (halves << 16).view(np.float32)[4:9]).all()


def test_a_number_missing_in_parquet_names_its_row_and_column(tmp_path):
    """Also where the block begins behind an earlier one, in the same row group."""
    count = 100
    flat = [float(row) for row in range(count)]
    lists = [[1.0, 2.0] for _ in range(count)]
    flat[33] = lists[50] = lists[70] = None
    lists[60], lists[61] = [1.0], [1.0, None]
    sizes = pa.array([*lists[:60], [0.0, 0.0], *lists[61:]], type=pa.list_(pa.float32(), 2))
    table = pa.table({"flat": flat, "lists": lists, "sizes": sizes, "y": list(range(count))})
    whole = pa.table({name: table.column(name)[:10] for name in table.column_names})
    first, second = str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")
    parquet.write_table(whole, first)
    parquet.write_table(table, second, row_group_size=45)
    for column, start, row, said in (
        ("flat", 0, 33, "expected a number in the column flat, got none"),
        ("lists", 0, 50, "expected a number in the column lists, got none"),
        ("lists", 51, 60, "expected lists of one length in the column lists, got 1 for 2"),
        ("lists", 61, 61, "expected a number at 1 in the column lists, got none"),
        ("lists", 62, 70, "expected a number in the column lists, got none"),
        ("sizes", 0, 50, "expected a number in the column sizes, got none"),
        ("sizes", 51, 61, "expected a number at 1 in the column sizes, got none"),
    ):
        rows = data(first, second, inputs=(column,), targets=("y",))
        with pytest.raises(UnusableData) as caught:
            rows.read(10 + start, 110)
        assert caught.value.detail == f"b.parquet, row {row} ({row + 10} of all): {said}"
        assert caught.value.row == row + 10
    rows = data(second, inputs=("lists",), targets=("y",))
    assert rows.read(71, 100)[0].tolist() == [[1.0, 2.0]] * 29
    assert data(second, inputs=("flat",), targets=("y",)).read(34, 46)[0][:, 0].tolist() == flat[34:46]


def test_columns_of_parquet_may_be_flat_or_lists(tmp_path):
    path = str(tmp_path / "a.parquet")
    lists = pa.array([[1.0, 2.0], [3.0, 4.0]])
    nothing = pa.array([1.0, None])
    uneven = pa.array([[1.0], [2.0, 3.0]])
    words = pa.array(["a", "b"])
    table = {"l": lists, "a": [1, 2], "b": [3.5, 4.5], "n": nothing, "u": uneven, "w": words}
    parquet.write_table(pa.table(table), path)
    assert data(path, inputs=("l",), targets=("a",)).read(0, 2)[0].tolist() == [[1, 2], [3, 4]]
    assert data(path, inputs=("a", "b"), targets=("a",)).read(1, 2)[0].tolist() == [[2, 4.5]]
    for wrong in ("n", "u", "w"):
        with pytest.raises(UnusableData, match=f"a.parquet.*: expected .*column {wrong}"):
            data(path, inputs=(wrong,), targets=("a",)).read(0, 2)
    with pytest.raises(UnusableData, match="a column named q"):
        data(path, inputs=("q",), targets=("a",))
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(UnusableData, match=r"b.parquet: expected a Parquet file"):
        data(str(tmp_path / "b.parquet"))


def test_files_that_are_none_are_told(tmp_path):
    good = numbers(4)
    cases = {
        "empty.npy": b"",
        "junk.npy": b"\x93NUMPY\x01\x00\xff\xff",
        "junk.safetensors": b"\x10" + bytes(7) + b"not a header....",
        "long.safetensors": b"\xff" * 20,
        "none.csv": b"1,2",
    }
    for name, body in cases.items():
        (tmp_path / name).write_bytes(body)
    np.save(tmp_path / "object.npy", np.array([[None]]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.zeros(3))
    np.save(tmp_path / "structures.npy", np.zeros(3, dtype=[("x", float)]))
    np.save(tmp_path / "complex.npy", good * 1j)
    np.save(tmp_path / "booleans.npy", good > 0)
    np.save(tmp_path / "one.npy", good[:, :1])
    whole = (tmp_path / saved(tmp_path / "whole", good)).read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    save_file({"inputs": np.zeros((3, 2)), "targets": np.zeros(2)}, tmp_path / "rows.safetensors")
    save_file({"targets": np.zeros(2)}, tmp_path / "lacks.safetensors")
    names = [*cases, "object.npy", "flat.npy", "structures.npy", "complex.npy", "booleans.npy", "one.npy"]
    for name in [*names, "cut.npy", "rows.safetensors", "lacks.safetensors"]:
        with pytest.raises(UnusableData, match=f"{name}: expected"):
            data(str(tmp_path / name))
    np.save(tmp_path / "zero.npy", np.zeros((0, 3)))
    with pytest.raises(UnusableData, match="at least one row"):
        data(str(tmp_path / "zero.npy"))


def test_files_of_other_widths_are_told(tmp_path):
    files = saved(tmp_path / "a", numbers(10)), saved(tmp_path / "b", numbers(10, d=6))
    with pytest.raises(UnusableData, match=r"b.npy, row 0 .10 of all.: expected 5 columns of inputs"):
        data(*files).read(5, 15)


def test_folders_and_patterns_are_taken_by_name(tmp_path):
    for name in ("b", "a"):
        saved(tmp_path / name, numbers(3))
    (tmp_path / "notes.txt").write_text("")
    expected = (str(tmp_path / "a.npy"), str(tmp_path / "b.npy"))
    assert found_files([str(tmp_path)]) == found_files([str(tmp_path / "*.npy")]) == expected
    with pytest.raises(UnusableData, match="expected a file, a pattern or a folder"):
        found_files([str(tmp_path / "none")])


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".parquet"])
def test_pipes_are_refused_and_not_waited_for(tmp_path, suffix):
    os.mkfifo(tmp_path / f"pipe{suffix}")
    with pytest.raises(UnusableData, match=f"pipe{suffix}: expected a file"):
        data(str(tmp_path / f"pipe{suffix}"))
