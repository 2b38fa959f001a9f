"""Real weights: what scikit-learn predicts on rows it has not seen, the converted network predicts too."""

import numpy as np
import pytest

from app.nn.gradients.softmax import softmax
from app.nn.networks.certificate import certify
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.reduction import reduce
from tests.oracles.trained import Trained, diabetes, digits


@pytest.fixture(scope="module")
def regression() -> Trained:
    return diabetes()


@pytest.fixture(scope="module")
def classification() -> Trained:
    return digits()


def test_a_regression_predicts_the_same_as_sigmoid_network(regression: Trained) -> None:
    conversion = convert(regression.network, "sigmoid")
    predicted = regression.model.predict(regression.held_out)
    ours = evaluate(conversion.network, regression.held_out)[:, 0]
    np.testing.assert_allclose(ours, predicted, rtol=1e-12)
    assert np.ptp(predicted) > 50  # it has learnt something
    certificate = certify(conversion)
    assert certificate.kind == "exact"
    apart = np.abs(evaluate(regression.network, regression.held_out)[:, 0] - ours).max()
    assert apart <= certificate.evaluation_bound[0] < 1e-9
    compared = compare(regression.network, conversion.network)
    assert compared.equal or compared.rounding_only
    assert reduce(regression.network).after == 12


def test_a_classifier_with_two_hidden_layers_decides_the_same(classification: Trained) -> None:
    conversion = convert(classification.network, "sigmoid")
    assert [one.weight.shape for one in conversion.network.layers] == [(24, 64), (16, 24), (10, 16)]
    logits = evaluate(conversion.network, classification.held_out)
    probabilities = classification.model.predict_proba(classification.held_out)
    np.testing.assert_allclose(softmax(logits), probabilities, rtol=1e-9, atol=1e-300)
    decided = classification.model.predict(classification.held_out)
    assert (logits.argmax(axis=1) == decided).all()
    assert len(set(decided.tolist())) == 10
    certificate = certify(conversion)
    apart = np.abs(evaluate(classification.network, classification.held_out) - logits).max(axis=0)
    assert (apart <= certificate.evaluation_bound).all()
    assert (certificate.evaluation_bound < 1e-9).all()
    compared = compare(classification.network, conversion.network)
    assert (compared.equal, compared.rounding_only) == (False, True)
    assert compared.within(1e-9) is True
