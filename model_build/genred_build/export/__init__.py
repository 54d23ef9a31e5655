"""From a trained network to a quantized bundle with its card."""
