"""The slash commands that mmm brings along: what a repository is made of, and the texts written for it."""
