"""Benchmarks: genred beside its peers and beside the bare kernels, in the same run. None of them is a test."""
