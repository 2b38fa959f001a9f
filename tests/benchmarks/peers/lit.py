"""LitServe, as its documentation writes a server."""

import sys
from typing import Any

import litserve
import numpy as np
from fastapi import Request


class Sigmoid(litserve.LitAPI):
    def setup(self, device: str) -> None:
        pass

    def decode_request(self, request: Request, **_: Any) -> Any:
        return np.array(request["inputs"])  # LitServe has read the JSON

    def predict(self, inputs: Any, **_: Any) -> Any:
        return 1 / (1 + np.exp(-inputs))

    def encode_response(self, outputs: Any, **_: Any) -> Any:
        return {"outputs": outputs.tolist()}


if __name__ == "__main__":
    api = Sigmoid(api_path="/v1/activations/sigmoid")
    litserve.LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error"
    )
