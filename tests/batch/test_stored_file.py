"""Files behind URLs: read by ranges of bytes, named in what is wrong; what is no longer the same shows."""

import http.server
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import app as softstep
from app.batch.data import Data, DataQuestion, UnusableData, found_files
from app.batch.gradients import gradients_of
from app.batch.stored_file import StoredFile
from app.nn.errors import InvalidValue
from tests.batch.work import job_of, numbers, saved, state_of
from tests.serving import PROJECT

FORMS = ("npy", "safetensors", "parquet")


class RangeRequests(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, in ranges where these are asked for."""

    def send_head(self):
        asked = self.headers.get("Range")
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            return super().send_head()
        first, last = (int(one) for one in asked.removeprefix("bytes=").split("-"))
        body = path.read_bytes()[first : last + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(body) - 1}/{path.stat().st_size}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said):
        pass


@pytest.fixture
def served(tmp_path):
    def of(kind):
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *given: kind(*given, directory=tmp_path)
        )
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    servers = []
    yield of
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_buckets_are_asked_for_ranges_by_name(memory, monkeypatch):
    """A version stands between the path and the range in s3fs: a range by its place was taken for one."""
    cat_file = MemoryFileSystem.cat_file

    def like_s3fs(self, path, version_id=None, start=None, end=None, **more):
        assert version_id is None
        return cat_file(self, path, start=start, end=end, **more)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", like_s3fs)
    memory.pipe("/a.npy", bytes(range(100)))
    assert StoredFile("memory://a.npy").read(3, 7) == bytes([3, 4, 5, 6])


@pytest.mark.parametrize("form", FORMS)
def test_rows_behind_urls_are_those_of_files(tmp_path, served, memory, form):
    matrix = numbers(5000)
    (tmp_path / "some rows").mkdir()
    name = saved(tmp_path / "some rows" / "ä", matrix, form)
    memory.pipe(f"/train/ä.{form}", Path(name).read_bytes())
    here = job_of(name)
    wanted = gradients_of(state_of(here), here.model)
    quoted = urllib.parse.quote(f"/some rows/ä.{form}")
    for url in (f"file://{name}", f"memory://train/ä.{form}", served(RangeRequests) + quoted):
        job = job_of(*found_files([url]))
        found = gradients_of(state_of(job), job.model)
        assert all(found[key].tobytes() == wanted[key].tobytes() for key in wanted), url


def test_fortran_order_behind_a_url_is_read(memory):
    matrix = numbers(3000)
    with memory.open("/a.npy", "wb") as file:
        np.save(file, np.asfortranarray(matrix))
    inputs, targets = Data(DataQuestion(("memory://a.npy",))).read(100, 2900)
    assert (inputs == matrix[100:2900, :-1]).all() and (targets == matrix[100:2900, -1]).all()


def test_patterns_and_folders_behind_urls_are_taken_by_name(memory):
    for name in ("b", "a", ".hidden", "c"):
        memory.pipe(f"/train/{name}.npy", b"")
    memory.pipe("/train/notes.txt", b"")
    expected = tuple(f"memory:///train/{name}.npy" for name in "abc")
    assert found_files(["memory://train"]) == found_files(["memory://train/*.npy"]) == expected
    with pytest.raises(UnusableData, match="expected a file, a pattern or a folder"):
        found_files(["memory://train/*.parquet"])


def test_data_in_memory_are_summed_in_this_process(memory):
    """Other processes see nothing of it; what is there now counts, not what was there a while ago."""
    model = {"W": np.ones((3, 5)), "Theta": np.arange(12.0).reshape(3, 4)}
    losses = []
    for seed in (0, 1, 1):
        with memory.open("/a.npy", "wb") as file:
            np.save(file, numbers(3000, seed=seed))
        losses.append(softstep.gradients_over_files("memory://a.npy", model)["loss"])
    assert losses[0] != losses[1] == losses[2]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://bucket/a.npy", "a.npy: s3:// needs one more package: Install s3fs"),
        ("s3://bucket/train/", "train: s3:// needs one more package: Install s3fs"),
        ("nobody://x/a.npy", "a.npy: expected a kind of address that fsspec knows"),
        ("memory://a.npy", "a.npy: expected a file that exists"),
        ("http://127.0.0.1:1/a.npy?secret", "a.npy: expected a file that can be read"),
    ],
)
def test_urls_that_cannot_be_read_are_one_sentence(monkeypatch, memory, url, said):
    monkeypatch.setattr("app.batch.remote._PAUSES", (0.0,))
    monkeypatch.setitem(sys.modules, "s3fs", None)  # as Python itself marks what cannot be imported
    with pytest.raises(UnusableData) as caught:
        Data(DataQuestion(found_files([url])))
    assert caught.value.detail.startswith(said) and "secret" not in caught.value.detail


def test_fsspec_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UnusableData, match=r"pip install softstep\[batch\]"):
        Data(DataQuestion(("memory://a.npy",)))


def test_a_server_that_sends_no_ranges_is_told(tmp_path, served):
    saved(tmp_path / "a", numbers(5000))
    with pytest.raises(UnusableData, match=r"a.npy: expected .*a server that sends ranges"):
        Data(DataQuestion((served(http.server.SimpleHTTPRequestHandler) + "/a.npy",)))


def test_a_server_that_fails_is_asked_again(monkeypatch, memory):
    pauses = []
    monkeypatch.setattr("app.batch.remote.sleep", pauses.append)
    memory.pipe("/a.npy", b"0123456789")
    real, calls = type(memory).cat_file, []

    def failing(self, *given, **options):
        calls.append(given)
        if len(calls) < 3:
            raise ConnectionResetError
        return real(self, *given, **options)

    monkeypatch.setattr(type(memory), "cat_file", failing)
    assert StoredFile("memory://a.npy").read(2, 5) == b"234" and pauses == [0.5, 2.0]


def test_a_change_shows_though_size_and_time_are_the_same(tmp_path):
    """In the version wherever it is, in the sample where it meets one of the pieces."""
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((10**5, 8)))
    file, before = StoredFile(str(path)), path.stat()
    version, sample = file.version(), file.sample()
    for offset, shows in ((12345, False), (100, True), (before.st_size - 1, True)):
        with path.open("r+b") as opened:
            opened.seek(offset)
            opened.write(b"\x01")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size and path.stat().st_mtime_ns == before.st_mtime_ns
        assert file.version() != version and (file.sample() != sample) is shows
        version, sample = file.version(), file.sample()
    assert file.version() == version and file.sample() == sample


def test_a_file_in_memory_has_other_versions_when_it_is_written(memory):
    file = StoredFile("memory://a.npy")
    memory.pipe("/a.npy", b"0123")
    version, sample = file.version(), file.sample()
    memory.pipe("/a.npy", b"0124")
    assert file.version() != version and file.sample() != sample


def test_data_in_memory_are_nothing_for_ray(memory):
    memory.pipe("/a.npy", b"")
    with pytest.raises(InvalidValue, match="memory://"):
        softstep.gradients_over_files("memory://a.npy", {"W": [[1.0]], "Theta": [[1.0]]}, engine="ray")


EXTRAS = ("fsspec", "pyarrow", "ray", "tqdm")


def test_libraries_of_extras_are_imported_when_needed():
    """Each in one file, and none by the commands and functions as such."""
    code = (
        "import sys; import app.commands.gradients, app.commands.evaluate, app.commands.merge\n"
        "import app.batch.over_files, app.batch.data, app.batch.engines\n"
        f"print(sorted(set(sys.modules) & {set(EXTRAS)}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
    for name in EXTRAS:
        asks = re.compile(rf"^\s*(import|from) {name}\b|import_module\(.{name}", re.MULTILINE)
        found = [path.name for path in (PROJECT / "app").rglob("*.py") if asks.search(path.read_text())]
        assert len(found) == 1, (name, found)
