"""Numbers in sentences and labels: a real minus sign, powers of ten as people write them, 1.5×10⁻⁷."""

import math

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float, digits: int = 4) -> str:
    """Return `value` to so many significant digits: "−0.25", "1.5×10⁻⁷", "∞"."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return with_power_of_ten(f"{value + 0.0:.{digits}g}")


def shortest(value: float) -> str:
    """Return the fewest digits that read back as `value`, which is finite: "−0.5", "1×10⁻⁷"."""
    return with_power_of_ten(repr(value + 0.0))


def with_power_of_ten(text: str) -> str:
    """Return what Python writes, "-1.5e-07", as people do: "−1.5×10⁻⁷"."""
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0").replace("-", "−")
    return f"{mantissa}{power_of_ten(int(exponent))}" if exponent else mantissa


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


def linear(slope: float, intercept: float, digits: int = 4) -> str:
    """Return the right side of y = slope·x + intercept to so many digits: "2x − 1", "−x", "0.5"."""
    if slope == 0:
        return short(intercept, digits)
    factor = {1.0: "", -1.0: "−"}.get(slope, short(slope, digits))
    if "×" in factor:
        factor = f"{factor}·"
    if intercept == 0:
        return f"{factor}x"
    return f"{factor}x {'+' if intercept > 0 else '−'} {short(abs(intercept), digits)}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 unit", "3 units"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
