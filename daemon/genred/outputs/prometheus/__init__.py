"""Prometheus: a page of metrics."""
