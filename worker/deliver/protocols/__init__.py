"""The protocol of a stage: what it tells, how senders are called in public, its files."""
