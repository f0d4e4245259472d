"""WordPiece, the tokenizer of BERT models (Devlin and others, 2018), over the vocabulary beside this file."""

from __future__ import annotations

import unicodedata
from pathlib import Path

LONGEST = 128
"""Tokens of one text, with the two at its ends: what the model was trained on."""
LONGEST_WORD = 100
_CJK = (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"))


class WordPiece:
    """Texts into the numbers of their tokens."""

    def __init__(self) -> None:
        tokens = Path(__file__).with_name("vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
        self._ids = {token: number for number, token in enumerate(tokens)}
        self._unknown, self._first, self._last = (self._ids[token] for token in ("[UNK]", "[CLS]", "[SEP]"))

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens, with those of its beginning and its end around them."""
        plain = "".join(f" {letter} " if _alone(letter) else letter for letter in _without_accents(text.lower()))
        ids = [number for word in plain.split() for number in self._pieces(word)]
        return [self._first, *ids[: LONGEST - 2], self._last]

    def _pieces(self, word: str) -> list[int]:
        """The longest pieces of a word that are in the vocabulary, from its beginning on."""
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self._ids.get(("##" if start else "") + word[start:end])
                if number is not None:
                    break
            else:
                return [self._unknown]
            found.append(number)
            start = end
        return found


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn")


def _alone(letter: str) -> bool:
    """Whether it is a word of its own: a mark, or a letter of a script without spaces."""
    if letter.isascii():
        return not (letter.isalnum() or letter.isspace())
    return unicodedata.category(letter)[0] == "P" or any(first <= letter <= last for first, last in _CJK)
