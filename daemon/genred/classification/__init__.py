"""A file's genres: its windows, each label's share of them, and a timeline; in constant memory."""
