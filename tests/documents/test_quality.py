"""Text is told from no text in every script, and tables, codes and formulas are text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.quality import is_readable, odd_share, vowel_share

ENGLISH = """The seller shall deliver the goods within thirty days of the order and bear the risk of their loss until
then. Payment is due on receipt of the invoice, without any deduction; late payments bear interest at the rate of
the law. Disputes are settled by the courts at the seller's registered office, see section 4.2 of the agreement."""
TEXTS = {
    "English": ENGLISH,
    "German": """Die Lieferung erfolgt innerhalb von dreißig Tagen nach Eingang der Bestellung. Die Gefahr geht mit der
Übergabe auf den Käufer über. Rechnungen sind sofort und ohne Abzug zahlbar; bei Verzug gelten die gesetzlichen Zinsen.
Gerichtsstand ist der Sitz des Verkäufers, Änderungen bedürfen der Schriftform und der Bestätigung durch beide.""",
    "Czech": """Smluvní strany se dohodly na tom, že prodávající dodá zboží do třiceti dnů od objednávky. Čtvrtý
odstavec platí obdobně. Vlk zmrzl, zhltl hrst zrn, prst skrz krk strč.
Kupující uhradí cenu bez odkladu po obdržení faktury a
převezme zboží v sídle prodávajícího, nebylo-li dohodnuto jinak mezi oběma stranami této smlouvy nebo zákonem.""",
    "Russian": """Продавец обязуется передать товар в течение тридцати дней с момента заказа. Оплата производится по
получении счёта без каких-либо вычетов. Споры рассматриваются судом по месту нахождения продавца согласно закону.""",
    "Greek": """Ο πωλητής υποχρεούται να παραδώσει τα εμπορεύματα εντός τριάντα ημερών από την παραγγελία. Η πληρωμή
γίνεται με την παραλαβή του τιμολογίου χωρίς καμία έκπτωση και σύμφωνα με τον νόμο της χώρας του πωλητή.""",
    "Arabic": """يلتزم البائع بتسليم البضاعة خلال ثلاثين يوما من تاريخ الطلب، ويكون الدفع عند استلام الفاتورة دون أي
خصم، وتختص محاكم مقر البائع بالفصل في المنازعات التي تنشأ عن هذا العقد بين الطرفين وفقا للقانون المعمول به.""",
    "Hebrew": """המוכר ימסור את הסחורה בתוך שלושים ימים ממועד ההזמנה. התשלום ייעשה עם קבלת החשבונית ללא כל ניכוי, ובתי
המשפט במקום מושבו של המוכר ידונו בכל סכסוך הנובע מן ההסכם הזה בין הצדדים לפי הדין.""",
    "Chinese": """卖方应在订货后三十天内交付货物，并承担交付前的风险。收到发票后立即付款，
不得扣除任何款项；逾期付款应支付法定利息。""",
    "Japanese": """売主は、注文を受けてから三十日以内に商品を引き渡すものとする。
代金は、請求書の受領後、直ちに支払う。 カタログ番号 A-12""",
    "Korean": """판매자는 주문일로부터 삼십 일 이내에 상품을 인도하여야 하며,
대금은 청구서를 받은 즉시 지급한다. 분쟁은 판매자의 법원에서 해결한다.""",
    "Hindi": "विक्रेता आदेश के तीस दिनों के भीतर माल की आपूर्ति करेगा और क्रेता चालान प्राप्त होने पर तुरंत भुगतान करेगा। " * 3,
    "Thai": "ผู้ขายต้องส่งมอบสินค้าภายในสามสิบวันนับจากวันที่สั่งซื้อ และผู้ซื้อต้องชำระเงินเมื่อได้รับใบแจ้งหนี้ " * 3,
    "numbers": "1,204.50 -17 (3.2) 99% 2024-05-17 € 12.00 4711 0.00 +49 30 1234567 12:30 1/3 " * 5,
    "parts": "SKU-4711-B 24V/10A NPN M8x1.25 DIN-912 ISO4014 R47K C100nF SOT-23 pcs 12 QFP144 LM358N BC547B " * 4,
    "code": "for (int i = 0; i < n; i++) { sum += x[i].value; } return self.items[key] if key in d else None "
    "std::vector<double> values(n); printf('%d', a->b); assert f(x) == y[0] or raise KeyError(name) " * 2,
    "formulas": "H2SO4 + 2NaOH → Na2SO4 + 2H2O ∑ αᵢ xᵢ ≤ β ∫ f(x) dx = π/2 ∀ε>0 ∃δ α-helix Δt 5μm ² ½ " * 3,
    "marks": "☐ Yes ☑ No • Item ✓ Done → Next § 4 ® ™ “quoted” – dash … " * 5,
}


