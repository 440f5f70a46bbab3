"""Memory: the warehouse, its versions, snapshots and outbox."""
