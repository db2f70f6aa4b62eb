// What is known of the values in a template: texts with gaps, numbers, lists, and what leads to
// Python.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sally::vet::model {

inline constexpr size_t kMostText = 256;   // octets of a value that is followed
inline constexpr size_t kMostItems = 128;  // of a list that is followed, with what is in them
inline constexpr char kGap = '\0';         // characters that are not known

// What is known of a value.
struct TemplateValue {
  enum class Kind : uint8_t {
    kUnknown,
    kText,     // one of `texts`, each with gaps
    kNumber,   // `number`
    kList,     // `items`
    kSpecial,  // a function or object that Jinja or a web server puts there: `name`
    kTaken,    // reached through Python's internals
  };
  Kind kind = Kind::kUnknown;
  bool odd = false;   // pieces of what a function or generator looks like as a text
  bool lazy = false;  // a generator: `select`, `map`
  double number = 0;
  double turns = 1;  // of a loop over it
  std::string name = {};
  std::vector<std::string> texts = {};
  std::vector<TemplateValue> items = {};   // of a list; the keys of a dict
  std::vector<TemplateValue> values = {};  // of a dict
};

// A text that is known; its beginning, where it is long.
TemplateValue text_value(std::string text);
TemplateValue number_value(double number);
// A function or object of that name that Jinja or a server puts there.
TemplateValue special(std::string_view name);
// Reached through Python's internals.
TemplateValue taken();
// What holds more than kMostItems in all is not known item by item.
TemplateValue list_value(std::vector<TemplateValue> items);
TemplateValue dict_value(std::vector<TemplateValue> keys, std::vector<TemplateValue> values);
// What it may be as a text: never empty; a gap where nothing is known.
std::vector<std::string> texts_of(const TemplateValue& value);
// Whether as a text it is pieces of what a function or generator looks like.
bool odd_as_text(const TemplateValue& value);
void add_text(TemplateValue& value, std::string text);
// One or the other.
TemplateValue either(const TemplateValue& a, const TemplateValue& b);
// One of those in a dict.
TemplateValue any_value(const TemplateValue& dict);
// One behind the other.
TemplateValue joined(const TemplateValue& a, const TemplateValue& b);

// Each text it may be, changed.
template <typename F>
TemplateValue each_text(const TemplateValue& value, const F& change) {
  TemplateValue out{.kind = TemplateValue::Kind::kText, .odd = odd_as_text(value)};
  for (const std::string& text : texts_of(value)) {
    add_text(out, change(text));
  }
  return out;
}

// `text` without blanks around it.
std::string trimmed(std::string_view text);
std::string replaced(std::string_view text, std::string_view from, std::string_view to);
// `%s`, `%c` and `%d` filled in with what is known.
std::string filled_percent(std::string_view format, const std::vector<TemplateValue>& arguments);
// The same of `{}`, `{0}`, `{:c}` and `{name}`.
std::string filled_braces(std::string_view format, const std::vector<TemplateValue>& arguments);

}  // namespace sally::vet::model
