"""The medal (regulation 003): directions, journals, mentors, how far the norms of a level are fulfilled, and what each
role is told of it."""
