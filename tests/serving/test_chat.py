"""OpenAI's client gets from the server what it gets from OpenAI's, and the evidence."""

import json

import openai
import pytest

from octavo.inference.engine import Engine, Sampling
from octavo.processing.conversation import question_message
from tests.serving.conftest import data_url, file_part, image_part, letter, text_part


def user(*parts):
    return [{"role": "user", "content": list(parts)}]


@pytest.fixture(scope="module")
def png(picture_bytes):
    return data_url(picture_bytes, "image/png")


def test_models(client):
    assert [model.id for model in client.models.list()] == ["tiny"]
    assert client.models.retrieve("tiny").owned_by == "octavo"
    with pytest.raises(openai.NotFoundError, match="one model"):
        client.models.retrieve("gpt-5")


def test_the_answer_is_the_engines(client, parts, picture, png):
    given = client.chat.completions.create(
        model="tiny", messages=user(text_part("What is the total?"), image_part(png)), max_tokens=8
    )
    with Engine(*parts) as engine:
        prompt = engine.prepare([question_message("What is the total?", 1)], [picture])
        expected = engine.answer(prompt, Sampling(max_tokens=8))
    assert given.choices[0].message.content == expected.text
    assert given.choices[0].finish_reason == expected.reason
    assert given.usage.prompt_tokens == expected.prompt_tokens
    assert given.octavo["confidence"] == pytest.approx(expected.confidence, rel=1e-4)
    assert given.octavo["file"] == given.octavo["page"] == 1


def test_a_second_question_about_a_page_costs_its_own_tokens(client):
    for question in ("What?", "When?"):
        messages = user(file_part(letter(1, "Read {} once")), text_part(question))
        given = client.chat.completions.create(model="tiny", messages=messages, max_tokens=2)
    cached = given.usage.prompt_tokens_details.cached_tokens
    assert given.usage.prompt_tokens / 2 < cached < given.usage.prompt_tokens


def test_a_stream_says_the_same(client, png):
    request = {"model": "tiny", "messages": user(image_part(png), text_part("Who?")), "max_tokens": 12}
    whole = client.chat.completions.create(**request)
    chunks = list(client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    told = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert told == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-2].octavo["page"] == 1
    assert not chunks[-1].choices
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert len(chunks) > 4


