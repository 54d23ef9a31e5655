"""An archive of recordings, read into the airplay log: each file once, on one machine or many."""
