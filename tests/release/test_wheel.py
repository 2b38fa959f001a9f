"""The wheel: what is in it, and that `softstep` runs from it where there is nothing else."""

import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import httpx
import pytest

from app import __version__
from tests.machine import lacking
from tests.serving import PROJECT, started


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the hatchling that is installed: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(PROJECT)], check=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


def files(*folders: str) -> set[str]:
    """Return the checkout's files under these folders that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {name for name in listed if (PROJECT / name).is_file()}


def test_wheel_holds_service_page_licence_and_nothing_else(wheel: Path) -> None:
    """It holds the service its page its licence and nothing else."""
    if not (PROJECT / ".git").exists():
        lacking("git, which says which files are the project's")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    described = {name for name in names if ".dist-info/" in name}
    ours = {name.replace("app/", "softstep/", 1) for name in files("app")}
    assert "softstep/py.typed" in ours
    assert names - described == ours | {f"softstep/{name}" for name in files("static")}
    assert any(name.endswith("/licenses/LICENSE") for name in described)


def test_it_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert (metadata["Name"], metadata["Version"]) == ("softstep", __version__)
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment that finds everything else where these tests find it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([str(python), "-c", where], capture_output=True, text=True, check=True).stdout
    Path(site.strip(), "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--ignore-installed", str(wheel)], check=True, timeout=120)
    return folder / "bin"


STRANGER = "open('imported', 'w').close(); raise RuntimeError('not ours')"


def strangers(folder: Path, *names: str) -> None:
    """Write foreign modules of these names into the folder: each tells when it is imported."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(STRANGER, encoding="utf-8")


@pytest.mark.parametrize("name", ["{}.py", "{}/__init__.py"])
def test_it_serves_beside_strangers(installed: Path, tmp_path: Path, name: str) -> None:
    """A foreign package in the working directory is imported neither by the service nor by its processes."""
    strangers(tmp_path, name.format("app"), name.format("softstep"))
    network = {"layers": [{"weight": [[1.0]], "activation": "tanh"}, {"weight": [[1.0]]}]}
    with started([str(installed / "softstep")], tmp_path, {}) as base:
        drawn = httpx.get(f"{base}/v1/activations/tanh/plot.png", timeout=60)
        assert drawn.content.startswith(b"\x89PNG")
        asked = {"network": network, "to": "sigmoid"}
        converted = httpx.post(f"{base}/v1/networks/convert", json=asked, timeout=60).json()
        assert converted["network"]["layers"][0]["weight"] == [[2.0]]  # tanh(z) = 2σ(2z) − 1
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("stranger", ["app.py", "app/__init__.py"])
def test_it_is_imported_beside_a_stranger(installed: Path, tmp_path: Path, stranger: str) -> None:
    strangers(tmp_path, stranger)
    command = [str(installed / "python"), "-c", "import softstep; print(softstep.__version__)"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert told.strip() == __version__
    assert not (tmp_path / "imported").exists()


def test_it_says_its_version(installed: Path) -> None:
    told = subprocess.run(
        [str(installed / "softstep"), "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"softstep {__version__}\n"


@pytest.mark.long
def test_it_runs_where_there_is_nothing_else(wheel: Path, tmp_path: Path) -> None:
    """An empty environment, the pinned requirements, the wheel; started away from the checkout."""
    venv.create(tmp_path / "environment", symlinks=True, with_pip=False)
    there = tmp_path / "environment" / "bin"
    install = [sys.executable, "-m", "pip", "--python", str(there / "python"), "install", "--quiet"]
    pinned = ["--require-hashes", "--requirement", str(PROJECT / "requirements.txt")]
    subprocess.run([*install, *pinned], check=True, timeout=600)
    subprocess.run([*install, "--no-deps", str(wheel)], check=True, timeout=120)
    command = str(there / "softstep")

    told = subprocess.run(
        [command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert "SOFTSTEP_PORT" in told

    with started([command], tmp_path, {}) as base:
        answer = httpx.post(f"{base}/v1/activations/heaviside", json={"inputs": [-1.0, 0.0]}, timeout=60)
        assert answer.json() == {"outputs": [0.0, 1.0]}
        assert httpx.get(f"{base}/v1/activations/tanh/plot.png", timeout=60).content.startswith(b"\x89PNG")
        page = httpx.get(base + "/", timeout=60).text
        assert "<title>Softstep" in page
        files = re.findall(r'(?:href|src)="(static/[^"]+)"', page)
        assert len(files) > 10
        assert {httpx.get(f"{base}/{file}", timeout=60).status_code for file in files} == {200}
