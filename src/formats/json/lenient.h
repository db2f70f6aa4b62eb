// LenientJson: JSON as loaders take it, for those who must see what any of them would see. What the
// strict reader refuses is kept: members of one name (all of them), NaN, a byte order mark, lone
// surrogates, control characters and invalid UTF-8 in strings, comments, a comma too many, several
// documents one after another.
//
//   const LenientJson read = LenientJson::parse(text);
//   for (const LenientJson::Value value : read.documents()) { ... }
//   if (read.fault()) { ... }  // what came before it is there
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::formats {

class LenientJson {
 public:
  enum class Type : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  static constexpr size_t kMostDepth = 512;
  static constexpr size_t kMostNodes = 6'000'000;

  class Value;
  class Iterator;

  // Reads `text`, which outlives it (at most 4 GiB - 1; the rest is a fault). Never fails.
  static LenientJson parse(std::string_view text);

  // The documents, in their order: an array of them. One where the text is JSON.
  [[nodiscard]] Value documents() const;
  // The first document; null where there is none.
  [[nodiscard]] Value root() const;
  // Why it was not read to its end.
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }
  [[nodiscard]] size_t fault_offset() const { return fault_offset_; }
  // A member whose name another member of the same object has too: as parsers differ in which one
  // they take. Nullopt: none.
  [[nodiscard]] std::optional<std::string_view> duplicate() const { return duplicate_; }

 private:
  friend class LenientParser;
  struct Node {
    std::string_view name;
    std::string_view text;  // of a string, decoded; of a number or word, as written
    uint32_t offset;
    uint32_t end;    // of the nodes below it
    uint32_t count;  // members or elements
    Type type;
  };
  std::vector<Node> nodes_;
  std::unique_ptr<char[]> decoded_;
  std::optional<Error> fault_;
  size_t fault_offset_ = 0;
  std::optional<std::string_view> duplicate_;
};

// A handle, cheap to copy, good while the document lives.
class LenientJson::Value {
 public:
  [[nodiscard]] Type type() const { return node().type; }
  [[nodiscard]] bool is_object() const { return type() == Type::kObject; }
  [[nodiscard]] bool is_array() const { return type() == Type::kArray; }
  [[nodiscard]] bool is_string() const { return type() == Type::kString; }
  [[nodiscard]] bool is_true() const { return type() == Type::kBoolean && node().text == "true"; }
  [[nodiscard]] std::string_view name() const { return node().name; }
  // Of a string, number or word; empty for others.
  [[nodiscard]] std::string_view text() const { return node().text; }
  [[nodiscard]] size_t size() const { return node().count; }
  [[nodiscard]] size_t offset() const { return node().offset; }
  // One number per value, in the order of the text: its own, and that of the last one below it.
  [[nodiscard]] uint32_t index() const { return index_; }
  [[nodiscard]] uint32_t last() const { return node().end - 1; }

  // The last member of this name, as Python takes it; nullopt also where it is no object.
  [[nodiscard]] std::optional<Value> find(std::string_view name) const;
  // The text of that member where it is a string; empty otherwise.
  [[nodiscard]] std::string_view string(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }

  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;
  // Every value below it and itself, in the order of the text.
  template <typename F>
  void each(const F& visit) const {
    for (uint32_t i = index_; i < node().end; ++i) {
      visit(Value(document_, i));
    }
  }

 private:
  friend class LenientJson;
  friend class Iterator;
  Value(const LenientJson* document, uint32_t index) : document_(document), index_(index) {}
  [[nodiscard]] const Node& node() const { return document_->nodes_[index_]; }

  const LenientJson* document_;
  uint32_t index_;
};

class LenientJson::Iterator {
 public:
  Value operator*() const { return {document_, index_}; }
  Iterator& operator++() {
    index_ = document_->nodes_[index_].end;
    return *this;
  }
  friend bool operator==(const Iterator&, const Iterator&) = default;

 private:
  friend class Value;
  Iterator(const LenientJson* document, uint32_t index) : document_(document), index_(index) {}
  const LenientJson* document_;
  uint32_t index_;
};

inline LenientJson::Iterator LenientJson::Value::begin() const {
  return {document_, index_ + 1};
}
inline LenientJson::Iterator LenientJson::Value::end() const {
  return {document_, node().end};
}

}  // namespace sally::formats
