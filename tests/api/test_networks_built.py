"""A network is built, and so checked, once for each time that it is sent."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from app.api import networks as api
from app.nn.networks.network import Network
from app.plots.rendering import etag, render
from app.wire.examples import EXAMPLES, F, G
from app.wire.network_conversion import ConversionBody
from app.wire.network_gradients import NetworkGradientsBody
from app.wire.networks import EvaluationBody
from app.wire.pictures import Link, NetworksPictureBody
from app.wire.request_models import RequestModel

Counter = Callable[[], int]
LINKED = {Link[NetworksPictureBody]: 2}  # F and G


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Return what tells how many networks have been built since it was asked last."""
    count = 0
    check = Network.__post_init__

    def counted(network: Network) -> None:
        nonlocal count
        count += 1
        check(network)

    def since() -> int:
        nonlocal count
        seen, count = count, 0
        return seen

    monkeypatch.setattr(Network, "__post_init__", counted)
    return since


def sent(document: Any) -> int:
    """Return how many networks stand in a document."""
    if isinstance(document, dict):
        asked = (member for name, member in document.items() if name != "submission")
        return ("layers" in document) + sum(map(sent, asked))
    return sum(map(sent, document)) if isinstance(document, list) else 0


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: model.__name__)
def test_reading_builds_each_network_once_and_cost_none(model: type[RequestModel], built: Counter) -> None:
    for example in EXAMPLES[model].values():
        question = model.of(copy.deepcopy(dict(example.question)))
        expected = LINKED.get(model, sent(example.question))
        assert built() == expected
        question.cost()
        list(question.counts())
        assert built() == 0


def test_evaluating_builds_no_network(built: Counter) -> None:
    for trace in (False, True):
        body = EvaluationBody.of({"network": F, "inputs": [[1.0], [2.0]], "trace": trace})
        assert built() == 1
        api.evaluate(body)
        assert built() == 0


def test_backpropagation_builds_no_network(built: Counter) -> None:
    example = next(iter(EXAMPLES[NetworkGradientsBody].values()))
    body = NetworkGradientsBody.of(dict(example.question))
    assert built() == 1
    api.network_gradients.network_gradients_answer(body)
    assert built() == 0


def test_conversion_builds_the_answer_s_network_alone(built: Counter) -> None:
    body = ConversionBody.of({"network": F, "to": "sigmoid"})
    assert built() == 1
    api.convert(body)
    assert built() == 1


@pytest.mark.parametrize("view", ["function", "diagram"])
def test_picture_builds_only_the_conversions_it_tries(view: str, built: Counter) -> None:
    """Sixteen networks were built for a picture of two before."""
    for networks in ([F], [F, G]):
        body = NetworksPictureBody.of({"networks": [{"network": one} for one in networks], "view": view})
        assert built() == len(networks)
        picture = pickle.loads(pickle.dumps(api.plot("svg", body)))
        etag(picture, "svg")
        assert built() == 0
        render(picture, "svg")
        # The first conversion of F that is tried, to sigmoids, is G.
        assert built() == (view == "function" and len(networks) == 2)
