"""Runs migrations on the engine that `suite.migrate` hands over."""

from alembic import context

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    # Each migration commits by itself: MariaDB commits every CREATE anyway, and so a killed one leaves the same state.
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
