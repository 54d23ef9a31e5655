"""What people install: wheel, Debian package, container, app of Home Assistant."""
