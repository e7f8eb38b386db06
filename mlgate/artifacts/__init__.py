"""What a run reads: work trees, data sets and models."""
