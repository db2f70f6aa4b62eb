// The table of every key that a configuration may hold. It is the only place that says so: the
// checker, the JSON Schema, docs/configuration.md and the defaults in force are all read from it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sally::app {

enum class KeyType : uint8_t {
  // Structure.
  kSection,   // a map with the keys of this table
  kNamed,     // a map from names of the operator's choice to sections (rows below `path.*`)
  kSections,  // a list of sections (rows below `path[]`)
  // Values.
  kText,
  kTexts,     // a list of texts; one text alone is a list of one
  kFlag,      // true, false
  kCount,     // a whole number
  kShare,     // a share of one: `0.25`
  kSize,      // bytes: `16MiB`
  kDuration,  // `10s`
  kChoice,    // one of `choices`
  kPath,      // a file or socket; relative to the configuration's folder
  kListen,    // `127.0.0.1:8443`, `[::1]:8443`, `unix:/path`
  kListens,   // one or a list of them
  kUrl,       // `https://host:port/base`
  kMaterial,  // what is public, by reference: {file: P} | {env: NAME} | {credential: NAME}
  kSecret,    // the same for a secret, which is never written in the configuration itself
};

enum class Presence : uint8_t {
  kOptional,  // absent: its default, or the defaults of its keys
  kRequired,
  kSwitch,  // a section whose absence says something else than its defaults
};

inline constexpr uint64_t kNoMost = std::numeric_limits<uint64_t>::max();

struct KeyRow {
  // `gate.limits.head`; `*` for a name of the operator's choice, `[]` for each item of a list.
  std::string_view path;
  KeyType type;
  std::string_view standard;  // the value in force where the key is absent; empty: none
  std::string_view help;
  Presence presence = Presence::kOptional;
  std::string_view choices = {};  // of a kChoice: `auto|json|text`
  uint64_t least = 0;             // of a kCount, kSize (bytes) or kDuration (ms)
  uint64_t most = kNoMost;

  // The last part of the path: what stands in the file.
  [[nodiscard]] std::string_view name() const;
};

// Every row, a section before its keys, in the order of the documentation.
std::span<const KeyRow> key_table();

// The row of `path`; nullptr when there is none.
const KeyRow* find_row(std::string_view path);
// The rows directly below `path`, which is a section, `NAMED.*` or `SECTIONS[]`; empty path: the
// top.
std::vector<const KeyRow*> children_of(std::string_view path);
// Where the rows of a structure's content stand: `path`, `path.*` or `path[]`.
std::string content_path(const KeyRow& row);
std::vector<std::string_view> choices_of(const KeyRow& row);

// `a duration such as 10s`: what a value of the row looks like, for messages and documents.
std::string_view shape_of(KeyType type);

}  // namespace sally::app
