"""A conversation becomes prompt text: a chat template in a sandbox, and the text that stands for an image."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.runtime
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from octavo.errors import OctavoError

FAKE = "<fake_token_around_image>"
IMAGE = "<image>"
GLOBAL = "<global-img>"
END_OF_UTTERANCE = "<end_of_utterance>"
ROLES = ("system", "user", "assistant")
MAX_PROMPT_CHARS = 4_000_000  # some 1M tokens, above every context of the family

# The family's chat format (Idefics3, SmolVLM). A content that is a plain string renders as one text part; the
# published templates render nothing for it.
CHAT_TEMPLATE = (
    "<|im_start|>{% for message in messages %}"
    "{{ message['role'] | capitalize }}"
    "{% if message['content'] is string %}{{ ': ' + message['content'] }}{% else %}"
    "{{ ':' if message['content'][0]['type'] == 'image' else ': ' }}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '<end_of_utterance>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)

Message = Mapping[str, Any]


def image_text(rows: int, cols: int, image_seq_len: int) -> str:
    """The text that stands for one image of rows x cols tiles, (0, 0) for an un-split one.

    `image_seq_len` is the number of `<image>` tokens a tile. Equal to the expansion of transformers'
    `Idefics3Processor` and `SmolVLMProcessor`.
    """
    tile = IMAGE * image_seq_len
    overview = f"{FAKE}{GLOBAL}{tile}{FAKE}"
    if rows == cols == 0:
        return overview
    lines = []
    for row in range(1, rows + 1):
        lines += [f"{FAKE}<row_{row}_col_{col}>{tile}" for col in range(1, cols + 1)]
        lines.append("\n")
    return "".join(lines) + f"\n{overview}"


def checked(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages as plain data, each content a list of {"type": "text", "text"} or {"type": "image"} parts.

    A content that is a string becomes one text part. Raises `OctavoError` where a role or a part is none of
    the family's, a message is empty, or an answer holds an image (its tokens would be trained as an answer).
    """
    if not messages:
        raise OctavoError("the conversation is empty; give at least one message")
    return [_checked_message(number, message) for number, message in enumerate(messages, start=1)]


def _checked_message(number: int, message: Message) -> dict[str, Any]:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise OctavoError(f"message {number} has the role {role!r}; it must be one of {', '.join(ROLES)}")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list | tuple) or not content:
        raise OctavoError(f"message {number} has no content; give a string or a list of text and image parts")
    parts: list[dict[str, str]] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "image" and role != "assistant":
            parts.append({"type": "image"})
        elif kind == "text" and isinstance(part.get("text"), str):
            parts.append({"type": "text", "text": part["text"]})
        elif kind == "image":
            raise OctavoError(f"message {number} is an answer with an image in it; answers are text only")
        else:
            raise OctavoError(f'message {number} has a part that is neither {{"type": "image"}} nor a text')
    return {"role": role, "content": parts}


# A template is a foreign program: beside Jinja's faults it can raise Python's for a wrong type, key or size.
_TEMPLATE_FAULTS = (
    TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError,
    MemoryError,
)  # fmt: skip


class ChatTemplate:
    """A chat template, compiled once in a sandbox.

    The settings are transformers': block trimming, loop controls, the `generation` tag, `raise_exception`,
    `tojson`. Of its globals `dict` and `strftime_now` are left out: no template of the family uses them, and
    a prompt must not change with the clock. `variables` are names a template may use, such as `bos_token`.
    The sandbox keeps a template from files and processes; it does not keep it from wasting time.
    """

    def __init__(self, source: str, variables: Mapping[str, str]) -> None:
        self.source, self.variables = source, dict(variables)
        try:
            self._template = _sandbox().from_string(source)
        except (*_TEMPLATE_FAULTS, SyntaxError) as error:  # SyntaxError: Python refuses what Jinja compiled
            raise _fault(error) from error

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False) -> str:
        """The conversation as text, `<image>` once for each image part.

        Raises `OctavoError` where the template reaches for what it must not, fails, or does not end.
        """
        given = {"messages": messages, "tools": None, "documents": None}
        stream = self._template.generate(self.variables, **given, add_generation_prompt=add_generation_prompt)
        pieces, length = [], 0
        try:
            for piece in stream:
                pieces.append(piece)
                length += len(piece)
                if length > MAX_PROMPT_CHARS:
                    raise OctavoError(f"the chat template writes over {MAX_PROMPT_CHARS} characters")
        except _TEMPLATE_FAULTS as error:
            raise _fault(error) from error
        return "".join(pieces)


def _fault(error: BaseException) -> OctavoError:
    return OctavoError(f"the chat template fails: {type(error).__name__}: {' '.join(str(error).split())}")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, stricter in two things.

    No repetition and no powers: `'x' * 10**10` would eat the memory in a single step. And an attribute out of
    bounds fails at once, where Jinja fails when it is used and prints nothing until then.
    """

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"the operator {operator} is not allowed in a chat template")

    def unsafe_undefined(self, obj: Any, attribute: str) -> NoReturn:
        raise SecurityError(f"access to attribute {attribute!r} of {type(obj).__name__!r} is not allowed")


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks answers for other tools; here its body just stands."""

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        self.tags = {"generation"}

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _sandbox() -> _Sandbox:
    extensions = [_Generation, jinja2.ext.loopcontrols]
    environment = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=extensions)
    # `range` is the sandbox's own, of at most 100 000 steps.
    environment.globals = {name: environment.globals[name] for name in ("range", "namespace")}
    environment.filters["tojson"] = partial(json.dumps, ensure_ascii=False)  # Jinja's would escape HTML
    environment.globals["raise_exception"] = _raise_exception
    return environment


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)
