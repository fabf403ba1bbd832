"""The database: tables, migrations, and one module of queries for each part of the road."""
