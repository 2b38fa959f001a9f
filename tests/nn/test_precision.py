"""Extended precision is one thread's at a time, and given back afterwards."""

from concurrent.futures import ThreadPoolExecutor

import mpmath as mp

from app.nn.precision import extended_precision


def test_threads_do_not_compute_with_each_others_precision() -> None:
    before = mp.mp.prec

    def third(bits: int) -> tuple[int, int]:
        with extended_precision(bits):
            shown = {mp.mp.prec for _ in range(50)}
            number = mp.mpf(1) / 3
            for _ in range(50):
                number = number + mp.exp(mp.mpf(1) / 7) - mp.exp(mp.mpf(1) / 7)
            assert shown == {bits}
            return bits, int(number._mpf_[3])

    with ThreadPoolExecutor(4) as threads:
        for bits, length in threads.map(third, [64, 500, 2000, 128] * 20):
            assert bits - 4 <= length <= bits
    assert mp.mp.prec == before


def test_precisions_nest() -> None:
    with extended_precision(200):
        with extended_precision(80):
            assert mp.mp.prec == 80
        assert mp.mp.prec == 200
