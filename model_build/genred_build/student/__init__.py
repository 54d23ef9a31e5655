"""The default model: distilled from two large taggers, hardened against rooms, calibrated for deployment."""
