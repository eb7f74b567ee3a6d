"""`sroie` and `invoices` from a folder in the layout in which they are at hand: made here of typeset documents."""

import json

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from octavo.errors import OctavoError
from octavo.evaluation.baselines import chance, frequent, nearest_words
from octavo.evaluation.tasks import InvoiceTask, ReceiptTask
from octavo.evaluation.tasks.written import same_number, written_amounts


@pytest.fixture
def folder(tmp_path):
    for name in ("img", "key", "box"):
        (tmp_path / "receipts" / name).mkdir(parents=True)
    for number, company in enumerate(("ADA, BOB & CO", "ADA, BOB & CO", "OTHER")):
        receipts = tmp_path / "receipts"
        Image.new("RGB", (200, 400), "white").save(receipts / "img" / f"{number}.jpg")
        truth = {"company": company, "date": "03/04/2018", "address": "1 ROAD", "total": "9.50" if number else ""}
        (receipts / "key" / f"{number}.json").write_text(json.dumps(truth))
        lines = [f"20,10,180,10,180,30,20,30,{company}", "20,50,180,50,180,70,20,70,TOTAL RM9.50", ""]
        (receipts / "box" / f"{number}.csv").write_text("\r\n".join(lines))
    (tmp_path / "pdfs" / "invoice2data").mkdir(parents=True)
    canvas = Canvas(str(tmp_path / "pdfs" / "invoice2data" / "one.pdf"), pagesize=(400, 300))
    for y, text in enumerate(("Acme Ltd", "Invoice date: August 3, 2014", "Invoice number: A-77", "Total: $1,234.50")):
        canvas.drawString(40, 250 - 40 * y, text)
    canvas.save()
    truth = [{"issuer": "Acme Ltd", "date": "2014-08-03", "invoice_number": "A-77", "amount": 1234.5}]
    (tmp_path / "pdfs" / "invoice2data" / "one.json").write_text(json.dumps(truth))
    return tmp_path


def test_receipts_have_four_questions_their_words_and_boxes(folder):
    task = ReceiptTask(folder)
    items = {item.id: item for item in task.items}
    assert len(items) == 11  # the first has no total
    assert items["1-date"].references == ("03/04/2018", "2018-04-03")
    assert "RM9.50" in items["1-total"].references
    assert [round(edge, 2) for edge in items["1-company"].boxes[0]] == [0.10, 0.03, 0.90, 0.07]
    assert [word.text for word in task.words(items["1-total"])[0]] == ["ADA,", "BOB", "&", "CO", "TOTAL", "RM9.50"]
    assert task.images(items["1-total"])[0].height == 400


def test_invoices_take_what_the_page_writes_for_true(folder):
    task = InvoiceTask(folder)
    assert {item.kind: item.references for item in task.items} == {
        "issuer": ("Acme Ltd",),
        "date": ("2014-08-03", "August 3, 2014"),
        "invoice_number": ("A-77",),
        "amount": ("1234.50", "$1,234.50"),
    }
    assert all(item.page == 1 and item.boxes for item in task.items)
    read = nearest_words(task, task.items)
    assert read["one-date"].text == "August 3, 2014"
    assert read["one-amount"].text == "$1,234.50"


def test_baselines_do_not_know_their_own_document(folder):
    task = ReceiptTask(folder)
    guesses = frequent(task, task.items)
    assert guesses["0-company"].text == "ADA, BOB & CO"
    assert guesses["2-company"].text == "ADA, BOB & CO"
    assert guesses["1-company"].text == "ADA, BOB & CO"  # the other one's; its own does not count
    only = [item for item in task.items if item.document == "2"]
    task.items = only
    assert {reply.text for reply in frequent(task, only).values()} == {""}
    drawn = chance(task, only)
    assert drawn == chance(task, only)
    assert all(reply.text in {"OTHER", "TOTAL", "RM9.50"} for reply in drawn.values())


def test_amounts_are_compared_as_numbers(folder):
    words = ReceiptTask(folder).words(ReceiptTask(folder).items[-1])[0]
    assert written_amounts("9.5", words) == ["RM9.50"]
    assert same_number("9.50", "9.5")
    assert not same_number("9.50", "ninety")


def test_folders_without_them(tmp_path):
    for task in (ReceiptTask, InvoiceTask):
        with pytest.raises(OctavoError, match="--data"):
            task(tmp_path)
