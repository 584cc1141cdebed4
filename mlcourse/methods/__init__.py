"""Methods of meta-learning, and the plain ones to hold them against, one a file; none knows another."""
