"""Everything that touches the world, in the order of the road: intake, store, schedule, deliver."""
