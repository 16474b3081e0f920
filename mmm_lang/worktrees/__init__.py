"""Work trees of sessions: made for one, merged back, removed."""
