"""What defines a training: labels, recipes, the record of a run, and where each step leaves its files."""
