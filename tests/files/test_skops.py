import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from app.files.reading import read_file
from app.nn.networks.evaluation import evaluate

from . import archives


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
def test_scikit_learn_reads_as_it_predicts(kind, activation):
    rng = np.random.default_rng(2)
    x = 3 * rng.normal(size=(60, 3)) + 1
    y = (x[:, 0] > 1).astype(int) + (x[:, 1] > 1) * (1 if kind is MLPRegressor else 0)
    scaler = StandardScaler().fit(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlp = kind(hidden_layer_sizes=(4,), activation=activation, max_iter=20, random_state=0).fit(
            scaler.transform(x), y
        )
    scaling = {"with_mean": True, "with_std": True, "mean_": scaler.mean_, "scale_": scaler.scale_}
    parts = {
        "coefs_": mlp.coefs_,
        "intercepts_": mlp.intercepts_,
        "activation": activation,
        "out_activation_": mlp.out_activation_,
    }
    body = archives.skops([("StandardScaler", scaling), (kind.__name__, parts)])
    ours = evaluate(read_file(body).read.network, x)[:, 0]
    scaled = scaler.transform(x)
    theirs = mlp.predict_proba(scaled)[:, 1] if kind is MLPClassifier else mlp.predict(scaled)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
