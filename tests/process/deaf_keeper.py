"""A keeper that no signal wakes: the byte that each should write never arrives. Started as the real one is."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    from mmm_lang.process.keep import loop

    hear = loop._signal_pipe

    def deaf():
        pipe = hear()
        signal.set_wakeup_fd(-1)
        return pipe

    loop._signal_pipe = deaf
    loop.main(sys.argv[1], float(sys.argv[2]))
