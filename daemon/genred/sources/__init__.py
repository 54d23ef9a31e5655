"""Where audio comes from. A source opens, gives blocks and titles, and says clearly why it stopped."""

from genred.sources.opening import open_source

__all__ = ["open_source"]
