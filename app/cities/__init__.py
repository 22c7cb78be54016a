"""Partner cities and what is claimed about their ties with Bandung."""
