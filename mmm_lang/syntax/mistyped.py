"""What to write instead of a value of the wrong type: a list where text belongs, ``A=b`` where keys do."""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Applicability, Edit, Fix
from mmm_lang.record import frozen
from mmm_lang.source import Source
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence

_ASSIGNMENT = r"([A-Za-z_][A-Za-z0-9_]*)=((?s:.*))"
_WORD = r"[\w./*$@+-]+"
_PLAIN = r"[\w./$+-][\w./$@+= -]*"
_NAME_OR_JUMP = r"(?i:(?:(?:goto|jump|run|call|step)[ :]+)?[\w-]+)"
_SHORT = 60
"""Code points up to which a whole value is written out as advice."""

_ESSENCE = {
    "claude": "the prompt",
    "shell": "the script",
    "name": "the name of the slash command",
    "command": "the test command",
    "approve": "the question",
    "playbook": "the path of the other playbook",
}
"""What the keys hold that are a step's action, or the script in one."""

_GO_ON = frozenset({"false", "continue", "ignore", "skip", "warn", "none", "no"})
_STOP = frozenset({"true", "fail", "stop", "abort", "exit", "error", "yes"})


@frozen
class Instead:
    """Advice, one sentence an item, with the fix that follows the first where one is sure."""

    advice: tuple[str, ...]
    fix: Fix | None = None


def instead_of_nothing(key: str) -> Instead:
    """For a key with nothing after it, where text belongs."""
    if key == "name":
        return Instead(("write the name of a slash command after `name:`",))
    if key in _ESSENCE:
        return Instead((f"write {_ESSENCE[key]} after `{key}:`, or below `{key}: |`, indented",))
    return Instead((f"write a value after `{key}:`, or remove the key",))


def instead_of_collection(entry: Entry, source: Source) -> Instead:
    """For a list or mapping where text belongs."""
    key, node = entry.key.value, entry.value
    if isinstance(node, Mapping):
        if key in _ESSENCE:
            return Instead((f"write {_ESSENCE[key]} itself after `{key}:`, and other keys beside it",))
        return Instead((f"write one text after `{key}:`",))
    words = _texts(node)
    if words is None or key not in _ESSENCE:
        return Instead((f"write one text after `{key}:`",))
    is_of_step = source.position(entry.key.span.start).column > 1
    if key == "name" and is_of_step:
        rest = ", ".join(f'"{word}"' for word in words[1:])
        return Instead((f"write `name: {words[0]}`" + (f" and `args: [{rest}]`" if rest else ""),))
    if key == "claude" and len(words) > 1 and all(word.startswith("/") for word in words):
        return Instead((f'make each of them a step of its own: `- claude: "{words[0]}"`',))
    if key == "name":
        return Instead((f"write one text after `{key}:`",))
    one_line = " ".join(words)
    is_flow = source.text.startswith("[", node.span.start)
    if is_flow and not any(re.search(r"\s", word) for word in words) and len(one_line) <= _SHORT:
        text = one_line if re.fullmatch(_PLAIN, one_line) else "'" + one_line.replace("'", "''") + "'"
        fix = Fix("join it with spaces", "unsafe", (Edit(node.span, text),))
        return Instead((f"join it with spaces: `{key}: {text}`",), fix)
    what = "commands" if key in ("shell", "command") else "lines"
    return Instead((f"write the {what} below `{key}: |`, one a line, without `- `",))


def instead_of_assignments(node: Node) -> Instead:
    """For `A=b`, alone or in a list, where a mapping of names to values belongs."""
    written = [node.value] if isinstance(node, Scalar) else _texts(node)
    pairs = [re.fullmatch(_ASSIGNMENT, text) for text in written or ()]
    found = [(pair[1], pair[2]) for pair in pairs if pair is not None]
    if not found or len(found) < len(pairs):
        return Instead(("write each as `NAME: value` below it",))
    text = "{" + ", ".join(f"{name}: {_quoted(value)}" for name, value in found) + "}"
    if len(text) > _SHORT:
        return Instead(("write each as `NAME: value`, without `- ` and `=`",))
    return Instead((f"write `{text}`",), Fix("write it as a mapping", "safe", (Edit(node.span, text),)))


def instead_of_one(entry: Entry, source: Source) -> Instead:
    """For a text, or a few with commas or blanks between, where a list belongs."""
    node = entry.value
    if isinstance(node, Scalar) and node.style == "plain":
        words = [word for word in re.split(r"[,\s]+", node.value) if word]
        if words and all(re.fullmatch(_WORD, word) for word in words):
            text = f"[{', '.join(words)}]"
            sure: Applicability = "safe" if len(words) == 1 else "unsafe"
            fix = Fix("make it a list", sure, (Edit(node.span, text),))
            return Instead((f"write `{text}`",), fix)
    if isinstance(node, Scalar) and node.style in ("single", "double") and "," in node.value:
        words = [word for word in re.split(r"[,\s]+", node.value) if word]
        if all(re.fullmatch(_WORD, word) for word in words) and len(node.value) <= _SHORT:
            return Instead((f"write `[{', '.join(_quoted(word) for word in words)}]`",))
    if isinstance(node, Scalar) and len(node.value) <= _SHORT and "\n" not in node.value:
        return Instead((f"write `[{source.slice(node.span)}]`",))
    return Instead(("write each on a line of its own, after `- `",))


def instead_of_word_for_handler(entry: Entry) -> Instead:
    """For a word or a text where a step belongs."""
    key, node = entry.key.value, entry.value
    word = node.value.casefold() if isinstance(node, Scalar) and node.style == "plain" else ""
    if key == "on_failure" and word in _GO_ON:
        return Instead(("to go on after a failure, write `on_failure: {fail_workflow: false}`",))
    if key == "on_failure" and word in _STOP:
        return Instead(
            (
                "to fail at once, remove the key: that is what a step without it does",
                'to repair, write a step: `on_failure: {claude: "/mmm-fix-test"}`',
            )
        )
    if isinstance(node, Scalar) and not node.value.strip():
        return Instead((f'write a step below it, such as `claude: "/mmm-fix-test"`, or remove `{key}`',))
    if isinstance(node, Scalar) and re.fullmatch(_NAME_OR_JUMP, node.value):
        return Instead(("write the steps themselves below it: a step is not called by its `id`",))
    if isinstance(node, Scalar) and isinstance(resolve(node), str) and node.style != "literal":
        return _as_step(node)
    return Instead(('write a step: `{claude: "/command"}` or `{shell: "…"}`',))


def _as_step(node: Scalar) -> Instead:
    """For a command where a step belongs: `/mmm-fix-test`, `cargo fmt`, `claude "/mmm-lint"`."""
    named = re.fullmatch(r"(claude|shell)[ =]+(?:\"([^\"]*)\"|'([^']*)'|([^\"'].*))", node.value)
    action = named[1] if named else "claude" if node.value.startswith("/") else "shell"
    text = (named[2] or named[3] or named[4] or "") if named else node.value
    if "\n" in text or len(text) > _SHORT:
        return Instead((f"write the command after `{action}:`, below the key, or a list of steps",))
    step = f"{action}: {_quoted(text)}"
    fix = Fix("make it a step", "unsafe", (Edit(node.span, f"{{{step}}}"),))
    return Instead((f"write `{step}` below it, or a list of steps",), fix)


def _texts(node: Node) -> list[str] | None:
    """The texts of a list; ``None`` where it is none, is empty or holds something else."""
    if not isinstance(node, Sequence):
        return None
    texts = [item.node.value for item in node.items if isinstance(item.node, Scalar)]
    return texts if texts and len(texts) == len(node.items) else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'
