"""Sale lines as files for a cluster: one file a day, replaced whole when the day is corrected."""
