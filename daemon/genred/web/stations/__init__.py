"""The page on which stations are added, changed and removed, in the configuration itself."""
