"""The airplay log as an output: events in, rows out, written by a thread of its own."""