def test_of_several_pages_the_most_confident_answers(client):
    three = letter(3)
    request = {"model": "tiny", "messages": user(file_part(three), text_part("Which page?")), "max_tokens": 4}
    each = [client.chat.completions.create(**request, extra_body={"octavo": {"pages": [n]}}) for n in (1, 2, 3)]
    best = client.chat.completions.create(**request)
    assert [one.octavo["page"] for one in each] == [1, 2, 3]
    assert best.octavo["asked"] == [[{"file": 1, "page": n}] for n in (1, 2, 3)]
    assert best.octavo["confidence"] == max(one.octavo["confidence"] for one in each)
    assert best.choices[0].message.content == each[best.octavo["page"] - 1].choices[0].message.content
    streamed = list(client.chat.completions.create(**request, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == best.choices[0].message.content


def test_a_grounded_answer_is_words_of_its_page(client):
    request = {"model": "tiny", "messages": user(file_part(letter(1)), text_part("Which page?")), "max_tokens": 24}
    held = client.chat.completions.create(**request, extra_body={"octavo": {"mode": "grounded"}})
    text = held.choices[0].message.content
    assert held.octavo["asked"] == [[{"file": 1, "page": 1}]]
    if held.octavo["page"] is None:
        assert text == "not on this page"
    else:
        assert f" {text} " in " Page 1 of the letter "
        assert len(held.octavo["boxes"]) == 1
    free = client.chat.completions.create(**request, extra_body={"octavo": {"mode": "free"}})
    assert free.octavo["boxes"] == []


def test_of_many_pages_those_whose_words_fit(client):
    request = {"model": "tiny", "messages": user(file_part(letter(30)), text_part("What is page 23?")), "max_tokens": 2}
    given = client.chat.completions.create(**request, extra_body={"octavo": {"most": 2}})
    assert given.octavo["asked"] == [[{"file": 1, "page": 1}], [{"file": 1, "page": 23}]]
    four = client.chat.completions.create(**request)
    assert [prompt[0]["page"] for prompt in four.octavo["asked"]] == [1, 2, 3, 23]
    with pytest.raises(openai.BadRequestError, match="25 pages, more than the limit of 20"):
        client.chat.completions.create(**request, extra_body={"octavo": {"most": 25}})
    with pytest.raises(openai.BadRequestError, match="give pages or most"):
        client.chat.completions.create(**request, extra_body={"octavo": {"pages": [1], "most": 2}})


def test_what_grounded_answers_cannot_be(post, png):
    about = [image_part(png), text_part("Who?")]
    refused = post(about, octavo={"mode": "grounded"})
    assert refused.status_code == 400
    assert "mode auto" in refused.json()["error"]["message"]
    assert post(about, octavo={"mode": "grounded"}, stop=["x"]).json()["error"]["param"] == "stop"
    assert post(about, octavo={"mode": "exact"}).status_code == 400


def test_a_conversation_goes_on(client, png):
    messages = user(image_part(png), text_part("Who?"))
    first = client.chat.completions.create(model="tiny", messages=messages, max_tokens=4)
    messages = [
        {"role": "developer", "content": "Be short."},
        *messages,
        first.choices[0].message.model_dump(),  # with all its nulls
        {"role": "user", "content": "And when?"},
    ]
    messages[2]["content"] = messages[2]["content"] or "Nobody"
    second = client.chat.completions.create(model="tiny", messages=messages, max_tokens=4)
    assert second.usage.prompt_tokens > first.usage.prompt_tokens


def test_draws_depend_on_the_seed(client):
    def drawn(**options):
        given = client.chat.completions.create(
            model="tiny", messages=user(text_part("Why?")), max_tokens=8, temperature=1.5, **options
        )
        return given.choices[0].message.content

    assert drawn(seed=3) == drawn(seed=3) != drawn(seed=4)


def test_log_probabilities(client):
    given = client.chat.completions.create(
        model="tiny", messages=user(text_part("Why?")), max_tokens=3, logprobs=True, top_logprobs=2
    )
    tokens = given.choices[0].logprobs.content
    assert len(tokens) == given.usage.completion_tokens
    assert all(len(token.top_logprobs) == 2 and token.top_logprobs[0].token == token.token for token in tokens)
    assert all(token.logprob == token.top_logprobs[0].logprob < 0 for token in tokens)


def schema(properties, **more):
    inner = {"type": "object", "properties": properties, **more}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": inner, "strict": True}}


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"type": "json_object"}, "answer"),
        (schema({'to"tal': {"type": "string"}}, required=['to"tal'], additionalProperties=False), 'to"tal'),
    ],
)
def test_a_form_that_can_be_kept_is_kept(client, form, key):
    request = {"model": "tiny", "messages": user(text_part("Why?")), "max_tokens": 12}
    plain = client.chat.completions.create(**request).choices[0].message.content
    formed = client.chat.completions.create(**request, response_format=form).choices[0].message.content
    assert json.loads(formed) == {key: plain}
    chunks = client.chat.completions.create(**request, response_format=form, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == formed


@pytest.mark.parametrize(
    "form",
    [
        schema({"total": {"type": "number"}}),
        schema({"total": {"type": "string", "pattern": "^[0-9]+$"}}),
        schema({"total": {"type": "string"}, "date": {"type": "string"}}),
        schema({"total": {"type": "string"}}, required=["date"]),
        schema({"total": {"type": "string"}}, minProperties=2),
        {"type": "json_schema"},
    ],
)
def test_any_other_form_is_refused(client, form):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="tiny", messages=user(text_part("Why?")), response_format=form)
    assert refused.value.param == "response_format"


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"n": 2}, "n"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"temperature": 3}, "temperature"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"extra_body": {"octavo": {"pages": [2]}}}, "octavo.pages"),
        ({"extra_body": {"beams": 4}}, "beams"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(client, options, param):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="tiny", messages=user(text_part("Why?")), **options)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


def test_prompts_that_are_too_long_and_texts_with_special_tokens(client):
    for text, message in (("why " * 9000, "tokens"), ("<image>", "special")):
        with pytest.raises(openai.BadRequestError, match=message):
            client.chat.completions.create(model="tiny", messages=user(text_part(text)))


def test_a_wrong_key_and_a_wrong_model(client):
    with pytest.raises(openai.AuthenticationError) as refused:
        client.with_options(api_key="wrong").models.list()
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError, match="one model"):
        client.chat.completions.create(model="gpt-5", messages=user(text_part("Why?")))
