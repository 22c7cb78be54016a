"""Reading: ``facts`` as plain data for the rules, ``reference`` facts, ``certificates`` and ``applications``."""
