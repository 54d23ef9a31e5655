"""The types of the configuration's values: each reads, checks, masks and shows the values of its kind."""
