"""Debian's nginx in front of the service, as docs/operating.md shows it."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.machine import program
from tests.serving import free_port

_CONFIGURATION = """
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {location} {{ proxy_pass {target}; proxy_set_header Host $http_host; }}
  }}
}}
"""


@contextmanager
def nginx(location: str, target: str) -> Iterator[str]:
    """Start nginx, which passes what is below `location` to `target`; yield its address."""
    executable, port = program("nginx"), free_port()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "nginx.conf")
        written.write_text(_CONFIGURATION.format(folder=folder, port=port, location=location, target=target))
        process = subprocess.Popen([executable, "-c", written, "-p", folder, "-e", f"{folder}/error.log"])
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"nginx ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx does not listen")
