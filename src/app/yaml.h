// The YAML that a configuration may be: one document of maps, lists and plain texts, every node
// with its place in the file. yaml-cpp's parser feeds it; this room is the only one that includes
// it.
//
// A configuration is written by an operator, but it is read by every reload: size, depth and the
// number of nodes are bounded, and what makes YAML surprising is refused: anchors and aliases,
// tags, several documents, keys that are no texts, keys that stand twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::app {

// Counts from 1. Line 0: the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct YamlMember;

struct YamlNode {
  enum class Kind : uint8_t { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  Place place = {};
  std::string text;  // of a kText
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  // in order of appearance

  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
  std::string key;
  Place place;
  YamlNode value;
};

// `a map`, `a list`, `a text`, `nothing`: for messages.
std::string_view name_of(YamlNode::Kind kind);

struct YamlLimits {
  size_t bytes = 1024 * 1024;
  size_t depth = 16;
  size_t nodes = 20'000;
};

// What is wrong with a file, and where.
struct Problem {
  enum class Severity : uint8_t { kError, kWarning };
  Severity severity = Severity::kError;
  Place place = {};
  std::string message = {};
  std::string hint = {};
};

// The document, or the one problem that ended its reading. An empty file is a kNull.
struct YamlParsed {
  YamlNode root;
  std::vector<Problem> problems;  // at most one
};
YamlParsed parse_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace sally::app
