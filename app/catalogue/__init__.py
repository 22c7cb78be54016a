"""Goods of the makers: categories, products, prices, pictures, translations and search."""
