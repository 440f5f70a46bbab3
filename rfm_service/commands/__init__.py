"""Groups of commands: one file a group; cli.py gathers them."""
