"""Five operations by httpx, asked and read by the models that datamodel-code-generator makes."""

import sys

import httpx
from generated_models import (
    CheckAnswer,
    CheckBody,
    ComparisonAnswer,
    ComparisonBody,
    ConversionAnswer,
    ConversionBody,
    EluValues,
    NetworksPictureBody,
    Problem,
    Values,
)
from pydantic import BaseModel
from questions import ELU, PROBLEM, SIGN, TANH


def ask(path: str, body: BaseModel) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    text = body.model_dump_json(by_alias=True, exclude_none=True)
    return httpx.post(sys.argv[1] + path, content=text, headers=headers, timeout=60)


elu = EluValues.model_validate({"inputs": [-1, 2], "parameters": {"alpha": 0.5}})
told = Values.model_validate(ask("/v1/activations/elu", elu).json()).model_dump(mode="json")
assert told["outputs"] == ELU, told

body = ConversionBody.model_validate({"network": TANH, "to": "sigmoid"})
converted = ConversionAnswer.model_validate(ask("/v1/networks/convert", body).json())
assert converted.certificate.difference.kind.value == "exact", converted

check = CheckBody.model_validate({**PROBLEM, "submission": SIGN, "feedback": "diagnosis"})
checked = CheckAnswer.model_validate(ask("/v1/gradients/check", check).json()).model_dump(mode="json")
assert checked["correct"] is False
assert checked["parts"]["Theta"]["mistakes"][0]["code"] == "sign", checked

same = ComparisonBody.model_validate({"first": TANH, "second": TANH})
assert ComparisonAnswer.model_validate(ask("/v1/networks/compare", same).json()).equal is True

drawn = ask("/v1/networks/plot.png", NetworksPictureBody.model_validate({"networks": [{"network": TANH}]}))
assert drawn.content.startswith(b"\x89PNG")

wide = {"layers": [TANH["layers"][0], {"weight": [[1.0, 2.0, 3.0]]}]}
refused = ask("/v1/networks/convert", ConversionBody.model_validate({"network": wide, "to": "sigmoid"}))
assert Problem.model_validate(refused.json()).errors[0].pointer == "/network/layers/1/weight"
print("called")
