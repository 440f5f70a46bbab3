"""What people put into the folder inbox/: filled lists and files of marks, read into contacts and moved away."""
