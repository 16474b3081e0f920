"""URIs of files and the paths that they name."""

from __future__ import annotations

import os

from pygls.uris import from_fs_path, to_fs_path


def path_of(uri: str) -> str | None:
    """The absolute path of a file; ``None`` for what is no file on this machine, such as a new buffer."""
    path = to_fs_path(uri)
    return os.path.abspath(path) if path else None


def uri_of(path: str) -> str:
    """The URI of a file."""
    absolute = os.path.abspath(path)
    return from_fs_path(absolute) or f"file://{absolute}"
