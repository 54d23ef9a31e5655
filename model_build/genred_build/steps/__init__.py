"""The steps of a build: each reads what the one before left, and leaves what the next needs."""
