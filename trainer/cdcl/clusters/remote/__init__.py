"""A run on a cluster, submitted and followed from here over ssh: the system's client, the user's own keys."""
