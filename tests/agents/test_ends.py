"""What ends a tool's call before its answer does: the deadline, and a stop."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.serving import counted, running, server, until
from tests.work.test_processes import picture, refused, worker_of, workers


def call(base: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a tool's call, as an agent gets it."""
    sent = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    answer = httpx.post(f"{base}/mcp", json=sent, timeout=120)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


def test_a_call_beyond_the_deadline_is_told_and_may_come_again() -> None:
    with (
        running(mcp=True, log_level="warning", deadline_seconds=1.5) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        worker_of(base, client).suspend()
        late = call(base, "plot", {"activations": ["mish"]})
        assert late["isError"] and "1.5 s" in late["content"][0]["text"], late
        until(lambda: client.get(picture()).status_code == 200)
        assert not call(base, "plot", {"activations": ["mish"]}).get("isError")


def test_a_stop_finishes_the_calls_in_flight() -> None:
    with running(mcp=True, log_level="warning") as base, ThreadPoolExecutor(1) as agents:
        with httpx.Client(base_url=base, timeout=60) as client:
            until(lambda: client.get(picture()).status_code == 200)
            stopped = workers(base)
            for worker in stopped:
                worker.suspend()
            before = counted(client, "softstep_pictures_total")
            held = agents.submit(call, base, "plot", {"activations": ["mish"]})
            until(lambda: counted(client, "softstep_pictures_total") > before)
        server(base).terminate()
        until(lambda: refused(base))
        assert not held.done(), held.result()
        for worker in stopped:
            worker.resume()
        assert not held.result(120).get("isError")
