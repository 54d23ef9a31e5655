"""What the pages cost: memory, processor and time, measured."""
