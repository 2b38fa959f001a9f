"""Files of rows: what is wrong with one is one sentence with its name, whatever the library would raise."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.batch.data import Data, DataQuestion, UnusableData, found_files
from tests.batch.work import numbers, saved


def data(*files, **options):
    return Data(DataQuestion(files, **options))


@pytest.mark.parametrize("form", ["npy", "safetensors", "parquet"])
def test_rows_are_read_across_files_and_row_groups(tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
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


def test_columns_of_parquet_may_be_flat_or_lists(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

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
        with pytest.raises(UnusableData, match=f"a.parquet: expected .*column {wrong}"):
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
    np.save(tmp_path / "fortran.npy", np.asfortranarray(good))
    whole = (tmp_path / saved(tmp_path / "whole", good)).read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    save_file({"inputs": np.zeros((3, 2)), "targets": np.zeros(2)}, tmp_path / "rows.safetensors")
    save_file({"targets": np.zeros(2)}, tmp_path / "lacks.safetensors")
    names = [*cases, "object.npy", "flat.npy", "fortran.npy", "cut.npy", "rows.safetensors"]
    for name in [*names, "lacks.safetensors"]:
        with pytest.raises(UnusableData, match=f"{name}: expected"):
            data(str(tmp_path / name))
    np.save(tmp_path / "zero.npy", np.zeros((0, 3)))
    with pytest.raises(UnusableData, match="at least one row"):
        data(str(tmp_path / "zero.npy"))


def test_files_of_other_widths_are_told(tmp_path):
    files = saved(tmp_path / "a", numbers(10)), saved(tmp_path / "b", numbers(10, d=6))
    with pytest.raises(UnusableData, match=r"b.npy: expected as many columns"):
        data(*files).read(5, 15)


def test_folders_and_patterns_are_taken_by_name(tmp_path):
    for name in ("b", "a"):
        saved(tmp_path / name, numbers(3))
    (tmp_path / "notes.txt").write_text("")
    expected = (str(tmp_path / "a.npy"), str(tmp_path / "b.npy"))
    assert found_files([str(tmp_path)]) == found_files([str(tmp_path / "*.npy")]) == expected
    with pytest.raises(UnusableData, match="expected a file, a pattern or a folder"):
        found_files([str(tmp_path / "none")])
