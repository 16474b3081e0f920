"""The secrets of a session: their values, every spelling of them that is masked, and events without them.

`secrets:` names variables of the environment. Their values reach steps as the environment always does, and nothing else:
what mmm writes or shows has `***NAME***` in their place (spec/runtime.md, "Secrets").
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import quote, quote_plus

from mmm_lang.figures import plural
from mmm_lang.masking import STARS, Mask, Secret
from mmm_lang.runtime.events import Event
from mmm_lang.runtime.journal import CODEC
from mmm_lang.runtime.requirements import Problem
from mmm_lang.tagged import Codec, Json

SHORTEST = 8
"""Bytes of a value that can be masked: a shorter one would be found in half of all words and numbers."""

_LONGEST = 64 * 1024
"""Bytes of a value that can be masked: a stream holds back as much."""

_KEY_LINE = rb"[A-Za-z0-9+/=_-]{20,}"
"""A line of a value with several that is masked alone, too: base64, however a program indents or joins it."""

_NAMES = frozenset(
    (
        "event", "session", "step", "path", "handler", "from_step", "again", "status", "fault", "how", "agent",
        "head", "tree", "branch", "staged", "commits", "from", "to", "rescue",
        "agent_session", "prompt", "pid", "start", "boot", "mark", "work_tree", "replay", "mmm",
    )
)  # fmt: skip
"""Fields of events that hold mmm's and git's own names: the session is found again by them, and no step sets one."""


def secrets_of(names: Iterable[str], environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Every spelling of the values of these variables, as far as they can be masked."""
    values = {name: value for name in names if (value := _value(name, environ)) and _can_be_masked(value)}
    found: dict[bytes, Secret] = {}
    for name, value in values.items():
        label = f"***{name}***".encode()
        if any(one in label for one in values.values()):
            label = STARS
        for text in sorted(spellings(value), key=len, reverse=True):
            found.setdefault(text, Secret(text, label, f"the value of `{name}`"))
    return tuple(found.values())


def spellings(value: bytes) -> set[bytes]:
    """How programs may print a value: as it is, line by line, in JSON, in a URL, in base64."""
    plain = {value, *(line for line in re.split(rb"\s+", value) if re.fullmatch(_KEY_LINE, line))}
    found = set(plain)
    for one in plain:
        found |= {*_in_json(one), *_in_urls(one), *_in_base64(one)}
    return {text for text in found if len(text) >= SHORTEST}


def _unusable(names: Sequence[str], environ: Mapping[str, str]) -> Sequence[Problem]:
    """Declared secrets without a value that can be masked."""
    problems = []
    for name in dict.fromkeys(names):
        value = _value(name, environ)
        if not value:
            what = "is empty" if name in environ else "is not set"
            problems.append(
                Problem(
                    f"the playbook declares the secret `{name}`, and the environment variable {what}",
                    f"set it before you run mmm (`export {name}=…`), or take it out of `secrets:`",
                )
            )
        elif len(value) < SHORTEST:
            size = plural(len(value), "byte")
            problems.append(
                Problem(
                    f"the secret `{name}` has {size}: a value so short stands in many other words, which would be masked",
                    f"give it a value of {SHORTEST} bytes or more, or take it out of `secrets:`",
                )
            )
        elif len(value) > _LONGEST:
            problems.append(
                Problem(
                    f"the secret `{name}` has {len(value):,} bytes, and mmm masks values up to {_LONGEST:,}",
                    "take it out of `secrets:`, and see that no step prints it",
                )
            )
    return problems


def secret_problems(
    names: Sequence[str], environ: Mapping[str, str], playbook: str, values: Mapping[str, str]
) -> tuple[Problem, ...]:
    """What stands against a session with these secrets: values that cannot be masked, and those that it would have to
    write down, being in the ``playbook``'s text or in ``values`` of the command line (by what people call each)."""
    mask = Mask(secrets_of(names, environ))
    return (*_unusable(names, environ), *_exposed(mask, playbook, values))


def _exposed(mask: Mask, playbook: str, values: Mapping[str, str]) -> Sequence[Problem]:
    problems = []
    content = playbook.encode("utf-8", "surrogatepass")
    title = next((one.title for one in mask.secrets if one.text in content), None)
    if title is not None:
        problems.append(
            Problem(
                f"{title}, a secret, is written into the playbook",
                "take it out: steps find it in their environment; and withdraw it, since playbooks are committed",
            )
        )
    for what, value in values.items():
        found = next(mask.find(value.encode("utf-8", "surrogatepass")), None)
        if found is not None:
            problems.append(
                Problem(
                    f"{what} holds {found.title}, and mmm writes such values down",
                    "hand it over in an environment variable that `secrets:` names: steps find it there",
                )
            )
    return problems


def masked_event(event: Event, mask: Mask) -> Event:
    """The event without secrets; the very same one where it holds none."""
    return cast(Event, masked_value(event, mask, CODEC))


def masked_value(value: object, mask: Mask, codec: Codec) -> object:
    """The same for a value of any journal, which ``codec`` writes."""
    data = codec.encode(value)
    masked = _masked(data, mask)
    return value if masked == data else codec.decode(masked)


def _masked(data: Json, mask: Mask) -> Json:
    if isinstance(data, str):
        return mask.text(data)
    if isinstance(data, list):
        return [_masked(one, mask) for one in data]
    if isinstance(data, dict):
        return {key: one if key in _NAMES else _masked(one, mask) for key, one in data.items()}
    return data


def _value(name: str, environ: Mapping[str, str]) -> bytes:
    return environ.get(name, "").encode("utf-8", "surrogateescape").strip()


def _can_be_masked(value: bytes) -> bool:
    return SHORTEST <= len(value) <= _LONGEST


def _in_json(value: bytes) -> Iterator[bytes]:
    """In a string, and in a string inside a string."""
    text = value.decode("utf-8", "replace")
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once.encode("utf-8", "replace")
        yield once.replace("/", "\\/").encode("utf-8", "replace")
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1].encode("utf-8", "replace")


def _in_urls(value: bytes) -> Iterator[bytes]:
    for safe in ("", "/", "/:@!$&'()*+,;="):
        for written in (quote(value, safe=safe), quote_plus(value, safe=safe)):
            yield written.encode()
            yield re.sub(r"%[0-9A-F]{2}", lambda escape: escape[0].lower(), written).encode()


def _in_base64(value: bytes) -> Iterator[bytes]:
    """Alone, and inside of something longer (`user:password`): the letters that only the value decides."""
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        yield encode(value)
        for shift in range(3):
            written = encode(b"\0" * shift + value)
            first = (0, 2, 3)[shift]
            last = len(written) - (0, 3, 2)[(shift + len(value)) % 3]
            yield written[first:last]
