"""A demonstration that needs nothing but genred: a programme that it synthesises itself."""
