"""What a failed request to the model means for a session: pause, log in, try again, or give up."""

from __future__ import annotations

import re

from attrs import frozen

from mmm_lang.agents.model import Ending
from mmm_lang.agents.wording import one_line

_QUOTE = 300
_STATUS = re.compile(r"\bAPI Error: ?(\d{3})\b")
_QUOTA = re.compile(
    r"(?:hit|reached|exceeded)\s+(?:your|the)\b.{0,40}(?<!rate )\blimit\b(?! of \d+ iteration)"  # that is our own
    r"|\b(?:usage|session|weekly|daily|monthly|5-hour|opus|sonnet|spend|spending) limit\b"
    r"|\blimit reached\b|\bquota\b|\bcredit balance\b|\bout of (?:extra usage|usage|credits)\b"
    r"|\blimit\b.{0,40}\bresets\b",
    re.IGNORECASE | re.DOTALL,
)
_AUTH = re.compile(
    r"\bnot logged in\b|please run /login|\binvalid (?:api key|bearer token|x-api-key)|\bfailed to authenticate\b"
    r"|\bauthentication_error\b|\boauth token (?:has )?(?:expired|been revoked|revoked)",
    re.IGNORECASE,
)
_TRANSIENT = re.compile(
    r"\b(?:ECONN[A-Z]+|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EPIPE|ENETUNREACH|EHOSTUNREACH)\b"
    r"|request timed out|can't reach the api|connection (?:error|closed|reset|refused)|overloaded|socket hang up"
    r"|fetch failed",
    re.IGNORECASE,
)
_TRANSIENT_KINDS = frozenset(
    {"connection_failed", "stream_idle_timeout", "timeout", "overloaded_error", "overloaded"}
)
_ROOT = re.compile(r"cannot be used with root", re.IGNORECASE)


@frozen
class Failure:
    """How a call ended that is no success, and why, in one sentence that says what to do.

    ``trouble`` names a transient error in a few words.
    """

    ending: Ending
    reason: str
    trouble: str | None = None


def api_failure(status: int | None, kind: str, terminal: str, said: str) -> Failure:
    """The meaning of an API error: its HTTP ``status``, its ``kind``, why the program gave up, and what it said."""
    found = _STATUS.search(said)
    status = status or (int(found[1]) if found else None)
    quoted = one_line(said, _QUOTE) or "it gave no reason"
    if terminal in ("prompt_too_long", "blocking_limit") or "prompt is too long" in said.lower():
        return Failure(
            "failed", "the prompt is too long for the model; pass the path of a file in place of its text"
        )
    if _QUOTA.search(said) and (status is None or status < 500):
        return quota(said)
    if status in (401, 403) or _AUTH.search(said):
        return _auth(quoted)
    if _is_transient(status, kind, said):
        reason = f"the model could not be reached, and it may work later: {quoted}"
        return Failure("transient", reason, _trouble(status, kind, said))
    if status == 404:
        return Failure("failed", f"the model is not available, choose another one with `model:`: {quoted}")
    if status == 413:
        return Failure("failed", f"the request is too large, make prompt or attachments smaller: {quoted}")
    return Failure("failed", f"the agent reported an error: {quoted}")


def unheard_failure(complaint: str) -> Failure | None:
    """The meaning of what a program wrote to stderr that ended without a result, where it is known."""
    if _ROOT.search(complaint):
        advice = "set IS_SANDBOX=1 where this machine is a sandbox, or use another user"
        return Failure("failed", f"the agent refuses to skip permissions as root; {advice}")
    if _AUTH.search(complaint):
        return _auth(complaint)
    return quota(complaint) if _QUOTA.search(complaint) else None


def quota(said: str) -> Failure:
    """The account's limit is reached."""
    return Failure(
        "quota",
        f"the limit of the agent's account is reached: {one_line(said, _QUOTE) or 'it gave no reason'}",
    )


def _auth(said: str) -> Failure:
    advice = "run `claude` and /login, or set a valid ANTHROPIC_API_KEY"
    return Failure("auth", f"the agent is not logged in or may not do this; {advice}: {said}")


def _trouble(status: int | None, kind: str, said: str) -> str:
    if status == 529 or "overloaded" in f"{kind} {said}".lower():
        return "an overloaded API"
    if status == 429:
        return "a rate limit of the API"
    if status is not None:
        return f"an error {status} of the API"
    if "time" in kind or "timed out" in said.lower():
        return "an API that did not answer"
    return "a lost connection to the API"


def _is_transient(status: int | None, kind: str, said: str) -> bool:
    if status is not None:
        return status in (408, 425, 429) or status >= 500
    return kind in _TRANSIENT_KINDS or bool(_TRANSIENT.search(said))
