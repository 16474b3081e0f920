"""Random playbooks of the older dialect ``mode: mapreduce``, as plain values and as texts in some style."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.formatting.noise import Noise
from tests.support.generate import playbook_trees

FILTERS = (
    "score >= 5", "item.score.final < 2.5 AND kind in ['lint', \"test\"]", "path matches '\\.rs$' && has_issues == true",
    "tags[0] = high || !(priority > 5)", "${item.score} >= 5",
)  # fmt: skip
SORTS = ("priority", "item.score.final DESC", "a asc, item.b[0] DESCENDING NULLS LAST", "-item.score")
INPUTS = (
    ("items.json", "$.items[*]"), ("items.json", None), ("${WORK}/items.json", "$[*]"), ("files.txt", None),
    ("find . -name '*.rs' | head -20", None), ("jq '.a' x.json\ncat y.json\n", "$[*]"), (["a", "b"], None),
)  # fmt: skip
BOUNDS = (
    {"agent_timeout_secs": 300}, {"timeout_per_agent": "600s"}, {"timeout_per_agent": "90"},
    {"timeout_config": {"agent_timeout_secs": 60, "timeout_policy": "per_agent"}},
)  # fmt: skip
POLICIES = (
    {"error_policy": {"on_item_failure": "dlq", "continue_on_failure": True, "max_failures": 2}},
    {"error_policy": {"on_item_failure": "stop", "error_collection": "aggregate"}},
    {"on_item_failure": "skip", "continue_on_failure": False}, {"error_policy": {"circuit_breaker": {"timeout": 60}}},
    {"max_failures": 1}, {"on_item_failure": "retry"},
)  # fmt: skip
ENVS = (
    {"env": {"WORK": ".work", "LANES": "4"}}, {"env": {"PROJECT": "Tern", "LANES": "2"}}, {"env": {"PROJECT": "x"}},
    {"env": {"TOKEN": {"secret": True, "value": "${FORGE_TOKEN}"}, "PROJECT": "a b", "WORK": "w"}},
    {"secrets": {"TOKEN": {"provider": "env", "key": "FORGE_TOKEN"}, "OTHER": "${env:OTHER}"}},
    {"env": {"WORK": "x"}, "secrets": {"TOKEN": "$FORGE_TOKEN"}},
)  # fmt: skip
OF_ITEM = (
    {"claude": "/mmm-debug '${item}' --tag ${item.tags[0]} --total ${item_total}"}, {"shell": "wc -l ${item.path}"},
    {"claude": "/mmm-coverage --project $PROJECT", "commit_required": False},
)  # fmt: skip
OF_LINE = ({"shell": "wc -l ${item}"}, OF_ITEM[2])
OF_ALL = (
    {"shell": "echo ${map.successful}/${map.total}"}, {"claude": "/mmm-lint ${map.results_json}"},
    {"shell": "echo \"${map.results}\"", "on_failure": {"claude": "/mmm-debug ${map.failed}", "max_attempts": 2}},
)  # fmt: skip


def steps_of(tree):
    return tree if isinstance(tree, list) else tree.get("steps", tree.get("commands"))


@st.composite
def older_map_trees(draw):
    """A playbook of the dialect whose meaning can be kept, as plain values."""

    def maybe(values):
        return draw(st.sampled_from((None, *values)))

    def phase(steps):
        form = draw(st.integers(0, 3))
        wrapped = {"commands": steps, "timeout": 600} if form == 3 else {"commands": steps}
        return steps if form < 2 else wrapped

    source, path = draw(st.sampled_from(INPUTS))
    has_fields = path is not None or source == "items.json"
    inner = {"input": source} | ({} if path is None else {"json_path": path})
    steps = [
        *steps_of(draw(playbook_trees().filter(has_no_input))),
        draw(st.sampled_from(OF_ITEM if has_fields else OF_LINE)),
    ]
    inner["agent_template"] = phase(steps)
    for name, values in (
        ("max_parallel", (5, "4", "${LANES}")), ("filter", FILTERS), ("sort_by", SORTS), ("max_items", (10, "3")),
        ("retry_on_failure", (1,)), ("offset", (0,)),
    ):  # fmt: skip
        value = maybe(values)
        if value is not None and (has_fields or name not in ("filter", "sort_by")):
            inner[name] = value
    inner |= maybe(BOUNDS) or {}
    tree = {"name": "older", "mode": "mapreduce", **(maybe(ENVS) or {})}
    if "LANES" not in tree.get("env", {}) and inner.get("max_parallel") == "${LANES}":
        del inner["max_parallel"]
    if "PROJECT" not in tree.get("env", {}) and steps[-1] == OF_ITEM[2]:
        steps.pop()
    if draw(st.booleans()):
        tree["setup"] = phase([{"shell": "mkdir -p work"}, {"shell": "make items"}])
    tree["map"] = inner
    for name, steps in (("reduce", OF_ALL), ("merge", ({"shell": "make"}, {"shell": "make lint"}))):
        if draw(st.booleans()):
            tree[name] = phase(draw(st.lists(st.sampled_from(steps), min_size=1, max_size=2)))
    return tree | (maybe(POLICIES) or {})


def has_no_input(tree):
    return isinstance(tree, list) or "inputs" not in tree


@st.composite
def older_maps(draw):
    """The same written in some style, and the text's comments."""
    tree = draw(older_map_trees())
    noise = Noise(draw, shuffled=draw(st.booleans()))
    return tree, noise.text(tree), tuple(noise.comments)


_TEXTS = st.sampled_from(
    ("", "a", "a.json", "${X}/a.json", "$[*]", "score >= 5", "a DESC, b", "${map.successful}", "5", "600s", "'", "item.",
     "contains(a", "!(", "$FORGE", "dlq", "stop", "/x-merge-worktree ${merge.source_branch}")
)  # fmt: skip
INNER_KEYS = (
    "commands", "shell", "claude", "timeout", "secret", "value", "provider", "key", "max_failures", "on_item_failure",
    "agent_timeout_secs", "A", "B",
)  # fmt: skip
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 700), _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(INNER_KEYS),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)  # fmt: skip


@st.composite
def wild_older_maps(draw):
    """YAML with the keys of the dialect, and anything for values."""
    keys = (
        "input", "json_path", "agent_template", "max_parallel", "max_items", "filter", "sort_by", "timeout_per_agent",
        "timeout_config", "offset", "distinct", "max_retries", "setup", "limits", "fail_fast", "over", "parallel",
    )  # fmt: skip
    inner = draw(st.one_of(st.dictionaries(st.sampled_from(keys), _VALUES, max_size=6), _VALUES))
    header = (
        "name", "setup", "reduce", "merge", "error_policy", "on_item_failure", "env", "secrets", "inputs", "profiles",
        "steps", "commands", "continue_on_failure",
    )  # fmt: skip
    tree = draw(st.dictionaries(st.sampled_from(header), _VALUES, max_size=5))
    if draw(st.integers(0, 5)):
        tree["map"] = inner
    if draw(st.integers(0, 5)):
        tree["mode"] = draw(st.sampled_from(("mapreduce", "MapReduce", "other")))
    return Noise(draw, shuffled=True).text(tree) if tree else "mode: mapreduce\n"
