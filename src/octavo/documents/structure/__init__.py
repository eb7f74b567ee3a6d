"""What a page's words make, by rules from boxes, type sizes, weights and ruling lines.

layout.py      a page taken apart: what all others here are for     parts.py      Block, Cell, Table
rows.py        words → lines, row by row, cut at columns            furniture.py  what recurs on every page
chains.py      lines under lines                                    paragraphs.py chains cut into blocks
blocks.py      titles, headings, paragraphs, items, captions        order.py      columns in reading order
tables.py      ruled and aligned tables                             grids.py      cells that rules make
aligned.py     columns that only stand aligned                      tabular.py    rows, names of columns
marks.py       what a text looks like: a bullet, a section's number, a caption
"""
