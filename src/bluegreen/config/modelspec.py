"""From ``models:`` of the file to the values of `core.model_specs`."""

from __future__ import annotations

from collections.abc import Mapping

from bluegreen.config.calls import call
from bluegreen.config.model_presets import OPENAI_PROBE, PRESETS
from bluegreen.config.model_section import ModelSection
from bluegreen.core.model_specs import Call, Model, ModelFile, ServedModel


def model_specs(sections: Mapping[str, ModelSection]) -> tuple[Model, ...]:
    """The models that consistent sections describe."""
    return tuple(_model(name, section) for name, section in sections.items())


def calls_of(section: ModelSection) -> Mapping[str, Call]:
    """``load``, ``unload`` and ``probe``: what is written counts, then what the preset says."""
    written = {key: getattr(section, key) for key in ("load", "unload", "probe")}
    preset = {key: call(text) for key, text in PRESETS.get(section.preset or "", {}).items()}
    found = {**preset, **{key: one for key, one in written.items() if one is not None}}
    return {"probe": call(OPENAI_PROBE), **found}


def _model(name: str, section: ModelSection) -> Model:
    if section.path is not None:
        return ModelFile(name, section.path)
    assert section.serve_by is not None  # `rules` let it pass
    assert section.name is not None
    calls = calls_of(section)
    return ServedModel(
        name=name,
        serve_by=section.serve_by,
        served_name=section.name,
        probe=calls["probe"],
        source=section.source or "",
        load=calls.get("load"),
        unload=calls.get("unload"),
        headers=dict(section.headers),
        within=section.within,
    )
