"""The daemon as a whole: stations started, watched, reloaded and ended, and what systemd is told of them."""
