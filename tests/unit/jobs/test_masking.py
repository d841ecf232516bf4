from __future__ import annotations

import time

import pytest

from patholearn_lab.jobs.masking import masker


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("git clone https://ada:lovelace@host/x.git", "git clone https://ada:***@host/x.git"),
        ("GET /files?token=a1b2c3d4e5&page=2", "GET /files?token=***&page=2"),
        ("password: hunter2", "password: ***"),
        ('{"api_key": "k-123456"}', '{"api_key": "***"}'),
        ("Authorization: Bearer abcdef.ghi", "Authorization: Bearer ***"),
        ("AWS_SECRET_ACCESS_KEY=abcd/efgh+1", "AWS_SECRET_ACCESS_KEY=***"),
        ("using hf_abcdefghijklmnop1234 now", "using *** now"),
        ("key " + "AKIA" + "ABCDEFGHIJKLMNOP", "key ***"),
        ("jwt eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "jwt ***"),
    ],
)
def test_a_secret_is_not_written(line: str, masked: str) -> None:
    assert masker({})(line) == masked


@pytest.mark.parametrize(
    "line",
    [
        "Epoch 3: train_loss=0.1234, valid_accuracy=0.9",
        "class_token: 768",
        "token: 64, heads: 8",
        "https://pytorch.org/docs/stable/nn.html",
        "the tokenizer has 32000 tokens",
        "secretary: none",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masker({})(line) == line


def test_a_secret_of_the_environment_is_masked_wherever_it_stands() -> None:
    mask = masker({"LAB_TOKEN": "correct-horse", "PLACE": "ward-7-of-9", "PIN_PASSWORD": "1234"})
    assert mask("I was given correct-horse in ward-7-of-9") == "I was given *** in ward-7-of-9"
    assert mask("1234 images") == "1234 images"  # too short to be told from a word


def test_masking_is_quick_also_on_the_longest_line() -> None:
    mask = masker({})
    began = time.perf_counter()
    for line in ("token_" * 2700, "a://" + "b:" * 8000, "password=" * 1800, "x" * 16_000):
        mask(line)
    assert time.perf_counter() - began < 1
