"""Who is paired with whom, which crops are cut, and how batches reach the device."""
