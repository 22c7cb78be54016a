"""Shapes that clients set and see."""
