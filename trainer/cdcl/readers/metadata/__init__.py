"""What was in the wells: plate maps, batches."""
