"""Documents: a PDF or picture file → Pages, each an image and its words with boxes.

`find_documents` says which files there are; a `Reader` opens them and streams their pages. Files are hostile
until shown otherwise, so all parsing happens in a child process with limits on time, memory and pixels:

    reader.py   the public face: limits, faults, and the check of what the child answers
    process.py  the child's start, its deadline and its end        frames.py  what goes over the pipes
    child.py    the child's loop    pdf.py, words.py  pdfium there    pictures.py  Pillow there
"""

from octavo.documents.reader import DocumentError, Limits, Reader
from octavo.documents.sources import Source, find_documents
from octavo.documents.types import Box, Document, Page, PageImage, Word

__all__ = [
    "Box",
    "Document",
    "DocumentError",
    "Limits",
    "Page",
    "PageImage",
    "Reader",
    "Source",
    "Word",
    "find_documents",
]
