// JsonDocument: a small document tree for cold paths (configuration, events, command line), read by
// the same strict reader as everything else. Checked access; errors name the path.
//
//   TRY(auto document, JsonDocument::parse(line));
//   TRY(auto id, document.root().string("id"));            // "`id`: missing", "`id`: expected a
//   string" if (auto hint = document.root().find("hint")) { TRY(auto text, hint->as_string()); }
//   for (const JsonValue finding : *document.root().find("findings")) { ... }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/json/reader.h"

namespace sally::formats {

enum class JsonType : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
std::string_view name_of(JsonType type);  // with its article: `a string`, `null`

class JsonDocument;

// One value of a document: a handle, cheap to copy, valid while the document lives.
class JsonValue {
 public:
  [[nodiscard]] JsonType type() const;
  [[nodiscard]] bool is_null() const { return type() == JsonType::kNull; }
  [[nodiscard]] bool is_string() const { return type() == JsonType::kString; }
  [[nodiscard]] bool is_object() const { return type() == JsonType::kObject; }
  [[nodiscard]] bool is_array() const { return type() == JsonType::kArray; }

  // kInvalidInput with the path where the value is of another type (or, for integers, has a
  // fraction or does not fit). Views live as long as the document.
  [[nodiscard]] Result<std::string_view> as_string() const;
  [[nodiscard]] Result<bool> as_bool() const;
  [[nodiscard]] Result<int64_t> as_int64() const;
  [[nodiscard]] Result<uint64_t> as_uint64() const;
  [[nodiscard]] Result<double> as_double() const;
  // The members or elements; fails where the value has none.
  [[nodiscard]] Result<JsonValue> as_object() const;
  [[nodiscard]] Result<JsonValue> as_array() const;
  // A number as it was written; of another type empty.
  [[nodiscard]] std::string_view raw_number() const;

  // The member of this name; nullopt also where the value is no object.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const;
  // The member, which must be there.
  [[nodiscard]] Result<JsonValue> member(std::string_view name) const;
  [[nodiscard]] Result<std::string_view> string(std::string_view name) const;
  [[nodiscard]] Result<bool> boolean(std::string_view name) const;
  [[nodiscard]] Result<int64_t> int64(std::string_view name) const;
  [[nodiscard]] Result<double> number(std::string_view name) const;
  // Refuses members that are not among `known`, with "did you mean".
  [[nodiscard]] Result<> only(std::span<const std::string_view> known) const;

  // How many members or elements; 0 for everything else. Their order is that of the text.
  [[nodiscard]] size_t size() const;
  // The name of this member; empty where it is no member of an object.
  [[nodiscard]] std::string_view name() const;
  // Where it stands: `findings[2].rule`; empty for the root.
  [[nodiscard]] std::string path() const;
  // Where its first byte stands in the text.
  [[nodiscard]] size_t offset() const;

  class Iterator;
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  friend class JsonDocument;
  struct Node;
  struct Rep;
  JsonValue(const Rep* rep, uint32_t node) : rep_(rep), node_(node) {}
  [[nodiscard]] const Node& node() const;
  [[nodiscard]] Error expected(std::string_view what) const;

  const Rep* rep_;
  uint32_t node_;
};

class JsonValue::Iterator {
 public:
  JsonValue operator*() const { return {rep_, node_}; }
  Iterator& operator++();
  friend bool operator==(const Iterator&, const Iterator&) = default;

 private:
  friend class JsonValue;
  Iterator(const Rep* rep, uint32_t node) : rep_(rep), node_(node) {}
  const Rep* rep_;
  uint32_t node_;
};

// A parsed document. Owns a copy of the text; moving it keeps its values valid.
class JsonDocument {
 public:
  // Errors as JsonReader::walk.
  static Result<JsonDocument> parse(std::string_view text, const JsonLimits& limits = {});
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const;

 private:
  explicit JsonDocument(std::unique_ptr<JsonValue::Rep> rep);
  std::unique_ptr<JsonValue::Rep> rep_;
};

}  // namespace sally::formats
