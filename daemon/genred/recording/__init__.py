"""The sound itself: what the sources give, kept for a while in files that survive a crash, and cut out."""
