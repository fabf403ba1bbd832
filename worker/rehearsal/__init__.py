"""Real servers on loopback for the demo, rehearsals and tests."""
