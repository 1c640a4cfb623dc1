"""The three services. They meet only in streams and in the stores; none imports another."""
