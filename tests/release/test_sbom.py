"""The image's bill of materials: what the image installs, no more and no less, each with its hashes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.licences import PROJECT, shipped

pytest.importorskip("cyclonedx_py", reason="needs cyclonedx-bom, of the extra test")


def test_sbom_names_every_package_of_the_image_with_its_hashes(tmp_path: Path) -> None:
    written = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in written:
        command = [str(PROJECT / "scripts" / "sbom"), str(file)]
        subprocess.run(command, check=True, timeout=120, env={**os.environ, "PYTHON": sys.executable})
    assert written[0].read_bytes() == written[1].read_bytes()
    bill = json.loads(written[0].read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "softstep"
    parts = {one["name"]: one for one in bill["components"]}
    assert sorted(parts) == sorted(shipped())
    pinned = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    for name, part in parts.items():
        assert re.search(rf"^{re.escape(name)}=={re.escape(part['version'])}\b", pinned, re.MULTILINE)
        assert part["purl"] == f"pkg:pypi/{name}@{part['version']}"
        hashes = [one["content"] for way in part["externalReferences"] for one in way["hashes"]]
        assert hashes and all(f"sha256:{one}" in pinned for one in hashes)
