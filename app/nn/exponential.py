"""The exponential as a pair, right to about 2⁻⁵⁹, from + − × and a table alone.

eˣ = 2^k · 2^(i/64) · eʳ with |r| ≤ ln2/128: the table holds 2^(i/64) as pairs, and a polynomial of degree
6 gives eʳ − 1. Method: P. T. P. Tang 1989, *Table-driven implementation of the exponential function in
IEEE floating-point arithmetic*. The constants are regenerated and compared by the tests.
"""

import numpy as np
import numpy.typing as npt

from .error_free import Floats, Pair, Real, fast_two_sum, multiply

Integers = npt.NDArray[np.int64]

STEPS_PER_UNIT = 92.33248261689366  # 64 / ln 2
STEP_HIGH = 0.010830424696223417  # ln 2 / 64 cut to multiples of 2⁻⁴²: k times it is exact for |k| < 2¹⁷
STEP_LOW = 2.572804622327669e-14  # ln 2 / 64 − STEP_HIGH

# Adding 1.5·2⁵² to a number below 2⁵¹ leaves its nearest integer in the lowest bits of the sum.
_TO_INTEGER = 1.5 * 2.0**52


def exp_parts(x: Floats, low: Real | None = None) -> tuple[Floats, Floats, Integers]:
    """Return (h, l, k) with e^(x + low) = (h + l)·2^k and h in [0.99, 2).

    For |x| ≤ 1600 and |low| ≤ 1 ulp of x: relative error below 2⁻⁵⁸. `low` carries what rounding x left,
    for arguments that are themselves the result of a computation.
    """
    shifted = x * STEPS_PER_UNIT + _TO_INTEGER
    steps = shifted - _TO_INTEGER
    coarse = x - steps * STEP_HIGH
    steps *= STEP_LOW
    r = coarse - steps
    rest = (coarse - r) - steps
    if low is not None:
        rest += low * (1.0 + r)  # e^(r + low) = eʳ + low·eʳ: the factor is worth 2.9 ulp far out
    # eʳ − 1 = r + rest + r²·(1/2 + r/6 + r²/24 + r³/120 + r⁴/720); r⁷/5040 < 2⁻⁶⁴ is left out.
    growth = r * (1 / 720)
    growth += 1 / 120
    growth *= r
    growth += 1 / 24
    growth *= r
    growth += 1 / 6
    growth *= r
    growth += 0.5
    growth *= r
    growth *= r
    growth += rest
    growth += r
    integer = shifted.view(np.int64)
    index = integer & 63
    base = TABLE_HIGH.take(index)
    growth *= base
    growth += TABLE_LOW.take(index)
    high, rest = fast_two_sum(base, growth)
    # The lowest 51 bits of `shifted` hold the integer; the rest of its bits vanish in the difference.
    return high, rest, (integer - _TO_INTEGER_BITS) >> 6


def exp_double(x: Floats, low: Real | None = None, shift: int = 0) -> tuple[Floats, Floats]:
    """Return 2^shift · e^(x + low) as a pair, for −700 ≤ x + shift·ln 2 ≤ 700.

    Sums of exponentials that would end among the subnormals keep their digits with a shift.
    """
    high, rest, exponent = exp_parts(x, low)
    exponent += 1023 + shift
    exponent <<= 52
    scale = exponent.view(np.float64)
    high *= scale
    rest *= scale
    return high, rest


def exp_times(factor: Pair, x: Floats, low: Real | None = None, power: int = 0) -> Floats:
    """Return factor · 2^power · e^(x + low) within 0.76 spacings, also where it ends among the subnormals.

    For any finite factor and x ≤ 1600; below −1600 every such product is zero and x is taken as that.
    The factor's exponent is kept apart until the end, so nothing under- or overflows on the way and the
    second rounding, into the subnormals, comes after 53 correct bits. Slower than `exp_double`: for tails.
    """
    high, rest, exponent = exp_parts(np.maximum(x, -1600.0), low)
    mantissa, scale = np.frexp(factor[0])
    product, error = multiply((mantissa, np.ldexp(factor[1], -scale)), (high, rest))
    result: Floats = np.ldexp(product + error, exponent.astype(np.int32) + scale + np.int32(power))
    return result


