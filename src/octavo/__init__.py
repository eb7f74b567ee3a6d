"""Octavo: a folder of PDFs in, a model that answers questions about such pages out."""

__version__ = "0.1.0"
