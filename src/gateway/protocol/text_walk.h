// TextWalk: reads a whole JSON document for an adapter: every text goes to the visitor, and the few
// values that the gate must know go to the adapter.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "formats/json/document.h"
#include "formats/json/reader.h"
#include "gateway/protocol/json_path.h"
#include "gateway/protocol/origins.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

// A value near the root. Containers come when they end.
struct JsonFact {
  formats::JsonType type;
  std::string_view text;  // of a string, decoded; of a number, as written
  bool boolean;
  Span span;  // raw
};

class TextWalk {
 public:
  // Values this deep at most are given to `fact`: `params.name` is 2, `[0].params.name` 3.
  static constexpr size_t kFactDepth = 4;

  // `visitor` outlives the walk. `decided` are the members the gate decides by, at the places that
  // `is_decided_here` tells: names that a careless server would take for one of them are refused.
  // `root`: what the document is, of which it depends from whom its texts come.
  TextWalk(TextVisitor& visitor, std::span<const std::string_view> decided, Zone root)
      : visitor_(visitor), asks_origin_(visitor.asks_origin()), decided_(decided), origins_(root) {}
  TextWalk(const TextWalk&) = delete;
  TextWalk& operator=(const TextWalk&) = delete;
  virtual ~TextWalk() = default;

  // Walks the document and then gives the first objection that was raised.
  Result<> read(std::string_view body, const JsonLimits& limits);

  // Bytes of decoded text that a model would read; data URIs do not count.
  [[nodiscard]] size_t text_bytes() const { return text_bytes_; }

  // What the reader calls.
  void begin_object(size_t offset) { open(true, offset); }
  void begin_array(size_t offset) { open(false, offset); }
  void end_object(size_t offset) { close(formats::JsonType::kObject, offset); }
  void end_array(size_t offset) { close(formats::JsonType::kArray, offset); }
  void key(const formats::JsonText& key);
  void string(const formats::JsonText& text);
  void number(const formats::JsonNumber& number);
  void boolean(bool value, size_t offset);
  void null(size_t offset);

 protected:
  // A value at most kFactDepth deep.
  virtual void fact(const JsonPath& path, const JsonFact& fact) = 0;
  // Whether a key at `path` (its own member included) is one the gate decides by.
  [[nodiscard]] virtual bool is_decided_here(const JsonPath&) const { return false; }
  // Whether the text at `path` counts as text for the model.
  [[nodiscard]] virtual bool counts(const JsonPath& path) const = 0;
  // Remembers the first thing that is wrong with the request.
  void object(Error error);

 private:
  void open(bool is_object, size_t offset);
  void close(formats::JsonType type, size_t end);
  void give(const JsonFact& fact) {
    if (path_.depth() <= kFactDepth) {
      this->fact(path_, fact);
    }
  }
  void check_lookalike(std::string_view key);
  Written written(const formats::JsonText& text);

  TextVisitor& visitor_;
  bool asks_origin_;
  std::span<const std::string_view> decided_;
  formats::JsonReader reader_;
  JsonPath path_;
  Origins origins_;  // where somebody asks
  size_t text_bytes_ = 0;
  std::optional<Error> objection_;
};

// `path` is exactly these keys from the root.
[[nodiscard]] bool path_is(const JsonPath& path, std::initializer_list<std::string_view> keys);

// A whole answer, whatever the operation: all texts, and usage as OpenAI and Anthropic report it.
Result<AnswerFacts> read_json_answer(const Operation& operation, ByteView body,
                                     const JsonLimits& limits, TextVisitor& visitor);

}  // namespace sally::gateway
