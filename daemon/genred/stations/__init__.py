"""Stations: each joins a source with the pure middle and says what it means; the supervisor runs them all."""
