"""The usual ways: a pydantic model with a list of floats in; a dictionary out, its type stated or not."""

from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Inputs(BaseModel):
    inputs: list[float]


@app.post("/v1/activations/sigmoid", response_model=None)
def sigmoid(body: Inputs) -> dict[str, Any]:
    """Answer as the tutorial's first pages do: FastAPI walks the dictionary."""
    return {"outputs": (1 / (1 + np.exp(-np.array(body.inputs)))).tolist()}


@app.post("/typed")
def typed(body: Inputs) -> dict[str, list[float]]:
    """Answer with a stated type: pydantic checks and writes it."""
    return {"outputs": (1 / (1 + np.exp(-np.array(body.inputs)))).tolist()}
