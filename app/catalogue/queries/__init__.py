"""Reading the catalogue: lists and search, single products, the reference tree."""
