"""Lanes: moves in threads of their own, reports to one thread, signals to all sessions, questions one at a time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mmm_lang.maps.decide import RunItem, Work
from mmm_lang.maps.events import Ended, ItemFinished, MapHalted, Verdict
from mmm_lang.maps.lanes import Lanes
from mmm_lang.maps.state import MapState
from mmm_lang.runtime.signals import OfTheProcess, Relay

GOOD = Verdict("succeeded", "limit", "done", 0)
STATE = MapState()


def item(index: int) -> RunItem:
    return RunItem(index, 1, None)


def lanes_in() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("mmm-")]


def nobody(step: str, question: str) -> bool | None:
    return None


class Heeding:
    """A session, as far as signals are concerned: it runs until it is told to end."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.heard: list[int] = []
        self.runs = threading.Event()
        self.told = threading.Event()

    def run(self) -> None:
        with self.lanes.signals.told_to(self.heed):
            self.runs.set()
            assert self.told.wait(60)

    def heed(self, number: int) -> None:
        self.heard.append(number)
        self.told.set()


def test_reports_come_as_moves_end_and_no_thread_is_left() -> None:
    gates = {1: threading.Event(), 2: threading.Event(), 3: threading.Event()}

    def perform(move: Work, state: MapState) -> Ended:
        assert isinstance(move, RunItem)
        assert state is STATE
        assert gates[move.index].wait(60)
        return ItemFinished(move.index, GOOD)

    with Lanes(perform, nobody) as lanes:
        for index in gates:
            lanes.begin(item(index), STATE)
        assert lanes_in() == ["mmm-item-1", "mmm-item-2", "mmm-item-3"]
        for index in (2, 3, 1):
            gates[index].set()
            assert lanes.next_ended() == ItemFinished(index, GOOD)
    assert lanes_in() == []


def test_a_signal_reaches_all_sessions_and_is_reported_once() -> None:
    sessions: dict[int, Heeding] = {}
    former = signal.getsignal(signal.SIGINT)  # a background job of a shell ignores it

    def perform(move: Work, state: MapState) -> Ended:
        assert isinstance(move, RunItem)
        sessions[move.index].run()
        return ItemFinished(move.index, GOOD)

    with Lanes(perform, nobody) as lanes:
        for index in (1, 2):
            sessions[index] = Heeding(lanes)
            lanes.begin(item(index), STATE)
            assert sessions[index].runs.wait(60)
        after = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        after.start()
        first = lanes.next_ended()  # waits without a time, and hears the signal all the same
        after.join()
        assert first == MapHalted("interrupted", "interrupted", "stopped by Ctrl-C", 130)
        late = Heeding(lanes)
        late.run()  # begins behind the signal, and is told at once
        ends = [lanes.next_ended(), lanes.next_ended()]
        assert {end.index for end in ends if isinstance(end, ItemFinished)} == {1, 2}
        os.kill(os.getpid(), signal.SIGTERM)
    assert sessions[1].heard == sessions[2].heard == late.heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) == former
    assert lanes_in() == []


