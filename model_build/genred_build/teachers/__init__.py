"""What larger networks know: embeddings, soft labels, and a linear head on them."""
