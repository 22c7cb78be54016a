"""The demo: makers, goods and pictures of our own, loaded through the same services as anybody's."""
