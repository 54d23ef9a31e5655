"""The day of a station, as its page shows it."""
