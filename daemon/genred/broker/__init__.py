"""The broker as the configuration names it: its address, how it is reached, and genred's topics."""
