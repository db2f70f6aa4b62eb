// Configuration that stands beside a model, in JSON and YAML: what makes a loader run code that
// came with it, or code of somebody else.
#pragma once

#include "formats/json/lenient.h"
#include "vet/format.h"

namespace sally::vet::model {

// Any JSON: what kind of configuration it is, is told by what it holds.
bool may_be_json(const Look& look);
Result<> examine_json(const formats::Input& input, Examination& examination);

// Templates in any JSON: `chat_template`, and whatever text has tags of Jinja.
void judge_templates(const formats::LenientJson& read, Examination& examination);

// YAML, by its name or its first line: tags that make Python objects, templates.
bool may_be_yaml(const Look& look);
Result<> examine_yaml(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
