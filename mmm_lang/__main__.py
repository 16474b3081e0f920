"""``python -m mmm_lang`` is the command ``mmm``."""

import sys

from mmm_lang.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
