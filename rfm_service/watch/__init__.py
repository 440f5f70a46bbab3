"""What the daemon watches with: what is due, children, its orders, systemd, clocks that jump."""
