"""`map:` and `reduce:` in an editor: hover, completion, outline, names."""

from __future__ import annotations

import pytest

from mmm_lang.editor.completion import completion
from mmm_lang.editor.hover import hover
from mmm_lang.editor.outline import outline
from mmm_lang.editor.rename import rename
from tests.editor.cursor import at_cursor

PLAYBOOK = """\
inputs: {least: {default: "5"}}
map:
  over:
    items:
      - {path: a.py, score: 7}
      - {path: b.py, score: 3}
  filter: ${item.score} >= ${inputs.least}
  setup:
    - shell: make
      id: made
steps:
  - claude: "Look at ${item.path}"
    id: work
reduce:
  - claude: "Sum up ${map.failed}, ${inputs.least}"
    id: sum
"""


def document_of(text):
    return at_cursor(f"{text}‸")[0]


def hovered(word):
    found = hover(document_of(PLAYBOOK), PLAYBOOK.index(word) + 2)
    assert found is not None
    return found.markdown


def offered(text):
    """What is offered at the cursor, without what ends it."""
    document, offset = at_cursor(text)
    return [one.label for one in completion(document, offset)]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("item.path}", "the item of `map:`"),
        ("map.failed", "how many items failed"),
        ('least}"', "default: `5`"),
        ("filter:", "items for which it is false"),
        ("over:", "the items: a glob"),
        ("reduce:", "once after all items"),
    ],
)
def test_hover(word, says):
    assert says in hovered(word)


def test_the_outline_has_every_part():
    symbols = {one.name: [child.name for child in one.children] for one in outline(document_of(PLAYBOOK))}
    assert symbols["map"] == ["made"]
    assert symbols["reduce"] == ["sum"]


def test_keys_and_references_are_offered_where_they_mean_something():
    assert {"over", "filter", "sort_by", "max_items"} <= set(offered("map:\n  ‸\n"))
    assert {"items", "shell", "file"} <= set(offered("map:\n  over:\n    ‸\n"))
    body = PLAYBOOK.replace("${item.path}", "${‸}")
    assert "item}" not in offered(body)
    assert "item" in offered(body)
    assert "map" not in offered(body)
    assert sorted(offered(PLAYBOOK.replace("${item.path}", "${item.‸}"))) == ["path", "score"]
    last = PLAYBOOK.replace("${map.failed}", "${‸}")
    assert "map" in offered(last)
    assert "item" not in offered(last)
    fields = offered(PLAYBOOK.replace("${map.failed}", "${map.‸}"))
    assert {"results", "succeeded", "failed", "total"} == set(fields)


def test_an_input_is_renamed_in_every_part():
    edits = rename(document_of(PLAYBOOK), PLAYBOOK.index("least"), "lowest")
    assert len(edits) == 3
