"""Alerts: who is told of which faults, through Apprise."""
