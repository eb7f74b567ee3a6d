"""What is in a data set: figures of it, and a page to leaf through it and judge it.

statistics.py  the figures of `octavo inspect`     catalogue.py  rows and questions, filtered and drawn
app.py         the page's server and its API       guard.py      what a request must be to get there
words.py       the words of a page; answers that a person edited, compared with them
static/        the page: HTML, CSS, JavaScript
"""
