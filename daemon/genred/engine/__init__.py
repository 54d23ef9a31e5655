"""Few threads for many stations: fibers that give their thread back while they wait, and the workers that run them."""
