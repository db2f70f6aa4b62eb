// What hubs and their libraries keep beside a model, in JSON: the members that make a loader
// import and call, or open, what they name.
#pragma once

#include "formats/json/lenient.h"
#include "vet/examination.h"

namespace sally::vet::model {

// Transformers, Diffusers, PEFT, Sentence Transformers, Hydra, skops, indexes of weights.
void judge_hub(const formats::LenientJson::Value& documents, Examination& examination);

// `_target_` or the like that names `dotted`, which stands at `offset`.
void judge_target(std::string_view dotted, std::string_view member, uint64_t offset, uint32_t line,
                  Examination& examination);

// Notebooks of Jupyter: shell lines, and code cells as Python.
void judge_notebook(const formats::LenientJson::Value& root, Examination& examination);

// Manifests of MCP servers, and lists of their tools.
void judge_mcp(const formats::LenientJson::Value& root, Examination& examination);

}  // namespace sally::vet::model
