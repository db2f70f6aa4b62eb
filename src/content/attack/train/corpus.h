// Labelled texts to learn from and to measure with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/attack/model.h"

namespace sally::content::attack {

struct Example {
  std::string text;
  std::string source;
  std::string kind;  // the role of the text, or the kind of the attack
  std::string lang;  // ISO 639; `en` where none is stated
  bool is_attack = false;
  bool is_first = false;  // of the corpus' first part
};

// Who says such a text to a model, by its source and its kind.
[[nodiscard]] Voice voice_of(const Example& example);

// Appends the examples of JSON lines: `{"text","source","label","kind"[,"lang"]}`. kInvalidInput
// with the line where one is not like that.
Result<> read_examples(std::string_view lines, std::vector<Example>& out);

}  // namespace sally::content::attack
