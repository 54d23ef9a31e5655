"""Networks, and how their weights are fitted."""
