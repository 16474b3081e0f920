"""Pages of the rules that the reader of the text raises itself; see ``analysis.registry``."""
