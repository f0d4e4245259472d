"""The shape of ``models:`` in ``bluegreen.yaml``. Defaults are those of `core.model_specs`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from bluegreen.config import calls, names
from bluegreen.config import fields as f
from bluegreen.config.model_presets import PRESETS
from bluegreen.config.section import Section
from bluegreen.core import model_specs

_CALL = {"type": "string", "pattern": r"^[A-Za-z]+ +/"}
_PRESET = {"type": "string", "enum": list(PRESETS)}

ModelName = Annotated[str, AfterValidator(names.model_name)]
ServedName = Annotated[f.AsWritten, AfterValidator(names.served_name)]
Call = Annotated[model_specs.Call, BeforeValidator(calls.call), WithJsonSchema(_CALL)]
Preset = Annotated[str, AfterValidator(names.one_of("preset", PRESETS)), WithJsonSchema(_PRESET)]


class ModelSection(Section):
    """One model of the release: a file in the folder (`path`), or a revision that a shared component serves
    (`serve_by`)."""

    path: f.FileInside | None = Field(
        default=None, description="File or folder of the application's folder.", examples=["models/ranker-v7.onnx"]
    )
    serve_by: f.Name | None = Field(
        default=None, description="The shared component that serves it to both environments.", examples=["llm"]
    )
    name: ServedName | None = Field(
        default=None,
        description="Under which name it is served: one for each revision; told in `$NAME_MODEL`.",
        examples=["chat-v12"],
    )
    source: f.AsWritten | None = Field(
        default=None,
        description="Where the component loads it from; `./...` is in the application's folder.",
        examples=["s3://models/chat-v12", "./adapters/chat-v12"],
    )
    preset: Preset | None = Field(
        default=None, description="The kind of server: its calls need not be written.", examples=["vllm"]
    )
    load: Call | None = Field(
        default=None,
        description="The call that loads it: method, path and JSON, with `{name}` and `{source}`.",
        examples=['POST /v1/load_lora_adapter {"lora_name": "{name}", "lora_path": "{source}"}'],
    )
    unload: Call | None = Field(
        default=None,
        description="The call that unloads it.",
        examples=['POST /v1/unload_lora_adapter {"lora_name": "{name}"}'],
    )
    probe: Call | None = Field(
        default=None,
        description="The call that proves that it answers. Without it, and without `preset`: one token of the OpenAI"
        " API's chat.",
        examples=['POST /v1/completions {"model": "{name}", "prompt": "a", "max_tokens": 1}'],
    )
    headers: dict[f.Header, f.AsWritten] = Field(
        default_factory=dict,
        description="Headers of every call; `$NAME` is a variable of the component.",
        examples=[{"Authorization": "Bearer $LLM_KEY"}],
    )
    within: f.TimeLimit = Field(
        default=model_specs.ServedModel.within, description="How long loading may take.", examples=["10m"]
    )
