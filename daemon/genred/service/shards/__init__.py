"""Stations in processes of their own, so that they use all cores and a crash costs few of them anything."""
