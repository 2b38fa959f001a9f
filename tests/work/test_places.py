"""Places: who waits for one waits by rank and length, not for ever, and no single caller holds everything."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.settings import Settings
from app.work.admission import Admission, Queue
from app.work.errors import Busy
from app.work.metrics import Metrics
from app.work.places import HEAVY, Places, Rank


def admission(**settings: Any) -> Admission:
    return Admission(Settings(processes=0, **settings), Metrics())


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))  # type: ignore[arg-type]  # a coroutine function


def order(asked: list[tuple[Rank, int, str]]) -> list[int]:
    """Return in which order places are given to those who wait for one."""
    begun: list[int] = []

    async def test() -> None:
        places = Places(1)
        first = await places.take(Rank.KEYED)

        async def work(number: int, rank: Rank, length: int, caller: str) -> None:
            taken = await places.take(rank, length, caller)
            begun.append(number)
            places.give_back(taken)

        tasks = [asyncio.ensure_future(work(n, *one)) for n, one in enumerate(asked)]
        await asyncio.sleep(0)
        assert not begun
        places.give_back(first)
        await asyncio.gather(*tasks)
        assert not places._requests_of

    run(test)
    return begun


def test_places_are_taken_by_rank_then_by_length_then_in_turn() -> None:
    first, last = Rank.KEYED, Rank.KEYLESS
    asked = [(last, 0, "a"), (first, 5, "b"), (first, 900, "c"), (first, 5, "d"), (first, 7, "e")]
    assert order(asked) == [1, 3, 4, 2, 0]


def test_places_go_to_every_caller_before_anybody_has_a_second() -> None:
    many = [(Rank.KEYED, 0, "many")] * 4
    assert order([*many, (Rank.KEYED, 10**12, "one"), (Rank.KEYED, 5, "two")]) == [0, 5, 4, 1, 2, 3]


def test_places_go_to_who_has_none_before_who_works_at_one() -> None:
    """Work in progress counts: whoever has nothing comes before whoever holds a place and asked earlier."""

    async def test() -> None:
        places = Places(2)
        held = [await places.take(Rank.KEYED, caller="many") for _ in range(2)]
        again = asyncio.ensure_future(places.take(Rank.KEYED, caller="many"))
        other = asyncio.ensure_future(places.take(Rank.KEYED, 10**6, "one"))
        await asyncio.sleep(0)
        places.give_back(held.pop())
        taken = await other
        assert not again.done()
        for one in (taken, held.pop()):
            places.give_back(one)
        places.give_back(await again)
        assert not places._requests_of
        assert places.seconds_to_wait() == 1

    run(test)


def test_places_of_several_leave_one_for_what_is_short() -> None:
    async def test() -> None:
        places = Places(2)
        heavy = await places.take(Rank.KEYED, HEAVY)
        second = asyncio.ensure_future(places.take(Rank.KEYED, HEAVY))
        for _ in range(3):
            places.give_back(await places.take(Rank.KEYLESS, HEAVY - 1))
        assert not second.done()
        places.give_back(heavy)
        await second

    run(test)


def test_places_not_free_in_time_are_busy_with_retry_after() -> None:
    """Places that do not come free in time are busy with a time to come back."""

    async def test() -> None:
        places = Places(1, patience=0.01)
        taken = await places.take(Rank.KEYED)
        with pytest.raises(Busy, match="begin within"):
            await places.take(Rank.KEYED)
        now = asyncio.get_running_loop().time()
        places.give_back(taken._replace(since=now - 20.01))  # it took so many seconds
        taken = await places.take(Rank.KEYED)
        waiting = [asyncio.ensure_future(places.take(Rank.KEYED)) for _ in range(2)]
        await asyncio.sleep(0)
        assert places.seconds_to_wait() == 41
        with pytest.raises(Busy) as refused:
            await waiting[0]
        assert refused.value.seconds >= 1
        await asyncio.gather(*waiting, return_exceptions=True)

    run(test)


def test_places_given_to_who_is_gone_by_then_are_not_lost() -> None:
    async def test() -> None:
        places = Places(1)
        taken = await places.take(Rank.KEYED)
        gone = asyncio.ensure_future(places.take(Rank.KEYED))
        waits = asyncio.ensure_future(places.take(Rank.KEYED))
        await asyncio.sleep(0)
        places.give_back(taken)  # to the first, which is cancelled before it hears
        gone.cancel()
        await waits
        with pytest.raises(asyncio.CancelledError):
            await gone

    run(test)


def test_places_are_kept_for_keyed_callers_and_for_others() -> None:
    """Places in a queue are kept for keyed callers and for others."""
    queue = admission(max_large_requests=8)
    for rank, most in ((Rank.KEYLESS, 4), (Rank.KEYED, 8)):
        while queue.large_requests < most:
            queue.enter(Queue.PICTURES, rank, str(queue.large_requests))
        with pytest.raises(Busy) as refused:
            queue.enter(Queue.PICTURES, rank, "one more", 7)
        assert refused.value.seconds == 7
    for _ in range(4):
        queue.enter(Queue.DECISIONS, Rank.KEYED, "many")
    with pytest.raises(Busy, match="for one caller") as refused:
        queue.enter(Queue.DECISIONS, Rank.KEYED, "many", 7)
    assert refused.value.seconds == 7
    queue.enter(Queue.DECISIONS, Rank.KEYED, "another")
    for _ in range(4):
        queue.leave(Queue.DECISIONS, "many")
    queue.enter(Queue.DECISIONS, Rank.KEYED, "many")


def test_bodies_of_one_caller_leave_room_for_others() -> None:
    """Bodies of one caller leave room for the others and large ones for small."""
    most = 64 << 20
    queue = admission(max_total_body_bytes=most)
    queue.reserve_body(most // 2, "a")
    with pytest.raises(Busy, match="for one caller"):
        queue.reserve_body(1000, "a")
    with pytest.raises(Busy):
        queue.reserve_body(most // 2, "b")
    queue.reserve_body(3 * most // 8, "b")
    queue.reserve_body(1000, "c")
    queue.release(most // 2, 0, "a")
    queue.reserve_body(1000, "a")
    queue.release(1000, 0, "a")
    queue.release(3 * most // 8, 0, "b")
    queue.release(1000, 0, "c")
    assert queue.body_bytes == 0 and not queue._bodies_of


def test_answers_of_one_caller_leave_room_for_the_others() -> None:
    queue = admission(max_total_answer_numbers=100)
    queue.reserve_answer(90, "a")  # a single one is always taken
    queue.release(0, 90, "a")
    queue.reserve_answer(30, "a")
    with pytest.raises(Busy, match="for one caller"):
        queue.reserve_answer(30, "a")
    queue.reserve_answer(50, "b")
