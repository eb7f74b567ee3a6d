"""The one exception for faults of the input."""


class OctavoError(Exception):
    """A fault of what the user gave: a file, a recipe, a checkpoint, an option.

    The message is one line that says what is wrong and what to do. The command line prints it and exits
    with status 2; a programmer's mistake is an `AssertionError` or a built-in exception instead.
    """
