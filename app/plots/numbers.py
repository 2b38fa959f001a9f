"""Numbers in words and labels: few digits, a real minus sign, powers of ten as people write them."""

import math

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float, digits: int = 4) -> str:
    """Return `value` to so many significant digits: "−0.25", "1.5×10⁻⁷", "∞"."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{digits}g}".replace("-", "−").partition("e")
    if not exponent:
        return "0" if mantissa == "−0" else mantissa
    return f"{mantissa}{power_of_ten(int(exponent.replace('−', '-')))}"


def distinct(*values: float) -> list[str]:
    """Return the values to 4 significant digits, or as many more as tell apart those that differ."""
    for digits in range(4, 17):
        written = [short(value, digits) for value in values]
        if len(set(written)) == len(set(values)):
            return written
    return [short(value, 17) for value in values]


def power_of_ten(exponent: int) -> str:
    """Return "×10⁻⁷"."""
    return "×10" + str(exponent).translate(_RAISED)


def linear(slope: float, intercept: float) -> str:
    """Return the right side of y = slope·x + intercept: "2x − 1", "−x", "0.5"."""
    if slope == 0:
        return short(intercept)
    factor = {1.0: "", -1.0: "−"}.get(slope, short(slope))
    if "×" in factor:
        factor = f"{factor}·"
    if intercept == 0:
        return f"{factor}x"
    return f"{factor}x {'+' if intercept > 0 else '−'} {short(abs(intercept))}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 unit", "3 units"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
