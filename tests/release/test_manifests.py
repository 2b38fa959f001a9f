"""compose.yaml and deploy/kubernetes.yaml: valid, restricted, and agreed with the settings and the image."""

import copy
import re

import kubernetes_validate
import pytest
import yaml

from app import __version__
from app.settings import Settings
from tests.serving import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))["services"]["softstep"]
OPERATING = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
MANIFESTS = list(yaml.safe_load_all((PROJECT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")))
BY_KIND = {manifest["kind"]: manifest for manifest in MANIFESTS}
POD = BY_KIND["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]

OLDEST, NEWEST = "1.30", kubernetes_validate.latest_version()
"""1.30 is the first whose preStop can sleep without being asked to."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("kind", BY_KIND)
def test_kubernetes_takes_it(kind: str, version: str) -> None:
    kubernetes_validate.validate(BY_KIND[kind], version, strict=True)


def test_the_validator_refuses_what_kubernetes_would() -> None:
    """The test above can fail: a misspelt field is found."""
    misspelt = copy.deepcopy(BY_KIND["Deployment"])
    misspelt["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, NEWEST, strict=True)


class TestPodSecurity:
    """The profile `restricted` of Kubernetes' Pod Security Standards, and a read-only root besides."""

    def test_nothing_of_the_node(self) -> None:
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(POD)
        assert not [port for port in CONTAINER["ports"] if "hostPort" in port]
        assert [set(volume) for volume in POD["volumes"]] == [{"name", "emptyDir"}]

    def test_no_privileges(self) -> None:
        own = CONTAINER["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert own["readOnlyRootFilesystem"] is True
        assert not {"privileged", "procMount"} & set(own)
        assert POD["automountServiceAccountToken"] is False

    def test_the_images_user_and_never_root(self) -> None:
        context = POD["securityContext"]
        (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
        assert context["runAsNonRoot"] is True
        assert (str(context["runAsUser"]), str(context["runAsGroup"])) == user
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not set(CONTAINER["securityContext"]) & {"runAsUser", "runAsNonRoot", "seccompProfile"}

    def test_requests_and_limits(self) -> None:
        assert set(CONTAINER["resources"]["requests"]) == {"cpu", "memory"}
        assert set(CONTAINER["resources"]["limits"]) == {"cpu", "memory"}


class TestTheyAgree:
    def test_every_setting_named_exists(self) -> None:
        known = {f"SOFTSTEP_{name.upper()}" for name in Settings.model_fields}
        for name in ("Dockerfile", "compose.yaml", "deploy/kubernetes.yaml"):
            named = set(re.findall(r"SOFTSTEP_\w+", (PROJECT / name).read_text(encoding="utf-8")))
            assert named, f"{name} sets nothing: then this test proves nothing of it"
            assert named <= known

    def test_every_value_can_be_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for values in (COMPOSE["environment"], {one["name"]: one["value"] for one in CONTAINER["env"]}):
            with monkeypatch.context() as patched:
                for name, value in values.items():
                    assert isinstance(value, str), "YAML would make a number or a boolean of it"
                    patched.setenv(name, value)
                Settings()

    def test_kubernetes_puts_no_variables_among_the_settings(self) -> None:
        """For a Service of this name it would: SOFTSTEP_PORT=tcp://…, and others that are no settings."""
        assert BY_KIND["Service"]["metadata"]["name"] == "softstep"
        assert POD["enableServiceLinks"] is False

    def test_one_version(self) -> None:
        image = f"softstep:{__version__}"
        assert COMPOSE["image"] == CONTAINER["image"] == image
        assert f'org.opencontainers.image.version="{__version__}"' in DOCKERFILE

    def test_one_port(self) -> None:
        (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
        assert f"SOFTSTEP_PORT={port}" in DOCKERFILE
        assert [one["containerPort"] for one in CONTAINER["ports"]] == [int(port)]
        assert all(published.endswith(f":{port}") for published in COMPOSE["ports"])

    def test_the_one_place_that_is_written_is_writable(self) -> None:
        (place,) = re.findall(r"MPLCONFIGDIR=(/\w+)/", DOCKERFILE)
        assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == [place]
        assert [tmpfs.split(":")[0] for tmpfs in COMPOSE["tmpfs"]] == [place]

    def test_requests_in_flight_have_time_before_the_kill(self) -> None:
        """Requests in flight have their time before the engine kills."""
        drain = Settings.model_fields["drain_seconds"].default
        asleep = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert POD["terminationGracePeriodSeconds"] > asleep + drain
        assert int(COMPOSE["stop_grace_period"].removesuffix("s")) > drain

    def test_probes_ask_for_what_is_served(self) -> None:
        asked = {
            kind: CONTAINER[f"{kind}Probe"]["httpGet"]["path"]
            for kind in ("startup", "readiness", "liveness")
        }
        assert asked == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/livez"}

    def test_labels_find_each_other(self) -> None:
        labels = BY_KIND["Deployment"]["spec"]["template"]["metadata"]["labels"]
        assert BY_KIND["Deployment"]["spec"]["selector"]["matchLabels"] == labels
        assert BY_KIND["Service"]["spec"]["selector"] == labels
        (port,) = BY_KIND["Service"]["spec"]["ports"]
        assert port["targetPort"] in {one["name"] for one in CONTAINER["ports"]}

    def test_drains_leave_one_pod_to_answer(self) -> None:
        budget = BY_KIND["PodDisruptionBudget"]["spec"]
        labels = BY_KIND["Deployment"]["spec"]["selector"]
        assert budget["selector"] == labels
        assert budget["maxUnavailable"] < BY_KIND["HorizontalPodAutoscaler"]["spec"]["minReplicas"]

    def test_the_largest_answers_fit_into_memory(self) -> None:
        """What docs/operating.md says of memory: at rest, all answers and bodies, and one being read."""
        said = re.search(r"about (\d+) MB for one server process at rest", OPERATING)
        each = re.search(r"up to (\d+) bytes for each number", OPERATING)
        reading = re.search(r"up to (\d+) times its size", OPERATING)
        assert said is not None and each is not None and reading is not None
        rest = int(said[1]) * 10**6
        largest = (
            Settings().max_total_answer_numbers * int(each[1])
            + 2 * Settings().max_total_body_bytes
            + Settings().max_body_bytes * int(reading[1])
        )
        assert in_bytes(CONTAINER["resources"]["limits"]["memory"]) >= rest + largest
        assert in_bytes(CONTAINER["resources"]["requests"]["memory"]) >= rest
        workers = int(COMPOSE["environment"]["SOFTSTEP_WORKERS"])
        assert in_bytes(COMPOSE["mem_limit"]) >= workers * (rest + largest)

    def test_autoscaler_counts_in_cores_of_busy_processes(self) -> None:
        """The autoscaler counts in the cores that processes keep busy."""
        workers = next(one["value"] for one in CONTAINER["env"] if one["name"] == "SOFTSTEP_WORKERS")
        assert CONTAINER["resources"]["requests"]["cpu"] == workers

    def test_the_autoscaler_owns_the_number_of_pods(self) -> None:
        scaled = BY_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
        deployment = BY_KIND["Deployment"]
        assert scaled == {
            "apiVersion": deployment["apiVersion"],
            "kind": deployment["kind"],
            "name": deployment["metadata"]["name"],
        }
        assert "replicas" not in deployment["spec"], "applying it again would undo the autoscaler"


def in_bytes(size: str) -> int:
    """Return a size as both engines write it: 320Mi, 6g."""
    number, unit = re.fullmatch(r"(\d+)([MmGg])i?", size).groups()  # type: ignore[union-attr]  # or it fails
    return int(number) * {"m": 2**20, "g": 2**30}[unit.lower()]


def test_compose_gives_no_more_than_kubernetes() -> None:
    assert COMPOSE["read_only"] is True
    assert COMPOSE["cap_drop"] == ["ALL"]
    assert COMPOSE["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "mem_limit", "pids_limit", "healthcheck"} <= set(COMPOSE)
    assert all(published.startswith("127.0.0.1:") for published in COMPOSE["ports"])
