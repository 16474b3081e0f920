"""A work tree and its repository in memory: a tiny git, as much of one as a session asks for.

Contents by path, commits with one parent, branches, refs. Trees are named by what they hold, commits by their number too,
so that no two are one and the same session gives the same names. Folders alone are real, below ``root``: `cwd:` looks
for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1

from attrs import define, field, frozen

from mmm_lang.analysis.configuration.patterns import fits
from mmm_lang.git.contents import Written
from mmm_lang.runtime.events import Base
from mmm_lang.runtime.world import Kept

Contents = Mapping[str, str]
Changes = Mapping[str, str | None]
"""New contents by path; ``None`` deletes."""

BRANCH = "main"


@frozen
class Commit:
    """``parent`` is ``None`` for the first."""

    tree: str
    parent: str | None
    message: str


@define
class MemoryTree:
    """A `runtime.world.WorkTree` in memory. ``root`` is a folder for nothing but folders.

    ``heads`` are the commits of branches, ``refs`` what keeps work that was set aside, ``detached`` is ``HEAD`` where
    ``branch`` is ``None``.
    """

    root: str
    files: dict[str, str] = field(factory=dict)
    branch: str | None = BRANCH
    heads: dict[str, str] = field(factory=dict)
    detached: str = ""
    refs: dict[str, str] = field(factory=dict)
    _trees: dict[str, Contents] = field(factory=dict)
    _commits: dict[str, Commit] = field(factory=dict)

    @classmethod
    def with_files(cls, root: str, files: Changes) -> MemoryTree:
        """A repository with one commit of these files on ``main``."""
        tree = cls(root)
        tree.change(files)
        tree._commit_on(None, tree.files, "start")
        return tree

    # --- what the runtime asks for ---

    def snapshot(self) -> Base:
        return Base(self.head, self._tree(self.seen()), self.branch)

    def changed(self, before: str, after: str, globs: Sequence[str] = ()) -> tuple[str, ...]:
        old, new = self.contents(before), self.contents(after)
        paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
        return tuple(path for path in paths if not globs or any(_fits(one, path) for one in globs))

    def present(self, before: str, after: str, globs: Sequence[str]) -> tuple[str, ...]:
        there = self.contents(after)
        return tuple(path for path in self.changed(before, after, globs) if path in there)

    def mixed(self, tree: str, source: str, paths: Sequence[str]) -> str:
        wanted, found = dict(self.contents(tree)), self.contents(source)
        apply(wanted, {path: found.get(path) for path in paths})
        return self._tree(wanted)

    def commits(self, base: str, tip: str) -> tuple[str, ...]:
        known = set(self.history(base))
        return tuple(reversed([one for one in self.history(tip) if one not in known]))

    def descends(self, tip: str, base: str) -> bool:
        return base in self.history(tip)

    def pushed(self, base: str, tip: str) -> bool:
        return False

    def written(self, before: str, after: str, suspect: Callable[[bytes], bool]) -> tuple[Written, ...]:
        old, new = self.contents(before), self.contents(after)
        changed = (
            (path, _bytes(old.get(path, "")), _bytes(new[path])) for path in self.present(before, after, ())
        )
        return tuple(Written(*one) for one in changed if suspect(one[2]))

    def written_by(
        self, commits: Sequence[str], base: str, suspect: Callable[[bytes], bool]
    ) -> tuple[Written, ...]:
        found: list[Written] = []
        for before, after in zip((base, *commits), commits, strict=False):
            found += self.written(before, after, suspect)
            message = _bytes(self._commits[after].message)
            found += [Written(None, b"", message)] if suspect(message) else []
        return tuple(found)

    def commit(self, paths: Sequence[str], message: str) -> str:
        content = dict(self.contents(self.head))
        apply(content, {path: self.files.get(path) for path in paths})
        return self.head if content == self.contents(self.head) else self._commit(content, message)

    def under_way(self) -> str | None:
        return None

    def keep(self, ref: str, work: Base, message: str) -> None:
        self.refs[ref] = self._object(Commit(work.tree, work.head, message))

    def kept(self, ref: str) -> Kept | None:
        if ref not in self.refs:
            return None
        commit = self._commits[self.refs[ref]]
        return Kept(commit.parent or "", commit.tree, commit.message)

    def carries(self, base: str, tip: str, trailers: Mapping[str, str]) -> bool:
        wanted = {f"{name}: {value}" for name, value in trailers.items()}
        return any(wanted <= set(self._commits[one].message.splitlines()) for one in self.commits(base, tip))

    def settle(self, before: str, after: str) -> None:
        """A commit in memory is all done when it is made."""

    def hold(self, work: Base, what: str) -> None:
        """Nothing is ever collected."""

    def clear_locks(self, since: float, until: float) -> None:
        """There are none."""

    def restore(self, to: Base) -> None:
        self.files = dict(self.contents(to.tree))
        self.branch = to.branch
        self._point(to.head)

    def exists(self, path: str) -> bool:
        inside = path.removeprefix(f"{self.root}/")
        return inside in self.files if inside != path else os.path.lexists(path)

    def break_off(self) -> None:
        """Nothing takes its time here."""

    # --- what programs do ---

    def change(self, changes: Changes) -> None:
        """Write and delete files."""
        apply(self.files, changes)
        for path, text in changes.items():
            if text is not None and "/" in path:
                os.makedirs(os.path.join(self.root, os.path.dirname(path)), exist_ok=True)

    def commit_own(self, changes: Changes, message: str) -> None:
        """Change files and commit just these, or nothing where there are none."""
        self.change(changes)
        content = dict(self.contents(self.head))
        apply(content, changes)
        self._commit(content, message)

    def leave_branch(self) -> None:
        """Detach HEAD, as no step may."""
        head, self.branch = self.head, None
        self._point(head)

    # --- what is there ---

    @property
    def head(self) -> str:
        return self.detached if self.branch is None else self.heads[self.branch]

    def contents(self, name: str) -> Contents:
        """Contents by path of a tree or commit."""
        return self._trees[self._commits[name].tree if name in self._commits else name]

    def history(self, tip: str) -> list[str]:
        """A commit and all before it, the latest first."""
        found = []
        at: str | None = tip
        while at is not None:
            found.append(at)
            at = self._commits[at].parent
        return found

    def seen(self) -> Contents:
        """What lies in the work tree and is git's affair."""
        return self.files

    def subjects(self, base: str) -> tuple[str, ...]:
        """First lines of the messages of the commits since ``base``, oldest first."""
        return tuple(self._commits[one].message.split("\n")[0] for one in self.commits(base, self.head))

    # --- inside ---

    def _tree(self, contents: Contents) -> str:
        name = _name("tree", sorted(contents.items()))
        self._trees[name] = dict(contents)
        return name

    def _object(self, commit: Commit) -> str:
        name = _name("commit", (commit.tree, commit.parent, commit.message, len(self._commits)))
        self._commits[name] = commit
        return name

    def _commit(self, contents: Contents, message: str) -> str:
        return self._commit_on(self.head, contents, message)

    def _commit_on(self, parent: str | None, contents: Contents, message: str) -> str:
        made = self._object(Commit(self._tree(contents), parent, message))
        self._point(made)
        return made

    def _point(self, commit: str) -> None:
        if self.branch is None:
            self.detached = commit
        else:
            self.heads[self.branch] = commit


def apply(files: dict[str, str], changes: Changes) -> None:
    """Make the changes in ``files``."""
    for path, text in changes.items():
        if text is None:
            files.pop(path, None)
        else:
            files[path] = text


def _fits(glob: str, path: str) -> bool:
    """As `git.changes.pathspec` means it."""
    folder = glob.endswith("/")
    anchored = "/" in glob.rstrip("/")
    core = glob.strip("/") + ("/**" if folder else "")
    return fits(core if anchored else f"**/{core}", path)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _name(kind: str, content: object) -> str:
    return sha1(repr((kind, content)).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
