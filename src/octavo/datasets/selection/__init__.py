"""What is kept of a corpus, and in which split.

signatures.py  what a document is recognised by         clusters.py   near-duplicates put together
splits.py      train, validation and test by cluster    overlap.py    pages shared with another data set
filters.py     which questions stay                     languages.py, personal.py
"""
