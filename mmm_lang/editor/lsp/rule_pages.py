"""The pages of rules as files, so that an editor can open them from a diagnostic without a network."""

from __future__ import annotations

import os
import tempfile
from functools import cache

from mmm_lang import __version__
from mmm_lang.analysis.registry import all_rules
from mmm_lang.editor.lsp.uris import uri_of


@cache
def page_uri(rule: str) -> str | None:
    """The URI of a rule's page, which is written into the user's cache; ``None`` where there is none, or no cache."""
    page = next((one for one in all_rules() if one.name == rule), None)
    if page is None:
        return None
    folder = os.path.join(_cache_folder(), "mmm", "rules", __version__)
    path = os.path.join(folder, f"{rule}.md")
    try:
        os.makedirs(folder, exist_ok=True)
        _write(path, f"# {page.name} ({page.severity})\n\n{page.page}")
    except OSError:
        return None
    return uri_of(path)


def _cache_folder() -> str:
    return os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")


def _write(path: str, text: str) -> None:
    """Write a file whole: another server may be reading it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=os.path.dirname(path), suffix=".md", delete=False
    ) as file:
        file.write(text)
    os.replace(file.name, path)
