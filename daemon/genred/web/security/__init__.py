"""Who may see the pages, and what a browser may do with them."""
