"""A Spark cluster by Spark Connect: the session of this process, and what is done on the workers."""
