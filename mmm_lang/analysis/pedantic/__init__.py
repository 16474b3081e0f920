"""Rules that are off unless `--pedantic` or the configuration asks for them: one file a rule."""
