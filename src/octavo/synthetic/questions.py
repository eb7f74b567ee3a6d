"""What is asked about a document: for each kind of fact, questions that mean the same."""

from collections.abc import Mapping
from random import Random

from octavo.datasets.types import Question
from octavo.synthetic.sheet import Finding

SOURCE = "synthetic/2"  # the generator and its version, which goes up when the same seed draws other pages

# Kind → name of an answer → what may be asked for it; "{}" is what follows ":" in the name, as in
# "item_price:Rye bread" or, of two things, "cell:Norwick|Sales". A "choice" is one of a few words, a "table" answer
# stands in a row of a table.
PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "key_value": {
        "invoice_number": ("What is the invoice number?", "Which number does the invoice have?"),
        "order_number": ("What is the order number?",),
        "customer": ("Who is the customer?", "Who is billed?"),
        "issuer": ("Who issued the document?", "What is the name of the company?"),
        "receipt_number": ("What is the receipt number?",),
        "time": ("What is the time?", "At what time was it printed?"),
        "cashier": ("Who is the cashier?", "Who served the customer?"),
        "phone": ("What is the phone number?",),
        "name": ("What is the name of the person?", "Who filled in the form?"),
        "street": ("What is the street?", "In which street does the person live?"),
        "town": ("What is the town?", "In which town does the person live?"),
        "email": ("What is the e-mail address of the person?",),
        "birth_place": ("What is the place of birth?", "Where was the person born?"),
        "emergency": ("Who is called in an emergency?", "Who is the second contact?"),
        "form_number": ("What is the number of the form?", "What is the form number?"),
        "sender": ("Who sent the letter?", "Which company wrote the letter?"),
        "recipient": ("Who is the letter to?", "Who is the recipient?"),
        "reference": ("What is the reference?", "What is the reference number?"),
        "contact": ("Who is the contact?", "Whom can the reader turn to?"),
        "signer": ("Who signed the letter?",),
        "holder": ("Who is the account holder?", "Whose account is it?"),
        "account_number": ("What is the account number?",),
        "author": ("Who is the author?", "Who wrote the report?"),
        "phone_of": ("What is the phone number of {}?", "Under which number can {} be called?"),
        "stamp": ("What does the stamp say?", "Which word is stamped on the page?"),
        "source": ("What is the source?", "Where are the figures from?"),
    },
    "amount": {
        "subtotal": ("What is the subtotal?", "What is the amount before tax?"),
        "tax": ("What is the tax?", "How much is the tax?"),
        "total": ("What is the total?", "What is the total amount?"),
        "cash_given": ("How much cash was given?",),
        "change": ("How much change was returned?", "What is the change?"),
        "amount": ("What is the amount?", "How much is to be paid?"),
        "opening_balance": ("What is the opening balance?",),
        "closing_balance": ("What is the closing balance?", "What is the balance at the end?"),
    },
    "date": {
        "invoice_date": ("What is the invoice date?", "When was the invoice issued?"),
        "due_date": ("What is the due date?", "When is the payment due?"),
        "date": ("What is the date?", "Which date does it bear?"),
        "birth_date": ("What is the date of birth?", "When was the person born?"),
        "delivery_date": ("When will the order leave the store?", "On which date is the order sent?"),
        "appointment_date": ("When is the appointment?", "What is the date of the appointment?"),
        "start_date": ("What is the start date?", "On which date does it start?"),
        "stamp_date": ("Which date is on the stamp?", "On which date was the page stamped?"),
        "collection_date": ("From which date can the device be collected?",),
    },
    "choice": {
        "status": ("What is the payment status?", "Is it paid or unpaid?"),
        "payment_method": ("What is the payment method?", "How is it paid?"),
        "membership": ("Which membership is chosen?", "What kind of membership is it?"),
        "delivery": ("Which delivery is chosen?", "How is it delivered?"),
        "first_visit": ("Is it the first visit?",),
        "condition": ("What is the condition?", "In which condition is it?"),
        "level": ("What is the level?", "Which level is booked?"),
    },
    "table": {
        "item_quantity": ("How many of {} are listed?", "What is the quantity of {}?"),
        "item_count": ("How many items were bought?", "What is the number of items?"),
        "item_price": ("What is the price of one {}?", "What is the unit price of {}?"),
        "item_amount": ("What is the amount for {}?", "How much is charged for {}?"),
        "movement_date": ('On which date was "{}" booked?',),
        "movement_amount": ('What is the amount of "{}"?',),
        "balance_after": ('What is the balance after "{}"?',),
        "cell": ('What is the value for {0} under "{1}"?', 'What does the column "{1}" have for {0}?'),
        "column_total": ('What is the total of the column "{}"?', 'What do the values under "{}" add up to?'),
        "contents_page": ('On which page does "{}" begin?', 'On which page is "{}"?'),
        "cost": ("What does {} cost?", "What is the price of {}?"),
        "begins": ('When does "{}" begin?', 'At what time is "{}"?'),
        "at_time": ("What is planned for {}?",),
        "chart_value": ("What is the value for {} in the chart?", "Which value does the chart have for {}?"),
        "series_value": ("What is the value of {0} for {1} in the chart?", "In the chart, what is {0} for {1}?"),
    },
    "chart": {
        "highest": ("What has the highest value in the chart?", "Which label has the largest value in the chart?"),
        "lowest": ("What has the lowest value in the chart?", "Which label has the smallest value in the chart?"),
        "vertical_axis": ("What does the vertical axis show?", "What is the label of the vertical axis?"),
        "horizontal_axis": ("What does the horizontal axis show?", "What is the label of the horizontal axis?"),
        "chart_title": ("What is the title of the chart?", "What does the chart show?"),
    },
    "list": {
        "item": ("What is item {} of the list?", "What stands at number {} of the list?"),
        "after_item": ('Which item follows "{}"?', 'What comes after "{}" in the list?'),
        "ticked": ("Which item is ticked?", "What is ticked in the list?"),
        "meaning": ('How is "{}" explained?', 'What does "{}" mean?'),
    },
    "equation": {
        "stands_for": ("What does the letter {} stand for?", "What is {} in the formula?"),
        "equation_number": ("What is the number of the formula for the {}?", "Which number has the formula of the {}?"),
        "result": ("What is the result of number {}?", "What does sum {} come to?"),
    },
    "screen": {
        "window_title": ("What is the title of the window?", "Which title does the window have?"),
        "dialog_title": ("What is the title of the dialog?",),
        "message": ("What does the dialog say?", "Which message does the dialog show?"),
        "default_button": ("Which button is highlighted?", "Which button has another colour?"),
        "status_bar": ("What does the status bar say?", "What stands in the status line?"),
        "next_menu": ('Which menu is at the right of "{}"?', 'Which menu follows "{}"?'),
        "open_folder": ("Which folder is open?", "Which folder is selected?"),
        "open_tab": ("Which tab is open?", "Which tab is in front?"),
        "entered": ('What is entered for "{}"?', 'What is the setting "{}"?'),
        "file_size": ("What is the size of the file {}?", "How large is {}?"),
        "file_date": ("When was the file {} modified?", "Which date does the file {} have?"),
        "mail_subject": ("What is the subject of the e-mail?",),
        "mail_sender": ("Who sent the e-mail?", "Who is the e-mail from?"),
        "mail_address": ("What is the address of the sender?", "Which e-mail address is shown?"),
        "mail_date": ("When was the e-mail sent?", "What is the date of the e-mail?"),
    },
    "title": {
        "title": ("What is the title?", "Which form is this?"),
        "subject": ("What is the subject?", "What is the letter about?"),
        "table_title": ("What is the title of the table?", "Which title does the table have?"),
        "first_section": ("What is the heading of the first section?",),
    },
}
KIND_OF = {name: kind for kind, names in PHRASES.items() for name in names}


def questions(random: Random, findings: Mapping[str, Finding]) -> list[Question]:
    """One question for each answer that was drawn, in the order of drawing; its kind is a key of `PHRASES`."""
    return [_question(random, name, finding) for name, finding in findings.items()]


def wording(random: Random, name: str) -> str:
    """A question for the answer `name`."""
    key, _, things = name.partition(":")
    return random.choice(PHRASES[KIND_OF[key]][key]).format(*things.split("|"))


def _question(random: Random, name: str, finding: Finding) -> Question:
    kind = KIND_OF[name.partition(":")[0]]
    return Question(
        text=wording(random, name),
        answer=finding.text,
        page=finding.page,
        boxes=finding.boxes,
        kind=kind,
        source=SOURCE,
    )
