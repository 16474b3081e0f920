"""Sessions that are stopped in the middle of a call of the real `claude`, and go on."""

from __future__ import annotations

import shutil
import signal
import time

import pytest

from tests.cook.living import cooking, end, leftovers, sweep_up
from tests.e2e.kitchen import RealKitchen
from tests.e2e.turns import Fault, Held, runs, says, writes
from tests.process.programs import eventually


@pytest.fixture
def thinking(kitchen: RealKitchen) -> RealKitchen:
    """One call of `/mmm-think`, with a step behind it."""
    kitchen.playbook.write_text("- claude: '/mmm-think'\n- shell: 'echo y > y'\n")
    return kitchen.allowing("mmm-think", "Write, Bash(echo:*)")


def sessions_of(kitchen: RealKitchen) -> set[str]:
    """The sessions of the program that asked the model."""
    return {request.session for request in kitchen.api.requests}


def wrote_down(kitchen: RealKitchen) -> None:
    """Wait until the program has its work in its own record, which it writes a moment after it has asked the model."""
    records = kitchen.folder / "config" / "projects"

    def is_there() -> bool:
        return any('"tool_result"' in record.read_text() for record in records.rglob("*.jsonl"))

    eventually(is_there)


def went_on(kitchen: RealKitchen) -> None:
    """`mmm resume` came to the end, in the program's own session, with what it had done and said before."""
    resumed = kitchen.run("resume")
    assert resumed.exit_code == 0, resumed
    assert len(sessions_of(kitchen)) == 1
    last = kitchen.api.requests[-1]
    assert last.command == "mmm-think"
    assert last.shows("half.txt"), "it knows what it has written"
    assert (kitchen.repo / "half.txt").read_text() == "half\n"
    assert (kitchen.repo / "y").exists()
    assert len(kitchen.of_kind("session_finished")) >= 1
    assert kitchen.events()[-1]["status"] == "succeeded"


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_call_that_is_interrupted_goes_on_in_its_own_session(
    thinking: RealKitchen, number: signal.Signals, exit_code: int
) -> None:
    thinking.on(
        "/mmm-think", writes(thinking.repo / "half.txt", "half\n"), Held(says("too late")), says("all done")
    )
    with cooking(thinking, "-n", "1") as process:
        thinking.api.asked(2)
        wrote_down(thinking)
        process.send_signal(number)
        cooked = end(process, within=60)
    assert cooked.exit_code == exit_code, cooked
    assert leftovers(thinking) == []
    went_on(thinking)


def test_a_call_whose_machine_dies_goes_on_in_its_own_session(thinking: RealKitchen) -> None:
    """mmm, its keeper and the program, all killed at once."""
    thinking.on(
        "/mmm-think", writes(thinking.repo / "half.txt", "half\n"), Held(says("too late")), says("all done")
    )
    with cooking(thinking, "-n", "1") as process:
        thinking.api.asked(2)
        wrote_down(thinking)
        process.kill()
        sweep_up(thinking)
        process.wait()
    eventually(lambda: not leftovers(thinking))
    went_on(thinking)


def test_a_call_outlives_mmm_and_is_not_paid_again(thinking: RealKitchen) -> None:
    thinking.on("/mmm-think", writes(thinking.repo / "half.txt", "half\n"), Held(says("all done")))
    with cooking(thinking, "-n", "1") as process:
        thinking.api.asked(2)
        process.kill()
        process.wait()
        thinking.api.gate.set()
        eventually(lambda: not leftovers(thinking), within=30)
    went_on(thinking)
    assert len(thinking.api.requests) == 2


def test_a_session_of_the_program_that_is_gone_is_made_anew(thinking: RealKitchen) -> None:
    thinking.on("/mmm-think", writes(thinking.repo / "half.txt", "half\n"), Held(says("too late")))
    thinking.on("/mmm-think", says("from the start"))
    with cooking(thinking, "-n", "1") as process:
        thinking.api.asked(2)
        process.send_signal(signal.SIGINT)
        assert end(process, within=60).exit_code == 130
    shutil.rmtree(thinking.folder / "config" / "projects")
    resumed = thinking.run("resume")
    assert resumed.exit_code == 0, resumed
    assert len(sessions_of(thinking)) == 2
    assert not (thinking.repo / "half.txt").exists(), "run anew, from where it began"
    assert (thinking.repo / "y").exists()


def test_a_quota_pauses_and_the_session_goes_on(thinking: RealKitchen) -> None:
    used_up = Fault(
        429,
        "rate_limit_error",
        "This request would exceed your account's rate limit.",
        {
            "anthropic-ratelimit-unified-status": "rejected",
            "anthropic-ratelimit-unified-reset": str(int(time.time()) + 3600),
            "anthropic-ratelimit-unified-representative-claim": "seven_day",
        },
    )
    account = {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test"}
    thinking.on("/mmm-think", writes(thinking.repo / "half.txt", "half\n"), used_up, says("all done"))
    paused = thinking.cook("-n", "1", **account)
    assert paused.exit_code == 5, paused
    assert "mmm resume" in paused.stdout
    resumed = thinking.run("resume", **account)
    assert resumed.exit_code == 0, resumed
    assert len(sessions_of(thinking)) == 1
    assert (thinking.repo / "y").exists()


def test_a_login_is_mended_and_the_session_goes_on(thinking: RealKitchen) -> None:
    stopped = thinking.cook("-n", "1", ANTHROPIC_API_KEY="")
    assert stopped.exit_code == 1, stopped
    thinking.on("/mmm-think", writes(thinking.repo / "half.txt", "half\n"), says("all done"))
    resumed = thinking.run("resume")
    assert resumed.exit_code == 0, resumed
    assert thinking.subjects() == ["mmm: /mmm-think", "mmm: echo y > y"]


def test_a_program_that_somebody_kills_has_failed(thinking: RealKitchen) -> None:
    """Not mmm's own doing: an attempt like any other."""
    thinking.on("/mmm-think", runs("echo hello; kill -KILL $PPID"))
    thinking.allowing("mmm-think", "Bash")
    cooked = thinking.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert "the agent was ended by a signal before it gave a result" in cooked.stdout
