// Reads a YAML tree by the table of keys: first a check of everything that stands there, then typed
// access with the table's defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config_table.h"
#include "app/problem.h"
#include "base/clock.h"

namespace sally::app {

// What was found wrong, in order of place, bounded.
class Problems {
 public:
  static constexpr size_t kMost = 20;

  void add(Place place, std::string message, std::string hint = {});
  void warn(Place place, std::string message, std::string hint = {});
  [[nodiscard]] bool refused() const { return errors_ > 0; }
  // Errors first, each kind in order of place; at most kMost, then how many more.
  [[nodiscard]] std::vector<Problem> take();

 private:
  void insert(Problem problem);

  std::vector<Problem> list_;  // sorted
  size_t errors_ = 0;
  size_t left_out_ = 0;
};

// Where a secret or a certificate stands.
struct Reference {
  enum class Source : uint8_t { kFile, kEnvironment, kCredential };
  Source source = Source::kFile;
  std::string name;
  Place place;
};
// `file`, `env`, `credential`.
std::string_view name_of(Reference::Source source);

struct PlacedText {
  std::string text;
  Place place;
};

// Checks every node against the table: unknown and missing keys, types, bounds, choices.
void check_against_table(const YamlNode& root, Problems& problems);

// One map of the document, read by the table's rows. A key that is absent, or that did not pass the
// check, reads as its default. Asking for a key that the table does not have, or as another type,
// is a defect (SALLY_CHECK). Views the tree, which outlives it.
class Section {
 public:
  // The top of the document.
  explicit Section(const YamlNode& root) : node_(&root), place_(root.place) {}

  [[nodiscard]] bool has(std::string_view key) const;
  // Of the key's value; of the section itself where the key is absent.
  [[nodiscard]] Place place(std::string_view key) const;
  [[nodiscard]] Place place() const { return place_; }

  [[nodiscard]] Section section(std::string_view key) const;
  [[nodiscard]] std::vector<std::pair<PlacedText, Section>> named(std::string_view key) const;
  [[nodiscard]] std::vector<Section> sections(std::string_view key) const;

  // Of a kText, kChoice, kPath, kListen or kUrl.
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::vector<PlacedText> texts(std::string_view key) const;  // kTexts, kListens
  [[nodiscard]] bool flag(std::string_view key) const;
  // Of a kCount or kSize, as the integer it is wanted as. The table's bounds fit the type.
  template <typename Int>
  [[nodiscard]] Int number(std::string_view key) const {
    const uint64_t value = number_of(key);
    SALLY_CHECK(std::in_range<Int>(value));
    return static_cast<Int>(value);
  }
  [[nodiscard]] double share(std::string_view key) const;  // in [0, 1]
  [[nodiscard]] Millis duration(std::string_view key) const;
  [[nodiscard]] std::optional<Reference> reference(std::string_view key) const;

 private:
  Section(const YamlNode* node, std::string path, Place place)
      : node_(node), path_(std::move(path)), place_(place) {}
  [[nodiscard]] const KeyRow& row(std::string_view key) const;
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] uint64_t number_of(std::string_view key) const;

  const YamlNode* node_;  // null: absent
  std::string path_;      // in the table: `upstreams.*`
  Place place_;
};

}  // namespace sally::app
