// YAML as a tree of maps, lists and texts, every node with its place. yaml-cpp's parser feeds it;
// this folder is the only one that includes it.
//
// Size, depth and the number of nodes are bounded, those that aliases stand for included. What
// makes YAML surprising (anchors and aliases, tags, keys that are no texts, keys that stand twice)
// is refused in our own files, and is told in those of others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sally::formats {

// Counts from 1. Line 0: the file as a whole.
struct YamlPlace {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const YamlPlace&, const YamlPlace&) = default;
};

struct YamlMember;

struct YamlNode {
  enum class Kind : uint8_t { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a kText that stood in quotes or as a block: never a number or a boolean
  YamlPlace place = {};
  std::string text;  // of a kText
  // As a loader sees it: `tag:yaml.org,2002:python/name:os.system`, `!vault`; empty: none. Only
  // with YamlDialect::kAny.
  std::string tag;
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  // in order of appearance

  // The value of the first member with that key; null: there is none, or this is no map.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
  std::string key;  // empty where `odd_key` is not
  YamlPlace place;
  YamlNode value;
  // One node: a key that is no text, or has a tag. Only with YamlDialect::kAny.
  std::vector<YamlNode> odd_key = {};
};

// `a map`, `a list`, `a text`, `nothing`: for messages.
std::string_view name_of(YamlNode::Kind kind);

enum class YamlDialect : uint8_t {
  kPlain,  // what surprises is refused, a second document too
  kAny,    // as other programs write it; an alias stands for a copy; of keys that stand twice all
};

struct YamlLimits {
  size_t bytes = 1024 * 1024;  // of the text, and of all texts in the tree
  size_t depth = 16;
  size_t nodes = 20'000;
};

// What is wrong with a file, and where.
struct YamlProblem {
  YamlPlace place = {};
  std::string message = {};
  std::string hint = {};
};

// The document, or the one problem that ended its reading. An empty file is a kNull.
struct YamlParsed {
  YamlNode root;
  std::optional<YamlProblem> problem;
};
YamlParsed parse_yaml(std::string_view text, const YamlLimits& limits = {});

// All documents of a file, as YamlDialect::kAny; those that stood before what is wrong, and of the
// one that is wrong what was read of it. The limits are for all of them together.
struct YamlDocuments {
  std::vector<YamlNode> roots;
  std::optional<YamlProblem> problem;
};
YamlDocuments parse_yaml_documents(std::string_view text, const YamlLimits& limits);

}  // namespace sally::formats
