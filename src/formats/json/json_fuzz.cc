// Any bytes as JSON: the walk never reads beyond them, agrees with simdjson on what it accepts, and
// gives events whose offsets and nesting fit the body.
#include <simdjson.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/json/document.h"
#include "formats/json/reader.h"

namespace {

struct Check {
  std::string_view body;
  size_t depth = 0;
  void at(size_t offset, std::string_view characters) const {
    SALLY_CHECK(offset < body.size() && characters.find(body[offset]) != std::string_view::npos);
  }
  void text(const sally::formats::JsonText& text) const {
    at(text.offset, "\"");
    at(text.offset + text.length - 1, "\"");
    SALLY_CHECK(text.length >= 2 && text.text.size() <= text.length - 2);
  }
  void begin_object(size_t offset) { at(offset, "{"), ++depth; }
  void end_object(size_t offset) { at(offset, "}"), --depth; }
  void begin_array(size_t offset) { at(offset, "["), ++depth; }
  void end_array(size_t offset) { at(offset, "]"), --depth; }
  void key(const sally::formats::JsonText& key) { text(key); }
  void string(const sally::formats::JsonText& value) { text(value); }
  void number(const sally::formats::JsonNumber& number) {
    at(number.offset, "-0123456789");
    SALLY_CHECK(body.substr(number.offset).starts_with(number.raw));
  }
  void boolean(bool value, size_t offset) { at(offset, value ? "t" : "f"); }
  void null(size_t offset) { at(offset, "n"); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  sally::formats::JsonReader reader;
  Check check{body};
  const bool accepted = reader.walk(body, {}, check).ok();
  SALLY_CHECK(sally::formats::JsonDocument::parse(body).ok() == accepted);
  if (accepted) {
    SALLY_CHECK(check.depth == 0);
    simdjson::dom::parser parser;
    const auto error = parser.parse(simdjson::padded_string(body)).error();
    // simdjson refuses integers of more than 64 bits, which are accepted here as they were written.
    SALLY_CHECK(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR);
  }
  return 0;
}
