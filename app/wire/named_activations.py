"""Activations that a URL names, each with its parameters behind its name: `name=elu&alpha=2`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PrivateAttr

from ..nn.activations.catalogue import factory, names
from ..nn.activations.record import Activation
from ..nn.errors import InvalidValue, Place, located
from .activations import query_of
from .faults import Finding, InvalidRequest
from .request_models import Parameters

_OF_NAMES = "\0parameters"  # no parameter of a URL has this name
_LONGEST_NAME = 200

ActivationName = Annotated[str, Field(json_schema_extra={"enum": list(names())})]


class NamedActivations(Parameters):
    """A question that names activations, each with the parameters that stand behind its name in the URL."""

    _NAMES: ClassVar[tuple[str, ...]] = ("name",)
    _behind: Sequence[tuple[str, Mapping[str, str]]] = PrivateAttr(())

    @classmethod
    def gathered(cls, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the fields, and under `_OF_NAMES` each name's field with the parameters behind it.

        Raises `InvalidRequest` for a parameter before the first name, and for one that comes twice.
        """
        behind: list[tuple[str, dict[str, str]]] = []
        rest = []
        for name, value in pairs:
            if name in cls.model_fields:
                rest.append((name, value))
                behind += [(name, {})] if name in cls._NAMES else []
            elif not behind:
                detail = "expected a parameter of an activation behind its name: name=elu&alpha=2"
                raise InvalidRequest([Finding((name[:_LONGEST_NAME],), detail, InvalidValue)])
            elif name in behind[-1][1]:
                raise InvalidRequest([Finding((name,), "expected this parameter once a name", InvalidValue)])
            else:
                behind[-1][1][name] = value
        return {**super().gathered(rest), _OF_NAMES: behind}

    @classmethod
    def of(cls, document: object) -> Self:
        """Return the question, each name with its parameters. Raises `InvalidRequest`."""
        fields = dict(document) if isinstance(document, Mapping) else document
        behind = fields.pop(_OF_NAMES, ()) if isinstance(fields, dict) else ()
        query = super().of(fields)
        query._behind = behind
        return query

    def named(self, names: Iterable[tuple[Place, str]]) -> list[Activation]:
        """Return the activations of these names, in the order of their fields, at their places.

        Raises `UnknownName` at an unknown name; `InvalidValue` or `NotFinite` at a parameter.
        """
        given = {field: [own for one, own in self._behind if one == field] for field in self._NAMES}
        found = []
        for place, name in names:
            with located(*place):
                make = factory(name)
            own = given[str(place[0])].pop(0) if given[str(place[0])] else {}
            found.append(query_of(make).of(own).activation(name))
        return found
