"""Whether a disk is full: git does not always say so, and never in a way that can be told from its words alone."""

from __future__ import annotations

import errno
import os

_ROOM = 64 * 1024
"""Bytes with which git gets nowhere: an index, an object and a reference, each under a temporary name first."""


def is_full(place: str, said: str = "") -> bool:
    """Whether the disk of ``place`` has no room, or a program that failed there ``said`` so."""
    if os.strerror(errno.ENOSPC).lower() in said.lower():
        return True
    try:
        disk = os.statvfs(place)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _ROOM or (disk.f_files > 0 and disk.f_favail == 0)
