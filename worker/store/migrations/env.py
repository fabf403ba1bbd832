"""Alembic's entry: migrations run on the connection the worker opened, inside its transaction."""

from alembic import context

from worker.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
