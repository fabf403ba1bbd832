"""What a regulation decides: tables in, verdicts out.

Nothing in this package reads a clock, a disk, a network, a database or a source of randomness.
"""
