"""Setting genred up: asking, testing what was answered, writing it down."""
