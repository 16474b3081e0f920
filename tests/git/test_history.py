"""Commits and their trailers, what was pushed, and refs that keep work."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.git.errors import GitError, RefExists
from mmm_lang.git.trailers import message_with_trailers


def test_commits_come_oldest_first_with_their_trailers(tree):
    base = tree.git("rev-parse", "HEAD")
    one = tree.commit("one: subject\n\nbody: text\n\nMmm-Step: a\nMmm-Step: b\nSigned-off-by: Ada <a@b>")
    two = tree.commit("two")
    first, second = tree.repository.commits_between(base, two)
    assert (first.sha, first.subject) == (one, "one: subject")
    assert first.trailers == (("Mmm-Step", "a"), ("Mmm-Step", "b"), ("Signed-off-by", "Ada <a@b>"))
    assert (first.trailer("mmm-step"), first.trailer("Mmm-Session")) == ("b", None)
    assert (second.sha, second.subject, second.trailers) == (two, "two", ())
    assert tree.repository.commits_between(two, two) == ()


def test_settings_for_people_do_not_disturb_the_reading(tree):
    for name in ("log.showSignature", "log.decorate", "log.showRoot", "log.mailmap"):
        tree.git("config", name, "true")
    tree.git("config", "color.ui", "always")
    tree.git("config", "i18n.logOutputEncoding", "latin-1")
    base = tree.git("rev-parse", "HEAD")
    tip = tree.commit("Füße\n\nMmm-Step: ü")
    (made,) = tree.repository.commits_between(base, tip)
    assert (made.subject, made.trailers) == ("Füße", (("Mmm-Step", "ü"),))


def test_ancestors(tree):
    base = tree.git("rev-parse", "HEAD")
    tip = tree.commit("one")
    assert tree.repository.is_ancestor(base, tip)
    assert tree.repository.is_ancestor(tip, tip)
    assert not tree.repository.is_ancestor(tip, base)
    with pytest.raises(GitError, match="cannot compare"):
        tree.repository.is_ancestor("1" * 40, tip)


def test_a_commit_that_is_gone_is_told(tree):
    with pytest.raises(GitError, match="`git log` failed in"):
        tree.repository.commits_between("1" * 40, "HEAD")


def test_pushed(tree, tmp_path):
    tree.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    tree.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    base = tree.git("rev-parse", "HEAD")
    one = tree.commit("one")
    assert not tree.repository.pushed(base, one)
    tree.git("push", "-q", "origin", "main")
    two = tree.commit("two")
    assert tree.repository.pushed(base, one)
    assert tree.repository.pushed(base, two)
    assert not tree.repository.pushed(one, two)
    assert not tree.repository.pushed(two, two)


def test_a_rescue_keeps_everything_and_is_never_overwritten(tree):
    taken = tree.repository.snapshot(tree.index)
    ref = "refs/mmm/rescue/20240216-1/1"
    kept = tree.repository.rescue(ref, taken, "set aside\n")
    assert tree.git("rev-parse", ref, f"{ref}^{{tree}}", f"{ref}^").split() == [kept, taken.tree, taken.head]
    assert tree.git("show", f"{ref}:notes.txt") == "mine"
    tree.write("notes.txt", "later\n")
    with pytest.raises(RefExists, match="keeps other work already"):
        tree.repository.rescue(ref, tree.repository.snapshot(tree.index), "again\n")
    assert tree.git("rev-parse", ref) == kept
    (listed,) = tree.repository.list_rescues()
    assert (listed.ref, listed.sha, listed.subject) == (ref, kept, "set aside")
    assert listed.at == 1708084800


def test_a_rescue_works_where_a_step_broke_identity_and_signing(tree):
    for name in ("user.name", "user.email"):
        tree.git("config", "--unset", name)
    tree.git("config", "commit.gpgSign", "true")
    tree.git("config", "gpg.program", "false")
    taken = tree.repository.snapshot(tree.index)
    tree.repository.rescue("refs/mmm/rescue/s/1", taken, "kept")
    assert tree.git("log", "-1", "--format=%an <%ae>", "refs/mmm/rescue/s/1") == "mmm <mmm@localhost>"


def test_a_rescue_has_its_place(tree):
    taken = tree.repository.snapshot(tree.index)
    with pytest.raises(ValueError, match="refs/mmm/rescue/"):
        tree.repository.rescue("refs/heads/main", taken, "no")
    with pytest.raises(GitError, match="cannot be made"):
        tree.repository.rescue("refs/mmm/rescue/not..good", taken, "no")
    assert tree.repository.list_rescues() == ()


def test_a_held_snapshot_outlives_garbage_collection(tree):
    taken = tree.repository.snapshot(tree.index)
    tree.repository.hold("refs/mmm/base/s", evolve(taken))
    tree.repository.hold("refs/mmm/base/s", taken)
    state = tree.state()
    tree.write("notes.txt", "x")
    tree.repository.snapshot(tree.index)
    tree.git("gc", "-q", "--prune=now")
    tree.repository.restore(taken, tree.index)
    assert tree.state() == state
    tree.repository.release("refs/mmm/base/s")
    tree.repository.release("refs/mmm/base/s")
    assert tree.git("for-each-ref", "refs/mmm") == ""


def test_trailers_join_those_that_are_there():
    assert (
        message_with_trailers("fix\n\nbody\n\nRefs: 1\n  more\n", {"Mmm-Step": "a\nb"})
        == "fix\n\nbody\n\nRefs: 1\n  more\nMmm-Step: a b\n"
    )
    assert message_with_trailers("fix: it", {"A": "1"}) == "fix: it\n\nA: 1\n"
    assert message_with_trailers("fix", {}) == "fix\n"


@pytest.mark.parametrize(("text", "key"), [(" \n", "A"), ("fix", "no good"), ("fix", ""), ("fix", "a:b")])
def test_messages_that_cannot_be(text, key):
    with pytest.raises(ValueError, match=r"subject|trailer"):
        message_with_trailers(text, {key: "1"})


@given(
    st.text(),
    st.dictionaries(st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,8}\Z"), st.text(max_size=20), min_size=1),
)
def test_a_message_always_ends_with_its_trailers_one_a_line(text, trailers):
    if not text.replace("\0", "").strip():
        return
    message = message_with_trailers(text, trailers)
    assert "\0" not in message
    last = message.removesuffix("\n").split("\n")[-len(trailers) :]
    assert [line.partition(":")[0] for line in last if ":" in line][: len(trailers)] == list(trailers)
