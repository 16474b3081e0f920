"""Git, driven for real in throw-away repositories."""
