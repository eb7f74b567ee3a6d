"""Who issued a paper, and where nobody can say."""

from collections import Counter
from collections.abc import Callable

from octavo.datasets.fields.pairs import look
from octavo.datasets.finders.issuer import issuer, without_form
from octavo.datasets.finders.papers import INVOICE, RECEIPT
from octavo.documents.structure.rows import rows
from octavo.documents.types import Page

Typed = Callable[..., Page]


def name(page: Page, paper: str = INVOICE) -> str:
    return " ".join(word.text for word in issuer(look(rows(page.words), Counter()), paper))


def test_a_sellers_label_names_the_issuer(typed: Typed) -> None:
    assert name(typed((50, 300, "Sold by: WS Retail Pvt. Ltd., Bangalore"))) == "WS Retail Pvt. Ltd.,"
    assert name(typed((50, 300, "Sprzedawca"), (50, 312, "Kowalski Sp. z o.o."), (50, 324, "ul. Długa 3"))) == (
        "Kowalski Sp. z o.o."
    )


def test_letterhead_and_foot_agree(typed: Typed) -> None:
    page = typed(
        (50, 40, "Müller & Söhne GmbH · Hauptstraße 5 · 70173 Stuttgart"),
        (50, 150, "Becker Handel GmbH"),
        (50, 162, "Lindenweg 12"),
        (50, 760, "Müller & Söhne GmbH HRB 12345"),
    )
    assert name(page) == "Müller & Söhne GmbH"


def test_a_name_without_a_form_is_known_by_its_address_on_the_web(typed: Typed) -> None:
    page = typed((50, 60, "Azure Interior"), (50, 150, "Deco Ltd"), (50, 770, "info@post.test www.azure-interior.test"))
    assert name(page) == "Azure Interior"


def test_a_form_before_the_name(typed: Typed) -> None:
    assert name(typed((50, 40, "SARL Dupont Électricité"), (50, 60, "8 rue des Lilas"))) == "SARL Dupont Électricité"


def test_the_buyer_is_not_the_issuer(typed: Typed) -> None:
    page = typed((50, 50, "Invoice"), (50, 100, "Bill to:"), (50, 112, "North Sea Supplies Ltd"))
    assert name(page) == ""


def test_two_names_alike_give_none(typed: Typed) -> None:
    assert name(typed((50, 40, "Apple Tree Ltd"), (350, 40, "Pear Tree Ltd"))) == ""


def test_a_receipt_has_its_shop_at_the_top(typed: Typed) -> None:
    page = typed((50, 40, "CORNER GROCERY SDN BHD"), (50, 60, "14 High Street"), (50, 600, "Visa Ltd"))
    assert name(page, RECEIPT) == "CORNER GROCERY SDN BHD"
    assert name(typed((50, 40, "TEO HENG STATIONERY & BOOKS"), (50, 60, "No 53")), RECEIPT) == (
        "TEO HENG STATIONERY & BOOKS"
    )
    assert name(typed((50, 40, "Hotel details"), (50, 60, "No 53")), RECEIPT) == ""


def test_a_name_without_its_form() -> None:
    assert without_form("Blue Door, Inc.") == "Blue Door"
    assert without_form("Coolhouse B.V.") == "Coolhouse"
    assert without_form("Vans") == "Vans"
