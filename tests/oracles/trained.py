"""Networks trained by scikit-learn on data that ships with it."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from app.nn.networks.network import Network
from tests.oracles.networks import layer


@dataclass(frozen=True)
class Trained:
    """scikit-learn's model, the rows it has not seen, and its weights as a network that gives its logits."""

    model: Any
    held_out: np.ndarray
    network: Network


def diabetes() -> Trained:
    """Return a regression with one hidden layer of 12 tanh units: 10 inputs, one output."""
    return _trained(
        MLPRegressor(
            hidden_layer_sizes=(12,), activation="tanh", solver="lbfgs", max_iter=60, random_state=0
        ),
        load_diabetes,
    )


def digits() -> Trained:
    """Return a classifier with two hidden tanh layers: 64 inputs, 10 classes."""
    return _trained(
        MLPClassifier(hidden_layer_sizes=(24, 16), activation="tanh", max_iter=25, random_state=0),
        load_digits,
    )


def _trained(model: Any, load: Any) -> Trained:
    inputs, targets = load(return_X_y=True)
    train, held_out, train_targets, _ = train_test_split(inputs, targets, random_state=0)
    scaler = StandardScaler().fit(train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a few rounds are enough for real weights
        model.fit(scaler.transform(train), train_targets)
    kinds = ["tanh"] * (len(model.coefs_) - 1) + ["identity"]
    layers = [layer(w.T, b, k) for w, b, k in zip(model.coefs_, model.intercepts_, kinds, strict=True)]
    return Trained(model, scaler.transform(held_out), Network(layers))
