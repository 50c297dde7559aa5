"""The network, politely: client, guard, robots and the schedule of checks."""
