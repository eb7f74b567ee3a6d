"""Typeset documents whose answers are known: invoices, receipts, forms and letters as PDF files.

They serve as a demonstration without any file of one's own, as training data for the tiny model and as a
test of the data set's rules. All but the large invoices are small pages: their text is at least 9 pixels high
where a model sees the page at 512 pixels on its longest side.

`facts` and `words` are what the documents tell, `sheet` is the paper, `look` the choices of one document;
`fields`, `table` and `header` are the blocks from which `invoice`, `receipt`, `form` and `letter` are made.
"""

from octavo.synthetic.writer import KINDS, typeset

__all__ = ["KINDS", "typeset"]
