"""The pure middle: float32 samples in, estimates out, with no input or output of its own."""
