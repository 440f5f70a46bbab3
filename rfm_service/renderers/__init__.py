"""What makes report files of findings: one file, one plug."""
