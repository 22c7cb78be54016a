"""What makers and officials do with goods, one function per thing a person can do.

``reference`` loads the category tree, ``products`` changes goods and their words, prices and variants, ``pictures``
takes and arranges photos, ``review`` decides what becomes public.
"""

from app.businesses.service import CHANGED
from app.catalogue import index

if index.reindex_business not in CHANGED:
    # A maker's name, place and standing stand on the listings of her goods.
    CHANGED.append(index.reindex_business)
