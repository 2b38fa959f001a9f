"""Five operations by the client that openapi-python-client makes."""

import sys

from generated import Client
from generated.api.activations import activations_evaluate_elu
from generated.api.gradients import gradients_check
from generated.api.identities import identities_show
from generated.api.networks import networks_convert, networks_plot
from generated.models import CheckBody, ConversionBody, EluValues, NetworksPictureBody, Problem
from questions import ELU, PROBLEM, SIGN, TANH

client = Client(base_url=sys.argv[1])

elu = activations_evaluate_elu.sync(
    client=client, body=EluValues.from_dict({"inputs": [-1, 2], "parameters": {"alpha": 0.5}})
)
assert elu.outputs == ELU, elu

asked = {"network": TANH, "to": "sigmoid"}
converted = networks_convert.sync(client=client, body=ConversionBody.from_dict(asked))
assert converted.certificate.difference.kind == "exact", converted

check = {**PROBLEM, "submission": SIGN, "feedback": "diagnosis"}
checked = gradients_check.sync(client=client, body=CheckBody.from_dict(check))
assert checked.correct is False, checked
assert checked.to_dict()["parts"]["Theta"]["mistakes"][0]["code"] == "sign", checked

assert identities_show.sync("tanh_as_sigmoid", client=client).name == "tanh_as_sigmoid"

both = NetworksPictureBody.from_dict({"networks": [{"network": TANH}]})
drawn = networks_plot.sync_detailed("png", client=client, body=both)
assert drawn.status_code == 200 and drawn.content.startswith(b"\x89PNG")

refused = networks_convert.sync(
    client=client, body=ConversionBody.from_dict({"network": {"layers": []}, "to": "sigmoid"})
)
assert isinstance(refused, Problem) and refused.errors[0].pointer == "/network/layers", refused
print("called")
