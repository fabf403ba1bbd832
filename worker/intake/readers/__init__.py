"""One reader a format; `read` looks at the bytes and chooses."""

from worker.intake.readers.choice import read

__all__ = ["read"]
