// TOML 1.0.0 (toml.io) as a tree of tables, lists and texts, every value with its line.
//
// Numbers, dates and booleans stay as they were written. Refused, besides what is no TOML: more
// bytes, depth or values than the limits say. The depth counts the parts of dotted keys too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::formats {

struct TomlMember;

struct TomlNode {
  enum class Kind : uint8_t {
    kText,
    kBare,  // a number, a date or a boolean, as it was written
    kList,
    kTable,
  };
  Kind kind = Kind::kTable;
  uint32_t line = 0;  // from 1
  std::string text;   // of a kText or a kBare
  std::vector<TomlNode> items;
  std::vector<TomlMember> members;  // in order of appearance

  // The member of a table; null: there is none.
  [[nodiscard]] const TomlNode* find(std::string_view key) const;
  // `find("tool", "poetry")`: one below the other.
  template <typename... Keys>
  [[nodiscard]] const TomlNode* find(std::string_view first, Keys... rest) const {
    const TomlNode* found = find(first);
    return found == nullptr ? nullptr : found->find(rest...);
  }
  // The text of that member; empty where it is none.
  [[nodiscard]] std::string_view text_of(std::string_view key) const;
};

struct TomlMember {
  std::string key;
  TomlNode value;
};

struct TomlLimits {
  size_t bytes = size_t{16} << 20;
  size_t depth = 64;
  size_t values = 1'000'000;
};

// The root table. kInvalidInput with the line where it is none; kTooLarge above the limits.
Result<TomlNode> parse_toml(std::string_view text, const TomlLimits& limits = {});

}  // namespace sally::formats
