"""A service in the test's own process, asked by our own clients."""

import httpx
import pytest

from tests.service import Client as Service


def carried_by(service: Service) -> httpx.MockTransport:
    """Return a transport that takes requests to a service, whichever loop or thread it is used in."""

    def carry(request: httpx.Request) -> httpx.Response:
        answer = service.request(
            request.method, str(request.url), content=request.content, headers=request.headers
        )
        headers = answer.headers.copy()
        headers.pop("content-encoding", None)  # the content has been unpacked
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)

    return httpx.MockTransport(carry)


@pytest.fixture(scope="module")
def transport(client: Service) -> httpx.MockTransport:
    return carried_by(client)
