"""Small apps that do the least that a list of goods can cost, to compare ours with."""
