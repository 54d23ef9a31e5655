"""Internet streams: playlists, ICY, Ogg, HLS."""
