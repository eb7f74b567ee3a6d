"""Keys and their values: what a form, an invoice or a contract says of itself in labels.

known.py, keys.py   the labels that papers share, and what they mean    values.py     dates, amounts, codes
pairs.py            where a key's value stands: all rules together      pair.py       Pair
strips.py, cells.py, boxed.py, sections.py                              the rules, by how a label and a value stand
fits.py, geometry.py                                                    what a value can be, and where
totals.py           which of several sums is the total
"""
