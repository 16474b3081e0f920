"""What mmm knows about a project: languages, modules and their imports, hot spots, debt, tests (spec/context.md)."""
