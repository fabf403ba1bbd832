"""What leaves the worker: signed files, diplomas, mail."""
