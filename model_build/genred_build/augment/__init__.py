"""Degradations and augmentations of recordings, spectra and features."""
