"""Loops in the editor: what `${item}` means, what can follow it, the keys of a loop, and the outline."""

from __future__ import annotations

import pytest

from mmm_lang.editor.completion import completion
from mmm_lang.editor.hover import hover
from mmm_lang.editor.outline import outline
from tests.editor.cursor import at_cursor, document

WRITTEN = "- foreach: [{path: a, on: {os: x}}, {path: b, on: {os: y}}]\n  do:\n"


def offered(text: str) -> list[str]:
    found, offset = at_cursor(text)
    return [one.label for one in completion(found, offset)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            WRITTEN + "    - claude: x ${it‸em.path}\n",
            [
                "**`item.path`** the item of the loop on line 1",
                "loop over 2 items",
                "type: one of a few words: `a`, `b`",
            ],
        ),
        ("- foreach: [1, 2]\n  do: {shell: 'echo ${item‸}'}\n", ["**`item`**", "type: a number"]),
        ("- for‸each: [a]\n  do: {shell: x}\n", ["`do` runs once for every item", "a reference to a list"]),
        (
            "- foreach: {shell: x, js‸on: $.a}\n  max_items: 3\n  do: {shell: x}\n",
            ["in `foreach`: where the items are"],
        ),
        (
            "- foreach: [a]\n  id: l\n  do: {shell: x}\n- shell: echo ${l.it‸ems}\n",
            ["how many items the loop had"],
        ),
    ],
)
def test_hover(text: str, parts: list[str]) -> None:
    found, offset = at_cursor(text)
    page = hover(found, offset)
    assert page is not None
    for part in parts:
        assert part in page.markdown


def test_the_item_and_its_names_are_offered_inside_alone() -> None:
    assert "item" in offered(WRITTEN + "    - claude: x ${‸}\n")
    assert offered(WRITTEN + "    - claude: x ${item.‸}\n")[:2] == ["path", "on"]
    assert offered(WRITTEN + "    - claude: x ${item.on.‸}\n") == ["os"]
    assert offered(WRITTEN + "    - claude: x ${item.path.‸}\n") == []
    assert "item" not in offered(WRITTEN + "    - claude: x\n- claude: ${‸}\n")


def test_steps_are_offered_where_the_list_is_written() -> None:
    assert "list" in offered("- shell: x\n  id: list\n- foreach: ${‸}\n  max_items: 3\n  do: {shell: x}\n")


def test_the_keys_of_a_loop_are_offered() -> None:
    beside = offered("- foreach: [a]\n  ‸\n")
    assert {"do", "max_items", "when", "on_failure"} <= set(beside)
    assert not {"timeout", "args", "steps"} & set(beside)
    assert set(offered("- foreach: {‸}\n")) == {"shell", "json", "timeout"}
    assert "claude" in offered("- foreach: [a]\n  do:\n    - ‸\n")


def test_the_outline_has_what_is_inside() -> None:
    [loop] = outline(
        document("- foreach: {shell: ls}\n  max_items: 3\n  id: l\n  do: [{shell: a}, {claude: b}]\n")
    )
    assert (loop.name, loop.detail, loop.kind) == ("l", "ls", "group")
    assert [(one.name, one.kind) for one in loop.children] == [
        ("ls", "shell"),
        ("a", "shell"),
        ("b", "agent"),
    ]
