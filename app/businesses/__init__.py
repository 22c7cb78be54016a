"""Makers: their profile, licences, trademarks and verification."""