@pytest.mark.parametrize(("number", "said"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")])
def test_other_signals_are_called_by_their_names(number: signal.Signals, said: str) -> None:
    former = signal.signal(number, signal.SIG_DFL)  # under `nohup` a SIGHUP would be ignored, as it should be
    try:
        with Lanes(lambda move, state: ItemFinished(1, GOOD), nobody) as lanes:
            os.kill(os.getpid(), number)
            assert lanes.next_ended() == MapHalted("interrupted", "terminated", f"stopped by {said}", 143)
    finally:
        signal.signal(number, former)


def test_a_bug_in_a_lane_is_one_of_the_map_and_stops_the_others() -> None:
    other: list[Heeding] = []

    def perform(move: Work, state: MapState) -> Ended:
        assert isinstance(move, RunItem)
        if move.index == 2:
            raise LookupError("nobody thought of this")
        other[0].run()
        return ItemFinished(move.index, GOOD)

    def cook() -> None:
        with Lanes(perform, nobody) as lanes:
            other.append(Heeding(lanes))
            lanes.begin(item(1), STATE)
            assert other[0].runs.wait(60)
            lanes.begin(item(2), STATE)
            lanes.next_ended()

    with pytest.raises(LookupError, match="nobody thought of this"):
        cook()
    assert other[0].heard == [signal.SIGTERM]
    assert lanes_in() == []


def asking(lanes: list[Lanes], answers: dict[int, bool | None]) -> Callable[[Work, MapState], Ended]:
    def perform(move: Work, state: MapState) -> Ended:
        assert isinstance(move, RunItem)
        answers[move.index] = lanes[0].asked_by(f"[{move.index}] ")("publish", "Publish?")
        return ItemFinished(move.index, GOOD)

    return perform


def test_questions_are_asked_one_at_a_time_by_the_main_thread() -> None:
    asked: list[tuple[str, str, bool]] = []
    open_now = 0
    found: list[Lanes] = []
    answers: dict[int, bool | None] = {}

    def ask(step: str, question: str) -> bool | None:
        assert open_now == 1
        asked.append((step, question, threading.current_thread() is threading.main_thread()))
        return "2" in question

    @contextmanager
    def paused() -> Iterator[None]:
        nonlocal open_now
        open_now += 1
        yield
        open_now -= 1

    with Lanes(asking(found, answers), ask, paused) as lanes:
        found.append(lanes)
        for index in (1, 2, 3):
            lanes.begin(item(index), STATE)
        for _ in (1, 2, 3):
            lanes.next_ended()
    assert sorted(asked) == [("publish", f"[{index}] Publish?", True) for index in (1, 2, 3)]
    assert answers == {1: False, 2: True, 3: False}


def test_nobody_is_asked_after_a_signal_or_when_all_is_over() -> None:
    found: list[Lanes] = []
    answers: dict[int, bool | None] = {}

    def ask(step: str, question: str) -> bool | None:
        os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C at the question: the terminal's reader says nothing
        return None

    with Lanes(asking(found, answers), ask) as lanes:
        found.append(lanes)
        lanes.begin(item(1), STATE)
        ends = {type(lanes.next_ended()) for _ in (1, 2)}
        lanes.begin(item(2), STATE)
        lanes.next_ended()
    assert ends == {MapHalted, ItemFinished}

    def cook() -> None:
        with Lanes(asking(found, answers), ask) as lanes:
            found[0] = lanes
            lanes.begin(item(3), STATE)
            raise OSError("the journal's disk is full")

    with pytest.raises(OSError, match="full"):
        cook()
    assert answers == {1: None, 2: None, 3: None}
    assert lanes_in() == []


# --- signals ---


def test_a_relay_tells_each_signal_once_also_to_those_who_come_later() -> None:
    relay = Relay()
    early: list[int] = []
    late: list[int] = []
    with relay.told_to(early.append):
        relay.tell(signal.SIGINT)
        with relay.told_to(late.append):
            relay.tell(signal.SIGTERM)
    relay.tell(signal.SIGTERM)
    assert early == late == [signal.SIGINT, signal.SIGTERM]
    assert relay.numbers == (signal.SIGINT, signal.SIGTERM, signal.SIGTERM)


def test_a_signal_in_the_middle_of_telling_one_is_told_after_it() -> None:
    relay = Relay()
    heard: list[int] = []

    def heed(number: int) -> None:
        heard.append(number)
        if len(heard) == 1:
            relay.tell(signal.SIGTERM)

    with relay.told_to(heed):
        relay.tell(signal.SIGINT)
    assert heard == [signal.SIGINT, signal.SIGTERM]


def test_who_listens_in_threads_hears_each_signal_once() -> None:
    relay = Relay()
    heard = [[] for _ in range(8)]
    begun = threading.Barrier(9, timeout=60)
    latest = time.monotonic() + 60  # what is missed is to be a failure, and not a wait without an end

    def listen(ours: list[int]) -> None:
        begun.wait()
        with relay.told_to(ours.append):
            while len(ours) < 50 and time.monotonic() < latest:
                pass

    threads = [threading.Thread(target=listen, args=(ours,)) for ours in heard]
    for thread in threads:
        thread.start()
    begun.wait()
    for number in range(50):
        relay.tell(number)
    for thread in threads:
        thread.join()
    assert heard == [list(range(50))] * 8


def test_handlers_are_as_before_when_a_session_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        heard: list[int] = []
        with OfTheProcess().told_to(heard.append):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as under `nohup`
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)
