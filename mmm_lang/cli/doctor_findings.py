"""What ``mmm doctor`` makes of what it saw: pure, a sentence and a next step each.

A problem is what would stop ``mmm cook``; a warning is what is worth knowing before it does its work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from attrs import frozen

Standing = Literal["ok", "warning", "problem"]

OLDEST_TRIED = (2, 1, 197)
"""The oldest `claude` that mmm was tried with."""
NEWEST_TRIED = (2, 1, 330)
"""The `claude` that mmm's own tests drive."""
OLDEST_USABLE = (2, 0, 45)
"""Before this, `claude` lacks flags that mmm gives it (`--max-budget-usd`, `--json-schema`)."""
_UPDATE = "`claude update` brings the newest"
_LOG_IN = "run `claude` and /login, or set ANTHROPIC_API_KEY"
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
_METHODS = {
    "api_key": "by an API key",
    "claude.ai": "with an account of claude.ai",
    "oauth_token": "by a token",
    "third_party": "through a cloud provider",
}

_MOST_NAMED = 8
"""Commands that are named one by one; of more than that, all are written."""

Version = tuple[int, int, int]


@frozen
class Finding:
    """One line of the report. ``advice`` says what to do, where there is something."""

    subject: str
    standing: Standing
    said: str
    advice: str | None = None


@frozen
class Settings:
    """A settings file of Claude Code, as far as it decides what an agent of mmm may do.

    ``denied`` are its `deny` rules. ``trouble`` says why it could not be read, if so.
    """

    path: str
    denied: tuple[str, ...] = ()
    forbids_bypass: bool = False
    has_key_helper: bool = False
    trouble: str | None = None


@frozen
class Surroundings:
    """What can be seen of a login without the program: names of variables that are set, and files."""

    variables: frozenset[str] = frozenset()
    has_credentials: bool = False
    settings: tuple[Settings, ...] = ()


def read_version(printed: str) -> Version | None:
    """`2.1.330 (Claude Code)` as numbers."""
    found = re.match(r"\s*(\d+)\.(\d+)\.(\d+)", printed)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def program_finding(path: str, printed: str) -> Finding:
    """On the program and its version; ``printed`` is what `claude --version` says."""
    version = read_version(printed)
    if version is None:
        said = f"`{path}` does not say its version as Claude Code does"
        return Finding("claude", "problem", said, "see what `claude --version` prints, and MMM_CLAUDE")
    written = f"{'.'.join(map(str, version))}, `{path}`"
    if version < OLDEST_USABLE:
        oldest = ".".join(map(str, OLDEST_USABLE))
        return Finding(
            "claude", "problem", f"{written}: too old, mmm needs {oldest} at least", f"update: {_UPDATE}"
        )
    if version < OLDEST_TRIED:
        oldest = ".".join(map(str, OLDEST_TRIED))
        said = f"{written}: older than {oldest}, the oldest that mmm was tried with"
        return Finding("claude", "warning", said, f"update: {_UPDATE}")
    return Finding("claude", "ok", written)


def read_settings(path: str, content: str) -> Settings:
    """What a settings file says, ``content`` being its text."""
    try:
        written = json.loads(content)
    except ValueError as error:
        return Settings(path, trouble=f"it is no JSON ({error})")
    if not isinstance(written, dict):
        return Settings(path, trouble="it is no JSON object")
    permissions = written.get("permissions")
    permissions = permissions if isinstance(permissions, dict) else {}
    denied = permissions.get("deny")
    rules = tuple(rule for rule in denied if isinstance(rule, str)) if isinstance(denied, list) else ()
    forbids = permissions.get("disableBypassPermissionsMode") == "disable"
    return Settings(path, rules, forbids, "apiKeyHelper" in written)


