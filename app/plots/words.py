"""What a picture shows, in words made from the mathematics."""

from app.nn.activations.record import Activation, Line


def describe_activation(activation: Activation, derivative: bool = False) -> str:
    """Return the shape, ends, kinks and jumps of an activation, as a listener can use them."""
    shape = [word for word, holds in _shapes(activation) if holds]
    parts = [f"{activation.title}: {', '.join(shape)}." if shape else f"{activation.title}."]
    parts.append(f"{_end('left', activation.left)} {_end('right', activation.right)}")
    if activation.kinks:
        parts.append(f"Kink at x = {_numbers(activation.kinks)}.")
    for jump in activation.jumps:
        direction = "up" if jump.height > 0 else "down"
        parts.append(f"Jumps {direction} by {abs(jump.height):g} at x = {jump.at:g}.")
    if derivative:
        parts.append("Its derivative is drawn too.")
    return " ".join(parts)


def _shapes(activation: Activation) -> list[tuple[str, bool]]:
    return [
        ("never falling", activation.monotone),
        ("convex", activation.convex),
        ("odd", activation.odd),
        ("even", activation.even),
        ("bounded", activation.bounded),
        ("continuous", activation.continuous),
        ("without kinks", activation.differentiable),
    ]


def _end(side: str, line: Line | None) -> str:
    if line is None:
        return f"To the {side} it has no asymptote."
    if not line.slope:
        return f"To the {side} it approaches y = {line.intercept:g}."
    shift = f" {'+' if line.intercept > 0 else '-'} {abs(line.intercept):g}" if line.intercept else ""
    factor = {1.0: "", -1.0: "-"}.get(line.slope, f"{line.slope:g} ")
    return f"To the {side} it approaches y = {factor}x{shift}."


def _numbers(values: tuple[float, ...]) -> str:
    return " and ".join(f"{value:g}" for value in values)
