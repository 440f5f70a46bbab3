"""How the warehouse grew: Alembic migrations."""