# The bits of 1.5·2⁵², to be taken from those of `shifted`.
_TO_INTEGER_BITS = np.float64(_TO_INTEGER).view(np.int64)

# 2^(i/64), i = 0 … 63, rounded to float64, and what that rounding left.
TABLE_HIGH, TABLE_LOW = np.array(
    [
        (1.0, 0.0),
        (1.0108892860517005, -1.5234778603368577e-17),
        (1.0218971486541166, 5.109225028973444e-17),
        (1.0330248790212284, 7.600838874027088e-18),
        (1.0442737824274138, 8.551889705537965e-17),
        (1.0556451783605572, 1.759325738772092e-18),
        (1.0671404006768237, -7.899853966841582e-17),
        (1.0787607977571199, -6.656660436056593e-17),
        (1.0905077326652577, -3.046782079812471e-17),
        (1.102382583307841, 5.2660368715706944e-17),
        (1.1143867425958924, 1.0410278456845571e-16),
        (1.1265216186082418, 5.165856758795457e-17),
        (1.1387886347566916, 8.912812676025408e-17),
        (1.1511892299529827, 3.250710218863827e-17),
        (1.1637248587775775, 3.8292048369240935e-17),
        (1.1763969916502812, 5.554203254218079e-17),
        (1.189207115002721, 3.982015231465646e-17),
        (1.202156731452703, 6.644981499252301e-17),
        (1.215247359980469, -7.712630692681488e-17),
        (1.22848053610687, -1.89878163130253e-17),
        (1.241857812073484, 4.658027591836937e-17),
        (1.255380757024691, -6.7113898212968784e-18),
        (1.2690509571917332, 2.667932131342186e-18),
        (1.2828700160787783, 1.713594918243561e-17),
        (1.2968395546510096, 2.5382502794888315e-17),
        (1.3109612115247644, -7.181536135519454e-17),
        (1.3252366431597413, -2.8587312100388614e-17),
        (1.339667524053303, 8.927282594831732e-17),
        (1.3542555469368927, 7.70094837980299e-17),
        (1.3690024229745905, 9.593797919118849e-17),
        (1.383909881963832, -6.770511658794786e-17),
        (1.3989796725383112, -9.614213209051323e-17),
        (1.4142135623730951, -9.667293313452913e-17),
        (1.42961333839197, -1.2031642489053655e-17),
        (1.4451808069770467, -3.0237581349939873e-17),
        (1.460917794180647, -5.600377186075216e-17),
        (1.4768261459394993, -3.483994556892796e-17),
        (1.4929077282912648, 1.4192920154284036e-17),
        (1.5091644275934228, -1.016455327754295e-16),
        (1.5255981507445384, -1.1024941712342561e-16),
        (1.5422108254079407, 7.949834809697621e-17),
        (1.559004400237837, 3.7812070533575275e-17),
        (1.5759808451078865, -1.0136916471278304e-17),
        (1.593142151342267, -1.0094406542311964e-16),
        (1.6104903319492543, 2.4707192569797888e-17),
        (1.6280274218573478, -6.712955084707084e-17),
        (1.645755478153965, -1.0125679913674773e-16),
        (1.6636765803267364, 5.8909926967131e-17),
        (1.681792830507429, 8.199010020581497e-17),
        (1.7001063537185235, -8.0237193703977e-18),
        (1.718619298122478, -1.851380418263111e-17),
        (1.7373338352737062, 3.164389299292957e-17),
        (1.7562521603732995, 2.960140695448873e-17),
        (1.7753764925265212, 6.429731796556572e-17),
        (1.7947090750031072, 1.8227458427912087e-17),
        (1.8142521755003989, -9.969531538920349e-17),
        (1.8340080864093424, 3.283107224245627e-17),
        (1.8539791250833855, 9.761887490727594e-17),
        (1.8741676341103, -6.122763413004143e-17),
        (1.8945759815869656, 3.4034035352165297e-17),
        (1.9152065613971474, -1.0619946056195963e-16),
        (1.9360617934922943, 1.0332385960676326e-16),
        (1.9571441241754002, 8.960767791036668e-17),
        (1.978456026387951, 4.0388753109278167e-17),
    ]
).T.copy()
