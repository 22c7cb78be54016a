"""What makers and officials do with goods, one function per thing a person can do.

``reference`` loads the category tree, ``products`` changes goods and their words, prices and variants, ``pictures``
takes and arranges photos, ``review`` decides what becomes public.
"""
