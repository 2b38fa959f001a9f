"""The usual way: a pydantic model with a list of floats in, a dictionary out."""

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Inputs(BaseModel):
    inputs: list[float]


@app.post("/v1/activations/sigmoid")
def sigmoid(body: Inputs) -> dict[str, list[float]]:
    return {"outputs": (1 / (1 + np.exp(-np.array(body.inputs)))).tolist()}
