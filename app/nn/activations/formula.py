"""Pieces of LaTeX that both latex2mathml and matplotlib's mathtext can read.

Mathtext knows no `cases` environment: a function of several pieces is written in one line,
"x for x > 0, 0 for x ≤ 0".
"""


def number(value: float) -> str:
    """Return the shortest decimal that reads back as `value`, without E notation."""
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return {"1": power, "-1": f"-{power}"}.get(mantissa, rf"{mantissa} \times {power}")


def multiple(value: float, factor: str) -> str:
    """Return value·factor with a value of ±1 left unwritten: "2 x", "x", "-x"; and "0" for 0."""
    if value == 0:
        return "0"
    if value in (1, -1):
        return factor if value == 1 else f"-{factor}"
    return rf"{number(value)} \, {factor}"


def fraction(numerator: str, value: float) -> str:
    """Return numerator/value as a fraction, its sign in front; a value of ±1 is left unwritten."""
    sign = "-" if value < 0 else ""
    return sign + (numerator if value in (1, -1) else rf"\frac{{{numerator}}}{{{number(abs(value))}}}")


def plus(term: str, value: float) -> str:
    """Return term + value, a value of 0 left unwritten, a negative one taken away."""
    if value == 0:
        return term
    return f"{term} {'+' if value > 0 else '-'} {number(abs(value))}"


def pieces(*cases: tuple[str, str]) -> str:
    """Return "formula for condition, formula for condition, …"."""
    return r",\quad ".join(rf"{formula} \;\text{{for}}\; {condition}" for formula, condition in cases)
