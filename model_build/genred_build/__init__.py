"""What makes a model bundle: datasets, splits, training, quantization and an honest evaluation."""