def shifted(text: str, by: int) -> str:
    """The codes of a font whose glyphs are numbered from another start: "This" by -29 is "7KLV"."""
    return "".join(chr(ord(c) + by) if c.isalnum() and c.isascii() else c for c in text)


@pytest.mark.parametrize("kind", TEXTS)
def test_text_is_readable(kind):
    assert is_readable(TEXTS[kind].split(), 0)
    assert is_readable(TEXTS[kind].split(), 1)  # the layer of a scan


@pytest.mark.parametrize("by", [-29, -1, 2, 3])
def test_text_in_a_fonts_own_codes_is_not(by):
    assert not is_readable(shifted(ENGLISH, by).split(), 0)


def test_capitals_alone_are_text():
    assert is_readable(ENGLISH.upper().split(), 0)


@pytest.mark.parametrize("unknown", ["\ufffd", "\ue012", "\U0010fffd", "\x03", "\u0378"])
def test_characters_that_are_none_are_no_text(unknown):
    words = ENGLISH.split()
    assert not is_readable([unknown * len(word) for word in words], 0)
    assert not is_readable([word if i % 3 else unknown * len(word) for i, word in enumerate(words)], 0)
    assert is_readable([unknown, *words], 0)  # a bullet of a symbol font
    assert is_readable(["a", unknown, "b"], 0)  # too little to judge by
    assert not is_readable([unknown], 0)


def test_utf8_taken_for_greek_and_latin_is_no_text():
    words = TEXTS["Russian"].encode("utf-8").decode("cp1253", "ignore").split()
    assert not is_readable([word + "abc" for word in words], 0)


def test_a_few_words_on_a_picture_are_its_stamp_and_elsewhere_a_page():
    stamp = ["Case", "3:20-cv-00001", "Document", "12-3", "Filed", "01/02/20", "Page", "3", "of", "9"]
    assert not is_readable(stamp, 0.95)
    assert is_readable(stamp, 0.4)
    assert not is_readable(stamp, 0, shapes=1500)
    assert is_readable(ENGLISH.split(), 0, shapes=1500)
    assert is_readable(ENGLISH.split(), 0.95)


def test_nothing_is_no_text():
    assert not is_readable([], 0)
    assert not is_readable([], 1)


def test_the_shares_are_of_the_tokens():
    assert odd_share(["ab#cd", "plain"]) == 0.5
    assert odd_share(["aβγ", "αβγ"]) == 0.5
    assert odd_share(["don't", "e-mail", "http://a.b", "f(x)", "中文，中文"]) == 0
    assert vowel_share(["été"] * 30) == pytest.approx(2 / 3)
    assert vowel_share(["grr"] * 29) == 1.0  # too few to tell
    assert vowel_share(["grr"] * 30) == 0.0


@given(st.lists(st.text(min_size=1, max_size=8), max_size=60), st.floats(0, 1))
def test_any_words_are_judged(words, covered):
    is_readable(words, covered)


@given(st.lists(st.text(st.characters(categories=["Nd", "Sc"]), min_size=1, max_size=8), min_size=40, max_size=60))
def test_numbers_of_any_script_are_text(words):
    assert is_readable(words, 0)
