"""Archives: recordings read once, by many, into one log."""
