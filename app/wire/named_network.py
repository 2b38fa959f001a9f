"""The names that a question gives to the arrays of its network."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ..nn.networks.named_arrays import LONGEST_NAME
from .request_models import SeveralItems

_Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
NamesField = Annotated[
    list[Annotated[list[_Name | None], Field(min_length=2, max_length=2)]],
    SeveralItems,
    Field(
        description="What weight and bias of each layer are called, as /v1/models/read tells it: "
        '[["fc1.weight", "fc1.bias"], …], null for one that is not there or has no name.'
    ),
]
