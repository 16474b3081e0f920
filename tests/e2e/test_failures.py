"""How a call of the real `claude` can fail, and what mmm makes of it."""

from __future__ import annotations

import time

import pytest

from tests.e2e.kitchen import RealKitchen
from tests.e2e.turns import Answer, Fault, Silence, Torn, Turn, Use, runs, says, writes
from tests.support.cooking import Cooked

_BEHIND = "- shell: 'echo y > y'\n"
"""A step that must not run after a failure."""


def thinking(kitchen: RealKitchen, options: str = "", tools: str = "Bash(echo:*)") -> RealKitchen:
    """A playbook of one call, with a step behind it."""
    lines = [f"  {line}\n" for line in options.splitlines()]
    kitchen.playbook.write_text("".join(["- claude: '/mmm-think'\n", *lines, _BEHIND]))
    return kitchen.allowing("mmm-think", tools)


def ended(
    kitchen: RealKitchen, exit_code: int, *words: str, flags: tuple[str, ...] = (), **env: str
) -> Cooked:
    """Cook to that exit code; the reason says ``words``, and the step behind did not run."""
    cooked = kitchen.cook("-n", "1", *flags, **env)
    assert cooked.exit_code == exit_code, cooked
    assert not (kitchen.repo / "y").exists()
    for part in words:
        assert part in cooked.stdout, cooked
    assert "Traceback" not in cooked.stderr
    return cooked


def fault(status: int, kind: str, message: str, **headers: str) -> Fault:
    return Fault(status, kind, message, {name.replace("_", "-"): value for name, value in headers.items()})


