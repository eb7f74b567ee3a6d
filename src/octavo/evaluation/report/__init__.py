"""The report of a run as one HTML file: page.py makes it, pictures.py its small pictures, static/ is what it is of."""

from octavo.evaluation.report.page import Contents, render, write_report

__all__ = ["Contents", "render", "write_report"]
