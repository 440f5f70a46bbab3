"""What turns facts into summaries: one file is one engine, its name the `kind` in the settings."""
