"""The soak: many stations and a programme of random faults, for minutes or days. Not a test; `scripts/soak` runs it."""