def login_finding(answer: str | None, around: Surroundings) -> Finding:
    """On the login. ``answer`` is what `claude auth status` printed, ``None`` where it was not asked."""
    status = _object(answer)
    if status is None or not isinstance(status.get("loggedIn"), bool):
        return _guessed_login(around)
    if not status["loggedIn"]:
        return Finding("login", "problem", "nobody is logged in", _LOG_IN)
    how = _METHODS.get(str(status.get("authMethod")), "")
    source = status.get("apiKeySource")
    by = f"{how} ({source})" if isinstance(source, str) and how else how
    said = f"logged in {by}".strip()
    if source == "ANTHROPIC_API_KEY" and around.has_credentials:
        advice = "unset ANTHROPIC_API_KEY to use the account"
        said = f"{said}, which is billed and wins over the account that is logged in, too"
        return Finding("login", "warning", said, advice)
    return Finding("login", "ok", said)


def _guessed_login(around: Surroundings) -> Finding:
    clouds = [name for name in _CLOUDS if name in around.variables]
    keys = [name for name in _KEYS if name in around.variables]
    helpers = [one.path for one in around.settings if one.has_key_helper]
    if clouds or keys or helpers:
        where = (*keys, *clouds, *(f"`apiKeyHelper` in {path}" for path in helpers))[0]
        return Finding("login", "ok", f"by {where}; whether it is accepted shows the first call")
    if around.has_credentials:
        return Finding("login", "ok", "there are credentials; whether they are accepted shows the first call")
    return Finding("login", "problem", "neither a key nor credentials are to be seen", _LOG_IN)


def _object(answer: str | None) -> Mapping[str, object] | None:
    try:
        read: object = json.loads(answer or "")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def permission_findings(
    settings: Sequence[Settings], bypassing: Sequence[str], as_root: bool
) -> Iterator[Finding]:
    """On what the agent may do. ``bypassing`` are the playbooks with `permissions: bypass`."""
    subject = "permissions"
    if bypassing:
        asks = f"{_named(bypassing)} lets the agent do everything without asking"
        yield Finding(subject, "warning", asks, "name what it needs in `allowed_tools`, or use a sandbox")
        if as_root:
            said = "you are root, and there mmm tells `claude` that this machine is a sandbox (IS_SANDBOX=1)"
            yield Finding(subject, "warning", said, "run such playbooks in a container, or as another user")
    else:
        yield Finding(subject, "ok", "edits in the work tree, and what each command file allows")
    for one in settings:
        if one.trouble is not None:
            said = f"`{one.path}` cannot be read: {one.trouble}"
            yield Finding(subject, "warning", said, "mend it; until then `claude` does without it")
        if one.forbids_bypass and bypassing:
            said = f"`{one.path}` forbids to skip permissions, which {_named(bypassing)} asks for"
            yield Finding(subject, "problem", said, "name what it needs in `allowed_tools`")
        if one.denied:
            said = f"`{one.path}` denies {_named(one.denied)}, whatever a playbook allows"
            yield Finding(subject, "warning", said, "keep that in mind where a tool is refused")


def command_findings(
    missing: Mapping[str, str], bundle: Collection[str], standing: Standing = "problem"
) -> Iterator[Finding]:
    """On slash commands without a file: ``missing`` has their names, and the playbook that calls each first;
    ``bundle`` those that ship with mmm."""
    own = [name for name in missing if name not in bundle]
    bundled = [name for name in missing if name in bundle]
    if bundled:
        said = f"no file for {_named([f'/{name}' for name in bundled])} ({missing[bundled[0]]})"
        only = "" if len(bundled) > _MOST_NAMED else f" --commands {','.join(bundled)}"
        yield Finding("commands", standing, said, f"`mmm init{only}` writes them")
    for name in own:
        path = f".claude/commands/{name.replace(':', '/')}.md"
        said = f"no file for `/{name}` ({missing[name]})"
        yield Finding("commands", standing, said, f"write its prompt into `{path}`")


def _named(names: Sequence[str], most: int = 4) -> str:
    """`a`, `b` and 3 more."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
