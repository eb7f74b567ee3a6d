"""Documents: a PDF or picture file → Pages, each an image and its words with boxes.

`find_documents` says which files there are; a `Reader` opens them and streams their pages. Files are hostile
until shown otherwise, so all parsing happens in a child process with limits on time, memory and pixels:

    reader.py   the public face: limits and faults      answers.py  the check of what the child answers
    process.py  the child's start, its deadline and its end    frames.py  what goes over the pipes
    child.py    the child's loop    pictures.py  Pillow there    pdf.py  pdfium there, whose pages give
    words.py, rules.py, forms.py, about.py                       quality.py  whether words are the page's text
"""

from octavo.documents.reader import DocumentError, Limits, Reader
from octavo.documents.sources import Source, find_documents
from octavo.documents.types import Box, Document, Page, PageFault, PageImage, Word

__all__ = [
    "Box",
    "Document",
    "DocumentError",
    "Limits",
    "Page",
    "PageFault",
    "PageImage",
    "Reader",
    "Source",
    "Word",
    "find_documents",
]
