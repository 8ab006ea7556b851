"""Run by alembic: hands it the connection that `upgrade` opened."""

from alembic import context

from vxpipe.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
