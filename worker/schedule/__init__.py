"""Time in the worker: which slots are due (cron, planner) and what wakes the loop (heartbeat)."""
