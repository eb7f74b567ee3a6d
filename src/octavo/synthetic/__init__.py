"""Typeset documents whose answers are known: business papers, tables, lists, charts, screens, equations.

As PDF files they serve as a demonstration without any file of one's own and as a test of the data set's rules; as
marks that `raster` draws, they train models. Invoices on A5, receipts, forms and letters are small: their text is at
least 9 pixels high where a model sees the page at 512 pixels on its longest side.

`facts`, `words` and `lexicon` are what the documents tell, `sheet` is the paper, `look` the choices of one document;
`fields`, `table`, `header`, `grid`, `chart`, `formula`, `running` and `stamp` are the blocks of which the `kinds` are
made.
"""

from octavo.synthetic.writer import KINDS, typeset

__all__ = ["KINDS", "typeset"]
