"""What a bundle answers through the analyzer of the daemon, and what the answers are worth."""
