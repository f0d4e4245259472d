"""The shape of ``evaluators:`` in ``bluegreen.yaml``: measures that the file calls by a name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from bluegreen.config import fields as f
from bluegreen.config import watch_fields as w
from bluegreen.config.section import Section


class JudgeSection(Section):
    """A language model that compares answers with references, twice, with the two in either order."""

    at: w.BaseUrl = Field(
        description="Where an API like OpenAI's answers; `/chat/completions` is added.",
        examples=["https://llm.example.com/v1"],
    )
    model: f.Command = Field(description="The model's name, pinned to a version.", examples=["judge-2026-05-01"])
    prompt: f.FileInside | None = Field(
        default=None,
        description="File with the question: `{request}`, `{first}` and `{second}` are filled in.",
        examples=["evals/judge.txt"],
    )
    key_variable: f.Variable | None = Field(
        default=None, description="The variable of `env_file` that holds the API's key.", examples=["JUDGE_KEY"]
    )
    parameters: dict[str, Any] = Field(
        default={"temperature": 0},
        description="What else is sent with each question.",
        examples=[{"temperature": 0}],
        json_schema_extra={"default": "{temperature: 0}"},
    )
    within: f.TimeLimit = Field(default=60.0, description="How long one judgement may take.", examples=["60s"])


class CommandEvaluatorSection(Section):
    """A command that scores: it reads the exchange as JSON, and writes a score, or exits 0 or 1."""

    run: f.Command = Field(description="Run in the release's folder for each answer.", examples=["./evals/tone.py"])
    within: f.TimeLimit = Field(default=30.0, description="How long it may take.", examples=["30s"])


class FunctionSection(Section):
    """A Python function of a package that is installed where the controller runs."""

    name: f.Command = Field(description="Its entry point in the group `bluegreen.evaluators`.", examples=["acme-tone"])
    options: dict[str, Any] = Field(default_factory=dict, description="What it is called with besides.")


class MeaningSection(Section):
    """Semantic similarity, by a sentence-embedding model on ONNX. Advisory: it never decides."""

    model: f.FileName = Field(
        description="Folder with `model.onnx` and `tokenizer.json`, in the release or absolute.",
        examples=["/srv/models/all-MiniLM-L6-v2"],
    )


class RefusalSection(Section):
    """Whether an answer refuses, with further phrases."""

    also: Annotated[list[f.Command], Field(max_length=1000)] = Field(
        description="Phrases, in any case, that make the beginning of an answer a refusal.",
        examples=[["das darf ich nicht"]],
    )


CommandShort = Annotated[CommandEvaluatorSection, f.short_for("run", f.Command | CommandEvaluatorSection)]
FunctionShort = Annotated[FunctionSection, f.short_for("name", f.Command | FunctionSection)]
MeaningShort = Annotated[MeaningSection, f.short_for("model", f.FileName | MeaningSection)]


class EvaluatorSection(Section):
    """One evaluator: exactly one of these keys."""

    judge: JudgeSection | None = Field(default=None, description="A language model judges.")
    command: CommandShort | None = Field(
        default=None, description="A command scores: its text, or a mapping.", examples=["./evals/tone.py"]
    )
    function: FunctionShort | None = Field(
        default=None, description="A Python function scores: its entry point, or a mapping.", examples=["acme-tone"]
    )
    meaning: MeaningShort | None = Field(
        default=None, description="Semantic similarity, for advice: its model, or a mapping."
    )
    refusal: RefusalSection | None = Field(default=None, description="Refusals, with further phrases.")
