"""OpenAPI as linters and generators of clients read it: no errors, and five operations called by each.

The tools come from npm and PyPI, at the releases below, into a folder of the test's own.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.machine import downloaded, program
from tests.serving import running

pytestmark = pytest.mark.long

CALLS = Path(__file__).with_name("calls")
NPM = (
    "@hey-api/openapi-ts@0.95", "@redocly/cli@2", "@stoplight/spectral-cli@6", "@types/node@20",
    "esbuild@0.28", "openapi-fetch@0.17", "openapi-typescript@7", "typescript@5",
)  # fmt: skip
PYPI = ("openapi-python-client==0.29.1", "datamodel-code-generator==0.89.0", "httpx", "pydantic")
TSCONFIG = {
    "compilerOptions": {
        "strict": True, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
        "lib": ["es2022", "dom", "dom.iterable"], "types": ["node"], "skipLibCheck": True, "noEmit": True,
    },
}  # fmt: skip


def run(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="warning") as base:
        yield base


@pytest.fixture(scope="module")
def node(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the document, the scripts, and the tools of npm."""
    program("node")
    folder = tmp_path_factory.mktemp("node")
    downloaded([program("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", *NPM], folder)
    (folder / "openapi.json").write_bytes(httpx.get(f"{base}/openapi.json", timeout=60).content)
    for script in CALLS.glob("*.ts"):
        shutil.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def python(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the document, the scripts, and an environment with the tools of PyPI."""
    folder = tmp_path_factory.mktemp("python")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "tools"], folder)
    pip = [sys.executable, "-m", "pip", "--python", folder / "tools", "install", "--quiet", "--no-compile"]
    downloaded([*pip, *PYPI], folder)
    (folder / "openapi.json").write_bytes(httpx.get(f"{base}/openapi.json", timeout=60).content)
    for script in CALLS.glob("*.py"):
        shutil.copy(script, folder)
    return folder


def tool(folder: Path, name: str) -> Path:
    return folder / "node_modules" / ".bin" / name


def test_spectral_finds_no_error(node: Path) -> None:
    (node / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    found = run([tool(node, "spectral"), "lint", "openapi.json", "--format", "json"], node)
    # What has a page but no operation of its own is described all the same: 405, 416, 500.
    assert {one["code"] for one in json.loads(found)} <= {"oas3-unused-component"}


def test_redocly_finds_no_error(node: Path) -> None:
    found = json.loads(run([tool(node, "redocly"), "lint", "openapi.json", "--format", "json"], node))
    assert found["totals"]["errors"] == 0


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("hey_api", ["openapi-ts", "-i", "openapi.json", "-o", "hey"]),
        # Its default makes every field that has a default a required one.
        ("openapi_typescript",
         ["openapi-typescript", "openapi.json", "-o", "schema.ts", "--default-non-nullable=false"]),
    ],
)  # fmt: skip
def test_a_client_of_typescript_compiles_strictly_and_calls(
    node: Path, base: str, name: str, command: list[str]
) -> None:
    run([tool(node, command[0]), *command[1:]], node)
    (node / "tsconfig.json").write_text(json.dumps({**TSCONFIG, "files": [f"{name}.ts"]}))
    run([tool(node, "tsc"), "-p", "."], node)
    bundle = ["--bundle", "--platform=node", "--format=esm", f"--outfile={name}.mjs", "--log-level=warning"]
    run([tool(node, "esbuild"), f"{name}.ts", *bundle], node)
    assert run([program("node"), f"{name}.mjs", base], node) == "called\n"


def test_openapi_python_client_makes_every_operation_and_calls(python: Path, base: str) -> None:
    tools = python / "tools" / "bin"
    made = [tools / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none"]
    told = run([*made, "--output-path", "generated"], python)
    assert "Endpoint will not be generated" not in told
    document = json.loads((python / "openapi.json").read_text())
    operations = [one for path in document["paths"].values() for one in path.values()]
    modules = [one for one in (python / "generated" / "api").glob("*/*.py") if one.name != "__init__.py"]
    assert len(modules) == len(operations)
    every = "import importlib\n" + "\n".join(
        f"importlib.import_module('generated.api.{one.parent.name}.{one.stem}')" for one in modules
    )
    run([tools / "python", "-c", every], python)
    assert run([tools / "python", "python_client.py", base], python) == "called\n"


def test_models_of_datamodel_code_generator_ask_and_read(python: Path, base: str) -> None:
    tools = python / "tools" / "bin"
    made = [tools / "datamodel-codegen", "--input", "openapi.json", "--input-file-type", "openapi"]
    kind = ["--output-model-type", "pydantic_v2.BaseModel", "--set-default-enum-member"]
    run([*made, *kind, "--formatters", "builtin", "--output", "generated_models.py"], python)
    assert run([tools / "python", "-W", "error", "models.py", base], python) == "called\n"
