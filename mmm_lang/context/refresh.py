"""The door to this room: the context of a work tree, taken as it is where it still holds, else made anew."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from attrs import frozen

from mmm_lang import __version__
from mmm_lang.context.coverage import Found, find_reports
from mmm_lang.context.document import LONGEST, Document
from mmm_lang.context.errors import ContextError
from mmm_lang.context.facts import FACTS_VERSION, Reason
from mmm_lang.context.guides import guides_in
from mmm_lang.context.reading import Read, read_files
from mmm_lang.context.store import read_documents, read_facts, write_documents, write_facts
from mmm_lang.context.tree import Tree, read_content, read_tree
from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository

_MANIFESTS = ("Cargo.toml", "go.mod", "package.json", "pyproject.toml")
_MOST_MANIFEST = 1024 * 1024


@frozen
class Context:
    """The documents by name. ``is_new``: they were made just now; ``anew``: files that had to be read for that."""

    documents: Mapping[str, Document]
    is_new: bool
    anew: int = 0
    seconds: float = 0.0


def refresh(
    repository: Repository,
    *,
    max_age: float,
    force: bool = False,
    save: bool = True,
    clock: Callable[[], float] = time.time,
) -> Context:
    """The context of a work tree.

    What is there is taken if it was made from the very same files and history, and is younger than ``max_age`` seconds.
    Else it is made: known files are not read again, unless ``force``. ``save``: documents and facts are written.
    Raises `ContextError`.
    """
    began = time.monotonic()
    try:
        tree = read_tree(repository.git)
    except GitError as error:
        raise ContextError(f"git cannot list the files of `{repository.root}`: {error}") from None
    paths = frozenset(entry.path for entry in tree.files)
    reports = find_reports(tree.root, paths, (path for path in paths if os.path.basename(path) in _MANIFESTS))
    guides = guides_in(tree.root)
    digest = _digest(tree, reports, guides)
    now = clock()
    if not force and (found := _still_good(tree.root, digest, now, max_age)) is not None:
        return Context(found, is_new=False)
    read = read_files(tree, {} if force else read_facts(repository.common_dir))
    documents = make_documents(repository, tree, read, reports, guides)
    seconds = time.monotonic() - began
    documents["metadata"] = _metadata(tree, read, digest, now, seconds)
    if save:
        write_facts(repository.common_dir, read.store)
        write_documents(tree.root, repository.common_dir, documents)
    return Context(documents, True, read.anew, seconds)


def _digest(tree: Tree, reports: tuple[Found, ...], guides: tuple[str, ...]) -> str:
    """Stands for everything that the documents are made from."""
    digest = hashlib.sha256(f"{__version__} {FACTS_VERSION} {tree.digest}".encode())
    for found in reports:
        digest.update(os.fsencode(found.path) + b"\0" + hashlib.sha256(found.content).digest())
    digest.update("\0".join(guides).encode())
    return digest.hexdigest()


def _still_good(root: str, digest: str, now: float, max_age: float) -> Mapping[str, Document] | None:
    documents = read_documents(root)
    if documents is None or documents["metadata"].get("inputs") != digest:
        return None
    made = documents["metadata"].get("created_at")
    try:
        age = now - datetime.fromisoformat(str(made)).timestamp()
    except ValueError:
        return None
    # a time in the future is that of a clock that was wrong
    return documents if 0 <= age < max_age else None


def make_documents(
    repository: Repository, tree: Tree, read: Read, reports: tuple[Found, ...], guides: tuple[str, ...]
) -> dict[str, Document]:
    """All documents but the metadata: they depend on files and history, and on nothing else."""
    # networkx and all that is built on it is not needed where the context still holds
    from mmm_lang.commands.survey import survey
    from mmm_lang.context.architecture import architecture_document
    from mmm_lang.context.conventions import conventions_document
    from mmm_lang.context.coverage import read_report
    from mmm_lang.context.debt import debt_document
    from mmm_lang.context.dependencies import dependency_document
    from mmm_lang.context.findings import Findings
    from mmm_lang.context.graph import import_graph
    from mmm_lang.context.history import read_history
    from mmm_lang.context.overview import analysis_document
    from mmm_lang.context.resolving import Project
    from mmm_lang.context.test_coverage import coverage_document
    from mmm_lang.context.testing import tested_modules

    def text(path: str) -> str:
        content = read_content(tree.root, path, _MOST_MANIFEST)
        return "" if content is None else content.decode("utf-8-sig", "replace")

    paths = frozenset(entry.path for entry in tree.files)
    facts = dict(sorted(read.facts.items()))
    imports = import_graph(Project(facts, paths, text))
    read_reports = tuple(read_report(found, tree.root, facts) for found in reports)
    findings = Findings(
        project=os.path.basename(tree.root),
        paths=paths,
        facts=facts,
        aside=read.aside,
        imports=imports,
        tested=tested_modules(facts, imports, read_reports),
        reports=read_reports,
        history=read_history(repository.git),
        surveyed=survey(paths, text),
        guides=guides,
    )
    debt = debt_document(findings)
    return {
        "analysis": analysis_document(findings, debt),
        "architecture": architecture_document(findings),
        "conventions": conventions_document(findings),
        "dependency_graph": dependency_document(findings),
        "technical_debt": debt,
        "test_coverage": coverage_document(findings),
    }


def _metadata(tree: Tree, read: Read, digest: str, now: float, seconds: float) -> Document:
    reasons: Counter[Reason] = Counter(read.aside.values())
    return {
        "version": 1,
        "mmm": __version__,
        "created_at": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "seconds": round(seconds, 2),
        "head": tree.head or None,
        "inputs": digest,
        "files": {
            "listed": len(tree.files) + len(tree.aside),
            "code": len(read.facts),
            "read_anew": read.anew,
        },
        "left_out_total": dict(sorted(reasons.items())),
        "left_out": [{"path": path, "reason": reason} for path, reason in list(read.aside.items())[:LONGEST]],
    }
