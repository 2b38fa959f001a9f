"""From questions to what is drawn: the plain values of `wire` as the pictures of `plots`."""

from ..nn.activations.record import Activation
from ..nn.errors import InvalidValue, located
from ..nn.gradients.grading import refuse_telling_sizes
from ..plots.activation_curves import ActivationCurves
from ..plots.canvas import Canvas
from ..plots.chosen import Chosen
from ..plots.drawn_network import DrawnNetwork
from ..plots.gradient_maps import GradientMaps
from ..plots.identity_curves import IdentityCurves
from ..plots.networks import NetworkPicture
from ..plots.wrong_entries import WrongEntries
from ..settings import Settings
from ..wire.grading import allowed, refuse_above
from ..wire.pictures import (
    CurveWindow,
    GradientsLink,
    GradientsPictureBody,
    NetworksLink,
    NetworksPictureBody,
    PictureSize,
    Window,
)


def curves(asked: CurveWindow, *activations: Activation, gap: bool = False) -> ActivationCurves:
    """Return activations on one pair of axes."""
    return ActivationCurves(
        tuple(Chosen.of(one) for one in activations),
        asked.low,
        asked.high,
        asked.derivative,
        asked.asymptotes,
        gap,
        asked.title or "",
        canvas(asked),
    )


def identity(asked: Window, name: str) -> IdentityCurves:
    """Return both sides of the identity of that name."""
    return IdentityCurves(name, asked.low, asked.high, asked.title or "", canvas(asked))


def networks(asked: NetworksPictureBody) -> NetworkPicture:
    """Return networks as curves, maps or diagrams. Raises what makes one undrawable, at its place."""
    drawn = tuple(DrawnNetwork.of(label, network) for label, network in asked.labelled())
    return NetworkPicture(drawn, asked.low, asked.high, asked.view, asked.title or "", canvas(asked))


def gradients(asked: GradientsPictureBody, settings: Settings) -> GradientMaps:
    """Return a problem's gradients as heat maps. Raises what makes it none."""
    return GradientMaps(
        asked.problem(),
        asked.targets_drawn(),
        asked.reduction,
        asked.submission.parts(),
        allowed(asked.tolerance, settings.help, settings.tolerance),
        asked.title or "",
        canvas(asked),
    )


def wrong_entries(asked: GradientsPictureBody, settings: Settings) -> WrongEntries:
    """Return which entries of a submission are wrong. Raises `Withheld`, and what makes them undrawable."""
    refuse_above(settings.help, "entries")
    problem, targets = asked.problem(), asked.targets_drawn()
    if settings.help != "solution":
        refuse_telling_sizes(problem, targets)
    tolerance = allowed(asked.tolerance, settings.help, settings.tolerance)
    parts = asked.submission.parts()
    if not parts:
        raise InvalidValue("expected W, Theta or both", ("submission",))
    return WrongEntries(problem, targets, asked.reduction, parts, tolerance, asked.title or "", canvas(asked))


def linked_networks(link: NetworksLink) -> NetworkPicture:
    """Return the networks that stand in a link; places are below its `q`."""
    with located("q"):
        return networks(link.body)


def linked_gradients(link: GradientsLink, settings: Settings) -> GradientMaps:
    """Return the problem that stands in a link; places are below its `q`."""
    with located("q"):
        return gradients(link.body, settings)


def linked_wrong_entries(link: GradientsLink, settings: Settings) -> WrongEntries:
    """Return which entries of the submission in a link are wrong; places are below its `q`."""
    with located("q"):
        return wrong_entries(link.body, settings)


def canvas(asked: PictureSize) -> Canvas:
    """Return the size and the theme."""
    return Canvas(asked.width, asked.height, asked.scale, asked.theme, asked.transparent)