OVERLOADED = fault(529, "overloaded_error", "Overloaded")
BROKEN = fault(500, "api_error", "Internal server error")
LIMITED = fault(429, "rate_limit_error", "Number of requests has exceeded your rate limit")
INVALID = fault(400, "invalid_request_error", "messages.0: that is no message")
NO_KEY = fault(401, "authentication_error", "invalid x-api-key")
FORBIDDEN = fault(403, "permission_error", "Your key may not use this")
NO_MODEL = fault(404, "not_found_error", "model: moon-1")
TOO_LARGE = fault(413, "request_too_large", "Request exceeds the maximum size")
TOO_LONG = fault(400, "invalid_request_error", "prompt is too long: 300000 tokens > 200000 maximum")
NO_CREDIT = fault(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")

FINAL = {
    "400": ([INVALID] * 6, "that is no message"),
    "404": ([NO_MODEL] * 2, "the model is not available, choose another one with `model:`"),
    "413": ([TOO_LARGE], "the request is too large"),
    "too long": ([TOO_LONG], "the prompt is too long for the model"),
}


@pytest.mark.parametrize(("turns", "words"), FINAL.values(), ids=FINAL)
def test_an_error_that_stays_fails_the_step(kitchen: RealKitchen, turns: list[Turn], words: str) -> None:
    thinking(kitchen).on("/mmm-think", *turns)
    ended(kitchen, 1, words)
    assert kitchen.last_verdict()["fault"] == "agent"


PASSING = {"429": LIMITED, "500": BROKEN, "529": OVERLOADED}


@pytest.mark.parametrize("turn", PASSING.values(), ids=PASSING)
def test_an_error_that_passes_is_tried_again(kitchen: RealKitchen, turn: Fault) -> None:
    thinking(kitchen).on("/mmm-think", turn).on("/mmm-think", says("now"))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert (kitchen.repo / "y").exists()
    assert "Agent calls: 1," in cooked.stdout


def test_an_error_that_should_pass_and_does_not(kitchen: RealKitchen) -> None:
    thinking(kitchen)
    for turn in (BROKEN, LIMITED, BROKEN, OVERLOADED):
        kitchen.on("/mmm-think", turn)
    ended(kitchen, 1, "the model could not be reached")
    assert kitchen.last_verdict()["fault"] == "agent"


def test_the_program_itself_tries_twice_more(kitchen: RealKitchen) -> None:
    """Where the user has not said how often."""
    thinking(kitchen).on("/mmm-think", OVERLOADED, OVERLOADED, says("now"))
    assert kitchen.cook("-n", "1", CLAUDE_CODE_MAX_RETRIES="").exit_code == 0
    assert len({one.session for one in kitchen.api.requests}) == 1


@pytest.mark.parametrize("turn", [NO_KEY, FORBIDDEN], ids=["401", "403"])
def test_nobody_is_let_in(kitchen: RealKitchen, turn: Fault) -> None:
    thinking(kitchen, "retry: {attempts: 3}\non_failure: {shell: 'true'}").on("/mmm-think", turn)
    ended(kitchen, 1, "run `claude` and /login, or set a valid ANTHROPIC_API_KEY")
    assert kitchen.events()[-1]["reason"] == "auth"


def test_nobody_is_logged_in(kitchen: RealKitchen) -> None:
    thinking(kitchen)
    ended(kitchen, 1, "Not logged in", ANTHROPIC_API_KEY="")
    assert kitchen.events()[-1]["reason"] == "auth"
    assert kitchen.api.requests == []


def test_no_credit_is_left(kitchen: RealKitchen) -> None:
    thinking(kitchen, "retry: {attempts: 3}").on("/mmm-think", NO_CREDIT)
    ended(kitchen, 5, "Credit balance is too low")
    assert kitchen.events()[-1]["reason"] == "quota"


def test_the_quota_of_an_account_is_used_up(kitchen: RealKitchen) -> None:
    resets = int(time.time()) + 3600
    used_up = Fault(
        429,
        "rate_limit_error",
        "This request would exceed your account's rate limit. Please try again later.",
        {
            "anthropic-ratelimit-unified-status": "rejected",
            "anthropic-ratelimit-unified-reset": str(resets),
            "anthropic-ratelimit-unified-representative-claim": "five_hour",
            "retry-after": "3600",
        },
    )
    thinking(kitchen).on("/mmm-think", used_up)
    ended(
        kitchen, 5, "hit your 5-hour limit", ANTHROPIC_API_KEY="", CLAUDE_CODE_OAUTH_TOKEN="sk-ant-oat01-test"
    )
    [paused] = kitchen.of_kind("paused")
    assert paused["resets_at"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(resets))


# --- money ---


def test_a_session_that_has_spent_its_money(kitchen: RealKitchen) -> None:
    thinking(kitchen).on("/mmm-think", Answer(uses=(Use("Bash", {"command": "echo hello"}),), tokens=100_000))
    ended(kitchen, 4, flags=("--max-cost", "0.05"))
    assert kitchen.events()[-1]["reason"] == "budget"
    assert float(str(kitchen.events()[-1]["cost_usd"])) > 0.05


def test_a_step_that_has_spent_its_own_cap(kitchen: RealKitchen) -> None:
    thinking(kitchen, "max_cost_usd: 0.05").on(
        "/mmm-think", Answer(uses=(Use("Bash", {"command": "echo hello"}),), tokens=100_000)
    )
    ended(kitchen, 1, "its cap of $0.05", "max_cost_usd")
    assert kitchen.events()[-1]["reason"] != "budget"


# --- a server that hangs, a stream that breaks ---


@pytest.mark.parametrize("begins", [False, True], ids=["before the answer", "in the answer"])
def test_a_server_that_hangs(kitchen: RealKitchen, begins: bool) -> None:
    thinking(kitchen).on("/mmm-think", runs("echo hello"), Silence(begins))
    started = time.monotonic()
    ended(kitchen, 1, "no sign of life", MMM_IDLE_TIMEOUT="10s")
    assert time.monotonic() - started < 60
    assert kitchen.last_verdict()["fault"] == "idle"


def test_a_tool_that_takes_long_is_no_server_that_hangs(kitchen: RealKitchen) -> None:
    thinking(kitchen, tools="Bash").on("/mmm-think", runs("echo a; sleep 12"), says("done"))
    assert kitchen.cook("-n", "1", MMM_IDLE_TIMEOUT="10s").exit_code == 0


def test_a_stream_that_breaks_off(kitchen: RealKitchen) -> None:
    """The program asks again without a stream, and goes on."""
    thinking(kitchen).on("/mmm-think", Torn(), says("whole"))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.api.requests[1].body.get("stream") is not True


def test_a_step_that_takes_too_long(kitchen: RealKitchen) -> None:
    thinking(kitchen, "timeout: 15s", tools="Bash").on("/mmm-think", runs("echo a; sleep 100"))
    ended(kitchen, 1, "did not end within 15 s")


# --- commands and turns ---


def test_a_command_that_is_gone_when_it_is_called(kitchen: RealKitchen) -> None:
    """The program hands it to the model as plain words, and calls that a success."""
    thinking(kitchen)
    kitchen.playbook.write_text(
        "- shell: 'rm .claude/commands/mmm-think.md'\n- claude: '/mmm-think'\n" + _BEHIND
    )
    kitchen.on("mmm-think", says("I know no such command."))
    ended(kitchen, 1, "the agent knows no command `/mmm-think`")


def test_a_command_without_a_file(kitchen: RealKitchen) -> None:
    kitchen.playbook.write_text("- claude: '/mmm-lint'\n")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 2
    assert "`mmm init --commands mmm-lint`" in cooked.stderr
    assert kitchen.api.requests == []


def test_a_script_in_a_command_file_that_fails(kitchen: RealKitchen) -> None:
    thinking(kitchen)
    kitchen.with_file(".claude/commands/mmm-think.md", "---\nallowed-tools: Bash(false:*)\n---\n\n!`false`\n")
    ended(kitchen, 1, "failed before it reached the model")


def test_a_command_of_the_program_that_works_apart(kitchen: RealKitchen) -> None:
    """`/review` reports no turn and a local command, and yet a model was asked."""
    kitchen.playbook.write_text("- claude: '/review'\n  outputs: {said: {regex: '(.*)'}}\n" + _BEHIND)
    kitchen.on("You are reviewing", says("It is fine."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.of_kind("step_finished")[0]["outputs"] == {"said": "It is fine."}


def test_a_command_that_runs_in_a_context_of_its_own(kitchen: RealKitchen) -> None:
    """The program gives what the API refused as its answer, and counts no turn; mmm tells them apart."""
    thinking(kitchen)
    kitchen.with_file(".claude/commands/mmm-think.md", "---\ncontext: fork\n---\n\nThink apart.\n")
    kitchen.on("Think apart.", OVERLOADED).on("Think apart.", says("I thought."))
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert "an overloaded API" in cooked.stdout


def test_a_limit_of_turns(kitchen: RealKitchen) -> None:
    thinking(kitchen).on("/mmm-think", runs("echo hello"), runs("echo again"))
    ended(kitchen, 1, "limit of turns after 2 turns", CLAUDE_CODE_MAX_TURNS="2")


def test_an_answer_that_lacks_its_form(kitchen: RealKitchen) -> None:
    thinking(kitchen, "output_schema: {type: object}").on("/mmm-think", says("no"), says("still no"))
    ended(kitchen, 1, "not in the form that the output schema asks for")


def test_a_failed_call_is_rolled_back_and_its_work_kept(kitchen: RealKitchen) -> None:
    thinking(kitchen, tools="Write").on(
        "/mmm-think", writes(kitchen.repo / "half.txt", "half\n"), *[INVALID] * 6
    )
    ended(kitchen, 1)
    assert not (kitchen.repo / "half.txt").exists()
    [rolled_back] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{rolled_back['rescue']}:half.txt") == "half"
