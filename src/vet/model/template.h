// What a Jinja template would do when it is rendered: its expressions are followed with what is
// known of their values, so that a name of Python's internals is seen however it is written.
//
// Chat templates come with models and are rendered by whoever serves them; outside Jinja's sandbox
// `{{ cycler.__init__.__globals__.os.popen(...) }}` runs a program.
#pragma once

#include <cstdint>
#include <string_view>

#include "vet/format.h"

namespace sally::vet::model {

enum class TemplateUse : uint8_t {
  kChat,   // a loader renders it: a fault is a finding
  kFile,   // a file of templates: may take in its neighbours
  kMaybe,  // a text with braces in it
};

// Judges `text`, which stands at `offset` of what is examined and is called `where`. Whether it had
// something to tell.
bool judge_template(std::string_view text, TemplateUse use, uint64_t offset, std::string_view where,
                    Examination& examination);

// Files of templates, by their name: `.jinja`, `.jinja2`, `.j2`, `.template`, `.tmpl`.
bool may_be_template(const Look& look);
Result<> examine_template(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
