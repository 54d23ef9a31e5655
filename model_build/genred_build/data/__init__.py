"""Audio files, their labels and features, and how they are split."""
