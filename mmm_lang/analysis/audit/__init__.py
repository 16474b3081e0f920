"""Rules that are off unless `--audit` or the configuration asks for them: one file a rule."""
