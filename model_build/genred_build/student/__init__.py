"""The default model: distilled from two large networks, hardened against rooms, calibrated for deployment."""
