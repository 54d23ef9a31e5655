"""Where audio comes from. A source opens, gives blocks and titles, and says clearly why it stopped."""
