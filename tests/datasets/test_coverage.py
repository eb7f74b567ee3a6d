"""How many true values stand as answers of questions that ask for them."""

import json
from pathlib import Path

from benchmarks.coverage import by_document, invoice_coverage, receipt_coverage
from octavo.datasets.types import Question


def question(key: str, answer: str, *variants: str) -> Question:
    return Question("?", answer, 1, (), "key_value", "test", variants=variants, key=key)


def test_invoices(tmp_path: Path) -> None:
    truth = {"issuer": "Blue Door, Inc.", "amount": 4904.9, "date": "2014-03-29", "invoice_number": "992"}
    (tmp_path / "a.json").write_text(json.dumps([truth]))
    (tmp_path / "b.json").write_text(json.dumps([truth | {"amount": ""}]))
    (tmp_path / "unread.json").write_text(json.dumps([truth]))
    rows = [
        ("in/a.pdf", [question("total", "€ 4.904,90"), question("invoice number", "n°992")]),
        ("in/a.pdf", [question("invoice date", "29 maart 2014"), question("issuer", "Blue Door")]),
        # the right values in answer to other questions
        ("in/b.pdf", [question("due date", "2014-03-29"), question("customer number", "992"), question("total", "1")]),
    ]
    assert invoice_coverage(by_document(rows), tmp_path) == {
        "date": (1, 2),
        "number": (1, 2),
        "amount": (1, 1),
        "issuer": (1, 2),
    }


def test_receipts(tmp_path: Path) -> None:
    truth = {"company": "CORNER GROCERY SDN BHD", "date": "12/02/2018", "total": "RM9.00"}
    (tmp_path / "1.json").write_text(json.dumps(truth))
    (tmp_path / "2.json").write_text(json.dumps(truth))
    rows = [("1.jpg", [question("receipt date", "12 Feb 2018"), question("total", "9.00")])]
    assert receipt_coverage(by_document(rows), tmp_path) == {"date": (1, 2), "amount": (1, 2), "issuer": (0, 2)}
