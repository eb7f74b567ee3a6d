"""The chat format, its sandbox, and the text that stands for an image."""

import pytest

from octavo.errors import OctavoError
from octavo.processing.prompts import CHAT_TEMPLATE, MAX_PROMPT_CHARS, ChatTemplate, checked, image_text


def text(words):
    return {"type": "text", "text": words}


IMAGE = {"type": "image"}


def render(template, messages=(), **options):
    return ChatTemplate(template, {"bos_token": "<s>"}).render(list(messages), **options)


def test_a_split_image_is_rows_of_tiles_and_an_overview():
    assert image_text(2, 2, 3) == (
        "<fake_token_around_image><row_1_col_1><image><image><image>"
        "<fake_token_around_image><row_1_col_2><image><image><image>\n"
        "<fake_token_around_image><row_2_col_1><image><image><image>"
        "<fake_token_around_image><row_2_col_2><image><image><image>\n"
        "\n<fake_token_around_image><global-img><image><image><image><fake_token_around_image>"
    )


def test_an_unsplit_image_is_its_overview():
    overview = "<fake_token_around_image><global-img><image><image><fake_token_around_image>"
    assert image_text(0, 0, 2) == overview


def test_the_familys_format():
    messages = checked(
        [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": [IMAGE, text("What is it?")]},
            {"role": "assistant", "content": [text("A page.")]},
            {"role": "user", "content": [text("And "), IMAGE, text("this?")]},
        ]
    )
    assert render(CHAT_TEMPLATE, messages, add_generation_prompt=True) == (
        "<|im_start|>System: Be short.<end_of_utterance>\n"
        "User:<image>What is it?<end_of_utterance>\n"
        "Assistant: A page.<end_of_utterance>\n"
        "User: And <image>this?<end_of_utterance>\n"
        "Assistant:"
    )


def test_the_template_takes_a_plain_string_as_a_text_part():
    """Servers hand contents over as strings."""
    as_string = [{"role": "user", "content": "Why?"}]
    assert render(CHAT_TEMPLATE, as_string) == render(CHAT_TEMPLATE, checked(as_string))


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([], "empty"),
        ([{"role": "tool", "content": "x"}], "role 'tool'"),
        ([{"role": "user<image>", "content": "x"}], "role"),
        ([{"content": "x"}], "role None"),
        ([{"role": "user"}], "message 1 has no content"),
        ([{"role": "user", "content": []}], "no content"),
        ([{"role": "user", "content": 5}], "no content"),
        ([{"role": "user", "content": "x"}, {"role": "user", "content": [{"type": "video"}]}], "message 2"),
        ([{"role": "user", "content": [{"type": "text"}]}], "neither"),
        ([{"role": "user", "content": [{"type": "text", "text": 5}]}], "neither"),
        ([{"role": "user", "content": ["x"]}], "neither"),
        ([{"role": "assistant", "content": [IMAGE, text("x")]}], "answers are text only"),
    ],
)
def test_messages_that_are_none_are_refused(messages, fault):
    with pytest.raises(OctavoError, match=fault):
        checked(messages)


def test_templates_have_what_transformers_gives_them():
    assert render("{{ bos_token }}{% generation %}x{% endgeneration %}") == "<s>x"
    assert render("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}") == "01"
    assert render("{% if true %}\n  x\n{% endif %}\ny") == "  x\ny"
    assert render("{% set ns = namespace(n=1) %}{% set ns.n = 5 %}{{ ns.n }}") == "5"
    assert render("{{ {'é': '<'} | tojson }}") == '{"é": "<"}'
    with pytest.raises(OctavoError, match="roles must alternate"):
        render("{{ raise_exception('roles must alternate') }}")


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ raise_exception.__globals__['os'] }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ ''|attr('__class__') }}",
        "{{ '{0.__class__.__mro__}'.format(1) }}",
        "{{ messages.append(1) }}",
        "{% set x = messages.pop() %}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ dict.__base__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ range(10**9) }}",
        "{% for i in range(1000000) %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ messages[0].content.x.y }}",
        "{{ 1 + 'a' }}",
        "{{ 1 / 0 }}",
        "{% for x in 5 %}{% endfor %}",
        "{% if %}",
        "{{",
    ],
)
def test_a_hostile_or_broken_template_is_an_octavo_error(template):
    with pytest.raises(OctavoError, match="the chat template") as error:
        render(template, [{"role": "user", "content": "x"}])
    assert "\n" not in str(error.value)


def test_no_template_writes_more_than_the_limit():
    line = "x" * 1000
    long = "{% for i in range(99999) %}" + line + "{% endfor %}"
    with pytest.raises(OctavoError, match=str(MAX_PROMPT_CHARS)):
        render(long)
