"""The rules of ``mmm check``: one a file, named after it; see ``analysis.registry``."""
