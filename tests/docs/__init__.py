"""What the pages under docs/ say is so."""
