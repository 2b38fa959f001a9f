"""The endpoint of activations as one writes it with FastAPI, safetensors and PyTorch on one thread."""

import json
from typing import Any

import torch
from fastapi import FastAPI, Request, Response
from safetensors.torch import load, save

torch.set_num_threads(1)
app = FastAPI()
TENSORS = "application/vnd.safetensors"
KERNELS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "gelu": torch.nn.functional.gelu}
KERNELS["mish"] = torch.nn.functional.mish


@app.get("/readyz")
def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/v1/activations/{name}")
async def evaluate(name: str, request: Request) -> Any:
    body = await request.body()
    tensors = request.headers["content-type"] == TENSORS
    if tensors:
        (size,) = (int.from_bytes(body[:8], "little"),)
        about = json.loads(body[8 : 8 + size]).get("__metadata__", {})
        derivative = json.loads(about.get("request", "{}")).get("derivative", False)
        inputs = load(body)["inputs"]
    else:
        question = json.loads(body)
        derivative = question["derivative"]
        inputs = torch.tensor(question["inputs"], dtype=torch.float64)
    inputs.requires_grad_(derivative)
    outputs = KERNELS[name](inputs)
    answer = {"outputs": outputs.detach()}
    if derivative:
        (answer["derivatives"],) = torch.autograd.grad(outputs, inputs, torch.ones_like(outputs))
    if tensors:
        return Response(save(answer), media_type=TENSORS)
    return {key: value.tolist() for key, value in answer.items()}
