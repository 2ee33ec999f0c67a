"""What we remember: PostgreSQL through SQLAlchemy Core, one query file per noun."""
