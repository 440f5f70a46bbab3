"""`make bench`: figures beside peers in the same run; never timed tests."""
