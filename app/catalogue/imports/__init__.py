"""Goods in bulk: sheets read with care, mapped by a file, brought in resumably, and written out again."""
