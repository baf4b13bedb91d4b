"""Stand-ins for the outside systems, for demos, tests and benches. Imports nothing of the other packages."""
