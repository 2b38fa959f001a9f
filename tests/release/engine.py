"""Building the image and starting containers of it: with Docker, or with the tools that stand beside us."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx
import psutil

from tests.serving import PATIENCE, PROJECT, free_port

TAG = "localhost/softstep:test"
TOOLS = PROJECT.parent / "shared" / "tools"
SERVICE = ["python", "-m", "app"]
END = "that was all"


@dataclass
class Container:
    """A started container: where it answers, its process on this machine, who waits for its end, its log."""

    port: int
    process: psutil.Process
    runner: "subprocess.Popen[bytes]"
    stop: Sequence[str]
    log: Path

    @property
    def base(self) -> str:
        """Return the URL that it answers at."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """Return what it has written to its log."""
        return self.log.read_text(encoding="utf-8")

    def terminate(self) -> tuple[int, float]:
        """Send SIGTERM to the service, as an engine does; return the exit code and the seconds it took."""
        began = time.monotonic()
        _output(*self.stop)
        self.process.wait(PATIENCE)
        ended = time.monotonic() - began
        return self.runner.wait(PATIENCE), ended


def _output(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def _ready(runner: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the container says that it is ready."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if runner.poll() is not None:
            raise RuntimeError(f"the container ended with {runner.returncode}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the container was not ready in time")


def _service(runner: "subprocess.Popen[bytes]", port: int) -> psutil.Process:
    """Return the process under `runner` that is the service, once it says that it is ready."""
    _ready(runner, port)
    return next(found for found in psutil.Process(runner.pid).children(recursive=True) if _is(found))


def _is(process: psutil.Process) -> bool:
    try:
        line = process.cmdline()
    except psutil.Error:  # one that has just ended
        return False
    return line[1:] == SERVICE[1:] and Path(line[0]).name.startswith(SERVICE[0])


@contextmanager
def _logged(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Start a command that writes to a log of its own; end what a test left running."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        runner = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield runner, Path(log.name)
        finally:
            _end(runner)


def _end(runner: "subprocess.Popen[bytes]") -> None:
    """End the innermost process first, so that those around it can tidy up after themselves."""
    if runner.poll() is not None:
        return
    for process in psutil.Process(runner.pid).children(recursive=True)[::-1]:
        if process.is_running() and _is(process):
            process.kill()
    try:
        runner.wait(30)
    except subprocess.TimeoutExpired:
        runner.kill()
        runner.wait()


class Tools:
    """`build-image` and `run-image`: buildah, on a machine without a container engine."""

    environment: ClassVar[dict[str, str]] = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}

    @staticmethod
    def available() -> bool:
        """Say whether the tools stand beside the project, and this user may use them."""
        return (TOOLS / "build-image").exists() and os.geteuid() == 0

    def build(self) -> None:
        """Build the image; layers that did not change are kept from the last time."""
        _output(str(TOOLS / "build-image"), TAG, BUILDAH_LAYERS="true")

    def config(self) -> dict[str, Any]:
        """Return what the image says of itself."""
        described = _output("buildah", "inspect", "--type", "image", TAG, **self.environment)
        config: dict[str, Any] = json.loads(described)["Docker"]["config"]
        return config

    def run(self, *command: str, **settings: str) -> str:
        """Run a command in a container of its own, as the image's user; return what it printed.

        One time in sixty, beside other work, buildah ends before it has handed on the last lines: so what is
        printed ends with a line of ours, and without that line the command is run again.
        """
        for _ in range(5):
            marked = ("sh", "-c", '"$@" && echo "$0"', END, *command)
            printed = _output(str(TOOLS / "run-image"), TAG, *marked, **settings)
            if printed.endswith(f"{END}\n"):
                return printed.removesuffix(f"{END}\n")
        raise RuntimeError(f"{shlex.join(command)} never told all that it printed")

    @contextmanager
    def started(self) -> Iterator[Container]:
        """Start the image's own command on the host's network."""
        port = free_port()
        environment = {**os.environ, "SOFTSTEP_PORT": str(port), "SOFTSTEP_HOST": "127.0.0.1"}
        with _logged([str(TOOLS / "run-image"), TAG], environment) as (runner, log):
            process = _service(runner, port)
            yield Container(port, process, runner, ["kill", "-TERM", str(process.pid)], log)

    @contextmanager
    def hardened(self) -> Iterator[Container]:
        """Start it as Kubernetes would: a read-only root, a tmpfs on /tmp, process 1 of its namespace."""
        port = free_port()
        config = self.config()
        name = _output("buildah", "from", "--pull-never", TAG, **self.environment).strip()
        try:
            root = _output("buildah", "mount", name, **self.environment).strip()
            environment = [*list(config["Env"]), f"SOFTSTEP_PORT={port}", "SOFTSTEP_HOST=127.0.0.1"]
            inside = shlex.join(["cd", str(config["WorkingDir"])]) + " && exec " + shlex.join(config["Cmd"])
            enter = ["chroot", f"--userspec={config['User']}", root, "/usr/bin/env", "-i", *environment]
            steps = [
                ["mount", "--bind", root, root],
                ["mount", "-t", "proc", "proc", f"{root}/proc"],
                ["mount", "--rbind", "/dev", f"{root}/dev"],
                ["mount", "-t", "tmpfs", "-o", "size=64m,mode=1777", "tmpfs", f"{root}/tmp"],
                ["mount", "-o", "remount,bind,ro", root],
                ["exec", *enter, "/bin/sh", "-c", inside],
            ]
            script = " && ".join(shlex.join(step) for step in steps)
            unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
            with _logged(unshare, os.environ) as (runner, log):
                process = _service(runner, port)
                yield Container(port, process, runner, ["kill", "-TERM", str(process.pid)], log)
        finally:
            _output("buildah", "rm", name, **self.environment)


class Docker:
    """A Docker engine."""

    @staticmethod
    def available() -> bool:
        """Say whether a Docker engine answers."""
        if shutil.which("docker") is None:
            return False
        return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0

    def build(self) -> None:
        """Build the image; layers that did not change are kept from the last time."""
        _output("docker", "build", "--tag", TAG, ".")

    def config(self) -> dict[str, Any]:
        """Return what the image says of itself."""
        config: dict[str, Any] = json.loads(_output("docker", "image", "inspect", TAG))[0]["Config"]
        return config

    def run(self, *command: str, **settings: str) -> str:
        """Run a command in a container of its own, as the image's user; return what it printed."""
        passed = [f"--env={name}={value}" for name, value in settings.items()]
        return _output("docker", "run", "--rm", "--network=host", *passed, TAG, *command)

    @contextmanager
    def started(self, *hardening: str) -> Iterator[Container]:
        """Start the image's own command."""
        port = free_port()
        publish = f"--publish=127.0.0.1:{port}:8000"
        name = f"softstep-test-{port}"
        command = ["docker", "run", "--rm", "--name", name, publish, *hardening, TAG]
        with _logged(command, os.environ) as (runner, log):
            _ready(runner, port)
            number = int(_output("docker", "inspect", "--format", "{{.State.Pid}}", name))
            stop = ["docker", "kill", "--signal=TERM", name]
            try:
                yield Container(port, psutil.Process(number), runner, stop, log)
            finally:
                if runner.poll() is None:
                    _output("docker", "kill", name)

    @contextmanager
    def hardened(self) -> Iterator[Container]:
        """Start it as Kubernetes would: a read-only root, a tmpfs on /tmp, no capability."""
        hard = ["--read-only", "--tmpfs=/tmp:size=64m", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        with self.started(*hard) as container:
            yield container


Engine = Tools | Docker


def engine() -> Engine | None:
    """Return what can build here: the tools beside us before Docker, as CI has them; None if neither can."""
    return next((kind() for kind in (Tools, Docker) if kind.available()), None)
