"""The keeper: the small process, one a session, under which everything else runs.

``client.Keeper`` starts it as ``python -I -S keeper.py MARK GRACE`` with a pipe for orders and a pipe for reports. It
outlives mmm, so that a paid call in flight ends in peace and its end is on record. Without site-packages: it starts
in a few milliseconds, and nothing that anybody installs can break it. The work is done in ``keep``; this file is
only the way in, so that Python finds those modules compiled.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # At the end of the path: where mmm is installed, its neighbours must not hide the standard library.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    from mmm_lang.process.keep.loop import main

    main(sys.argv[1], float(sys.argv[2]))
