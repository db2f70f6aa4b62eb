// PythonValue: what is known of a value without running anything: from which call it comes, whether
// a model said it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sally::vet::code {

struct PythonValue {
  enum class Constant : uint8_t { kNone, kTrue, kFalse, kText, kOther };
  // Where it comes from, with full names: `torch.load`,
  // `openai.OpenAI().chat.completions.create()`, `x.choices[].message.content`. Of what this file
  // defines with `:` before it. Empty: not known.
  std::string path = {};
  Constant constant = Constant::kNone;
  std::string text = {};  // of a kText
  bool said_by_model = false;
  bool decoded = false;    // decoded from a constant: what it says cannot be read here
  bool fetched = false;    // came from the network
  bool assembled = false;  // a text that is put together
  // Of a dictionary: its constant members.
  std::vector<std::pair<std::string, Constant>> members = {};
};

// Whether what `path` names is what a model answered.
bool is_model_output(std::string_view path);
// Whether `path` is of a package whose objects ask models.
bool asks_models(std::string_view path);
// Whether a call of `path` gives back text that its arguments say.
bool passes_text_on(std::string_view path);
// Whether a method of a text gives a text.
bool keeps_text(std::string_view method);
// Whether a call of `path` decodes (base64, zlib), or fetches from the network.
bool decodes(std::string_view path);
bool fetches(std::string_view path);

}  // namespace sally::vet::code
