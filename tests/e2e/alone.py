"""Run a program in a network of its own, where there is nothing but loopback: no packet of it can go anywhere.

Started as a program of its own: it opens the socket on which the test's API will listen, hands it over to the test
through a Unix socket, tells the program its address in the environment, and becomes that program. Where the system does
not let it make a network (macOS; Linux without user namespaces), it goes on in the network of everybody, and says so.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def main() -> None:
    """``alone.py PATH PROGRAM …``: PATH is the Unix socket on which the test waits."""
    path, *argv = sys.argv[1:]
    alone = unshare()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as test:
        test.connect(path)
        socket.send_fds(test, [b"alone" if alone else b"among others"], [listener.fileno()])
        test.recv(1)  # the test listens now
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), here)
    os.environ.update(proxies, ANTHROPIC_BASE_URL=here, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    os.execvp(argv[0], argv)


def unshare() -> bool:
    """Leave the network of everybody; whether that was possible."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(_NEW_NETWORK) != 0:  # which root may
        if libc.unshare(_NEW_NETWORK | _NEW_USER) != 0:
            return False
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(probe, _GET_FLAGS, asked), 16)
        fcntl.ioctl(probe, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))
    return True


if __name__ == "__main__":
    main()
