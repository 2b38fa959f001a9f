"""deploy/ray/rayjob.yaml and deploy/gradients-job.yaml: valid, and commands that ours take."""

import copy
import json
import shlex

import jsonschema
import kubernetes_validate
import pytest
import yaml

from app import __version__
from app.commands.gradients import option_parser
from tests.serving import PROJECT

RAYJOB = yaml.safe_load((PROJECT / "deploy" / "ray" / "rayjob.yaml").read_text(encoding="utf-8"))
JOB = yaml.safe_load((PROJECT / "deploy" / "gradients-job.yaml").read_text(encoding="utf-8"))
SCHEMA = json.loads((PROJECT / "tests" / "release" / "rayjob-v1.json").read_text(encoding="utf-8"))["schema"]
CLUSTER = RAYJOB["spec"]["rayClusterSpec"]
TEMPLATES = {
    "submitter": RAYJOB["spec"]["submitterPodTemplate"],
    "head": CLUSTER["headGroupSpec"]["template"],
    "workers": CLUSTER["workerGroupSpecs"][0]["template"],
}


def closed(schema):
    """Return a schema that knows no fields but its own, as a server that is asked to validate strictly."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(one) for name, one in schema.items()}
    open_ = found.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in found
    if isinstance(found.get("properties"), dict) and found.get("type") == "object" and not open_:
        found["additionalProperties"] = False
    return found


def validate(manifest):
    schema = closed(SCHEMA)
    schema["properties"]["metadata"] = {"type": "object"}
    jsonschema.Draft202012Validator(schema).validate(manifest)


def pod(template):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": template["spec"]}


def test_kuberay_takes_the_ray_job():
    validate(RAYJOB)


@pytest.mark.parametrize("typo", ["entryPoint", "shutdownAfterJobFinish"])
def test_kuberays_schema_refuses_a_typo(typo):
    wrong = copy.deepcopy(RAYJOB)
    wrong["spec"][typo] = "x"
    with pytest.raises(jsonschema.ValidationError):
        validate(wrong)
    wrong = copy.deepcopy(RAYJOB)
    wrong["spec"]["rayClusterSpec"]["authOptions"]["mode"] = "tokens"
    with pytest.raises(jsonschema.ValidationError):
        validate(wrong)


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_kubernetes_takes_the_pods_and_the_job(version):
    kubernetes_validate.validate(JOB, version, strict=True)
    for template in TEMPLATES.values():
        kubernetes_validate.validate(pod(template), version, strict=True)


def test_ray_asks_for_a_token_and_tells_nobody():
    assert CLUSTER["authOptions"] == {"mode": "token"}
    for name in ("head", "workers"):
        (container,) = TEMPLATES[name]["spec"]["containers"]
        assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]
    ray = f"ray=={CLUSTER['rayVersion']}"
    assert ray in (PROJECT / "requirements-ray.txt").read_text(encoding="utf-8")


def test_commands_in_manifests_are_ours():
    program, name, *given = shlex.split(RAYJOB["spec"]["entrypoint"])
    assert (program, name) == ("softstep", "gradients")
    assert option_parser().parse_args(given).engine == "ray"
    (container,) = JOB["spec"]["template"]["spec"]["containers"]
    (script,) = container["args"]
    for index in range(JOB["spec"]["completions"]):
        said = script.replace("$((JOB_COMPLETION_INDEX + 1))", str(index + 1))
        words = shlex.split(said.replace("$JOB_COMPLETION_INDEX", str(index)))
        assert words[:5] == ["exec", "python", "-m", "app", "gradients"]
        assert option_parser().parse_args(words[5:]).part == (index + 1, JOB["spec"]["completions"])
    assert container["image"] == f"softstep:{__version__}"
    for template in TEMPLATES.values():
        assert template["spec"]["containers"][0]["image"] == f"softstep-ray:{__version__}"
