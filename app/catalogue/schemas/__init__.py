"""What clients of the catalogue send and see."""
