#include "app/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/config_values.h"
#include "base/check.h"
#include "base/text.h"

namespace sally::app {
namespace {

constexpr size_t kLongestText = 4096;
constexpr size_t kLongestName = 256;

struct SourceRow {
  Reference::Source source;
  std::string_view name;
};
constexpr std::array<SourceRow, 3> kSources = {{{Reference::Source::kFile, "file"},
                                                {Reference::Source::kEnvironment, "env"},
                                                {Reference::Source::kCredential, "credential"}}};

bool is_present(const YamlNode* node) {
  return node != nullptr && node->kind != YamlNode::Kind::kNull;
}

bool is_number(KeyType type) {
  return type == KeyType::kCount || type == KeyType::kSize || type == KeyType::kDuration;
}

// The number that `text` is for a row, before its bounds.
Result<uint64_t> parse_number(const KeyRow& row, std::string_view text) {
  if (row.type == KeyType::kSize) {
    return parse_size(text);
  }
  if (row.type == KeyType::kDuration) {
    TRY(const Millis value, parse_duration(text));
    return static_cast<uint64_t>(value.count());
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Error(ErrorKind::kUsage, "no whole number");
  }
  return value;
}

std::string show_number(const KeyRow& row, uint64_t value) {
  if (row.type == KeyType::kDuration) {
    return format_duration(Millis(static_cast<int64_t>(value)));
  }
  return row.type == KeyType::kSize ? format_size(value) : fmt::format("{}", value);
}

std::optional<Reference> reference_in(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kMap || node.members.size() != 1) {
    return std::nullopt;
  }
  const YamlMember& member = node.members.front();
  for (const SourceRow& row : kSources) {
    if (member.key == row.name && member.value.kind == YamlNode::Kind::kText &&
        !member.value.text.empty()) {
      return Reference{row.source, member.value.text, member.value.place};
    }
  }
  return std::nullopt;
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void section(const YamlNode& node, std::string_view path, std::string_view shown) {
    // Nothing is a map without keys: what it needs is still missing.
    if (node.kind != YamlNode::Kind::kNull &&
        !expect(node, YamlNode::Kind::kMap, KeyType::kSection, shown)) {
      return;
    }
    const std::vector<const KeyRow*> rows = children_of(path);
    for (const YamlMember& member : node.members) {
      const auto row = std::ranges::find(rows, member.key, &KeyRow::name);
      if (row == rows.end()) {
        unknown_key(member, rows, shown);
      } else {
        value(**row, member.value, join(shown, member.key));
      }
    }
    for (const KeyRow* row : rows) {
      if (row->presence == Presence::kRequired && !is_present(node.find(row->name()))) {
        problems_.add(node.place, fmt::format("`{}` is missing", join(shown, row->name())),
                      fmt::format("{}: {}", row->name(), row->help));
      }
    }
  }

 private:
  static std::string join(std::string_view path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, printable(key));
  }

  bool expect(const YamlNode& node, YamlNode::Kind kind, KeyType type, std::string_view shown) {
    if (node.kind == kind) {
      return true;
    }
    if (node.kind != YamlNode::Kind::kNull) {
      problems_.add(node.place, fmt::format("`{}` is {}; it should be {}",
                                            shown.empty() ? "the configuration" : shown,
                                            name_of(node.kind), shape_of(type)));
    }
    return false;
  }

  void unknown_key(const YamlMember& member, const std::vector<const KeyRow*>& rows,
                   std::string_view shown) {
    std::vector<std::string_view> names;
    for (const KeyRow* row : rows) {
      names.push_back(row->name());
    }
    const std::string_view close = nearest(member.key, names);
    std::string message = fmt::format("unknown key `{}`", printable(member.key));
    if (!shown.empty()) {
      message += fmt::format(" in `{}`", shown);
    }
    std::string hint;
    if (!close.empty()) {
      message += fmt::format("; did you mean `{}`?", close);
    } else {
      hint = fmt::format("known here: {}", fmt::join(names, ", "));
    }
    problems_.add(member.place, std::move(message), std::move(hint));
  }

  void value(const KeyRow& row, const YamlNode& node, const std::string& shown) {
    switch (row.type) {
      case KeyType::kSection:
        section(node, row.path, shown);
        return;
      case KeyType::kNamed:
        if (expect(node, YamlNode::Kind::kMap, row.type, shown)) {
          for (const YamlMember& member : node.members) {
            if (member.key.empty() || member.key.size() > kLongestName) {
              problems_.add(member.place, fmt::format("`{}` is no name", printable(member.key)),
                            fmt::format("a name has 1 to {} characters", kLongestName));
            }
            section(member.value, content_path(row), join(shown, member.key));
          }
        }
        return;
      case KeyType::kSections:
        if (expect(node, YamlNode::Kind::kList, row.type, shown)) {
          for (size_t i = 0; i < node.items.size(); ++i) {
            section(node.items[i], content_path(row), fmt::format("{}[{}]", shown, i));
          }
        }
        return;
      case KeyType::kTexts:
      case KeyType::kListens:
        texts(row, node, shown);
        return;
      case KeyType::kMaterial:
      case KeyType::kSecret:
        reference(row, node, shown);
        return;
      case KeyType::kText:
      case KeyType::kFlag:
      case KeyType::kCount:
      case KeyType::kShare:
      case KeyType::kSize:
      case KeyType::kDuration:
      case KeyType::kChoice:
      case KeyType::kPath:
      case KeyType::kListen:
      case KeyType::kUrl:
        if (expect(node, YamlNode::Kind::kText, row.type, shown)) {
          scalar(row, node, shown);
        }
        return;
    }
  }

  void texts(const KeyRow& row, const YamlNode& node, const std::string& shown) {
    if (node.kind == YamlNode::Kind::kText) {
      text(node, shown);
    } else if (expect(node, YamlNode::Kind::kList, row.type, shown)) {
      for (size_t i = 0; i < node.items.size(); ++i) {
        const std::string item = fmt::format("{}[{}]", shown, i);
        if (node.items[i].kind == YamlNode::Kind::kNull) {
          problems_.add(node.items[i].place, fmt::format("`{}` is empty", item));
        } else if (expect(node.items[i], YamlNode::Kind::kText, KeyType::kText, item)) {
          text(node.items[i], item);
        }
      }
    }
  }

  void text(const YamlNode& node, std::string_view shown) {
    if (node.text.empty()) {
      problems_.add(node.place, fmt::format("`{}` is empty", shown));
    } else if (node.text.size() > kLongestText) {
      problems_.add(node.place, fmt::format("`{}` has {} bytes; at most {}", shown,
                                            node.text.size(), kLongestText));
    }
  }

  void scalar(const KeyRow& row, const YamlNode& node, const std::string& shown) {
    const std::string seen = printable(node.text);
    if (row.type == KeyType::kFlag) {
      if (node.text != "true" && node.text != "false") {
        problems_.add(node.place,
                      fmt::format("`{}` is `{}`; it should be true or false", shown, seen));
      }
    } else if (row.type == KeyType::kChoice) {
      choice(row, node, shown);
    } else if (row.type == KeyType::kShare) {
      if (!parse_share(node.text).ok()) {
        problems_.add(node.place, fmt::format("`{}` is `{}`; it should be {}", shown, seen,
                                              shape_of(row.type)));
      }
    } else if (is_number(row.type)) {
      const auto number = parse_number(row, node.text);
      if (!number.ok()) {
        problems_.add(node.place, fmt::format("`{}` is `{}`; it should be {}", shown, seen,
                                              shape_of(row.type)));
      } else if (*number < row.least || *number > row.most) {
        const bool below = *number < row.least;
        problems_.add(node.place, fmt::format("`{}` is `{}`; {} {}", shown, seen,
                                              below ? "at least" : "at most",
                                              show_number(row, below ? row.least : row.most)));
      }
    } else {
      text(node, shown);
    }
  }

  void choice(const KeyRow& row, const YamlNode& node, std::string_view shown) {
    const auto choices = choices_of(row);
    if (std::ranges::find(choices, node.text) != choices.end()) {
      return;
    }
    const std::string_view close = nearest(node.text, choices);
    std::string message = fmt::format("`{}` is `{}`", shown, printable(node.text));
    message += close.empty() ? fmt::format("; it should be one of {}", fmt::join(choices, ", "))
                             : fmt::format("; did you mean `{}`?", close);
    problems_.add(node.place, std::move(message),
                  close.empty() ? "" : fmt::format("one of {}", fmt::join(choices, ", ")));
  }

  void reference(const KeyRow& row, const YamlNode& node, std::string_view shown) {
    if (node.kind == YamlNode::Kind::kText) {
      // Never shows what stands there: it may be the secret itself.
      problems_.add(
          node.place,
          row.type == KeyType::kSecret
              ? fmt::format("`{}` is written out; a secret never stands in this file", shown)
              : fmt::format("`{}` is a text; it should be {}", shown, shape_of(row.type)),
          "write {file: PATH}, {env: NAME} or {credential: NAME}");
    } else if (expect(node, YamlNode::Kind::kMap, row.type, shown) && !reference_in(node)) {
      std::vector<std::string_view> names;
      for (const SourceRow& source : kSources) {
        names.push_back(source.name);
      }
      const bool known = node.members.size() == 1 &&
                         std::ranges::find(names, node.members.front().key) != names.end();
      problems_.add(node.place,
                    known                     ? fmt::format("`{}` names nothing", shown)
                    : node.members.size() > 1 ? fmt::format("`{}` names more than one place", shown)
                                              : fmt::format("unknown key in `{}`; known here: {}",
                                                            shown, fmt::join(names, ", ")),
                    "write {file: PATH}, {env: NAME} or {credential: NAME}");
    }
  }

  Problems& problems_;
};

}  // namespace

void Problems::insert(Problem problem) {
  const auto order = [](const Problem& p) { return std::pair(p.severity, p.place); };
  list_.insert(std::ranges::upper_bound(list_, order(problem), {}, order), std::move(problem));
  if (list_.size() > kMost) {
    list_.pop_back();
    ++left_out_;
  }
}

void Problems::add(Place place, std::string message, std::string hint) {
  ++errors_;
  insert({Problem::Severity::kError, place, std::move(message), std::move(hint)});
}

void Problems::warn(Place place, std::string message, std::string hint) {
  insert({Problem::Severity::kWarning, place, std::move(message), std::move(hint)});
}

std::vector<Problem> Problems::take() {
  if (left_out_ > 0) {
    list_.push_back({.severity = Problem::Severity::kWarning,
                     .message = fmt::format("and {} more", left_out_)});
  }
  return std::exchange(list_, {});
}

std::string_view name_of(Reference::Source source) {
  return kSources[static_cast<size_t>(source)].name;
}

void check_against_table(const YamlNode& root, Problems& problems) {
  Checker(problems).section(root, "", "");
}

const KeyRow& Section::row(std::string_view key) const {
  const KeyRow* found =
      find_row(path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
  SALLY_CHECK(found != nullptr);
  return *found;
}

const YamlNode* Section::find(std::string_view key) const {
  const YamlNode* found = node_ == nullptr ? nullptr : node_->find(key);
  return is_present(found) ? found : nullptr;
}

bool Section::has(std::string_view key) const {
  SALLY_CHECK(row(key).type != KeyType::kNamed);
  return find(key) != nullptr;
}

Place Section::place(std::string_view key) const {
  const YamlNode* found = find(key);
  return found == nullptr ? place_ : found->place;
}

Section Section::section(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kSection);
  return {find(key), content_path(entry), place(key)};
}

std::vector<std::pair<PlacedText, Section>> Section::named(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kNamed);
  std::vector<std::pair<PlacedText, Section>> out;
  if (const YamlNode* found = find(key)) {
    for (const YamlMember& member : found->members) {
      out.emplace_back(PlacedText{member.key, member.place},
                       Section(&member.value, content_path(entry), member.place));
    }
  }
  return out;
}

std::vector<Section> Section::sections(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kSections);
  std::vector<Section> out;
  if (const YamlNode* found = find(key)) {
    for (const YamlNode& item : found->items) {
      out.push_back(Section(&item, content_path(entry), item.place));
    }
  }
  return out;
}

std::string Section::text(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kText || entry.type == KeyType::kChoice ||
              entry.type == KeyType::kPath || entry.type == KeyType::kListen ||
              entry.type == KeyType::kUrl);
  const YamlNode* found = find(key);
  if (found == nullptr || found->kind != YamlNode::Kind::kText) {
    return std::string(entry.standard);
  }
  if (entry.type == KeyType::kChoice) {
    const auto choices = choices_of(entry);
    if (std::ranges::find(choices, found->text) == choices.end()) {
      return std::string(entry.standard.empty() ? choices.front() : entry.standard);
    }
  }
  return found->text;
}

std::vector<PlacedText> Section::texts(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kTexts || entry.type == KeyType::kListens);
  const YamlNode* found = find(key);
  std::vector<PlacedText> out;
  if (found == nullptr) {
    if (!entry.standard.empty()) {
      out.push_back({std::string(entry.standard), place_});
    }
  } else if (found->kind == YamlNode::Kind::kText) {
    out.push_back({found->text, found->place});
  } else {
    for (const YamlNode& item : found->items) {
      if (item.kind == YamlNode::Kind::kText && !item.text.empty()) {
        out.push_back({item.text, item.place});
      }
    }
  }
  return out;
}

bool Section::flag(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kFlag);
  const YamlNode* found = find(key);
  return (found == nullptr ? entry.standard : std::string_view(found->text)) == "true";
}

uint64_t Section::number_of(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(is_number(entry.type));
  if (const YamlNode* found = find(key)) {
    const auto value = parse_number(entry, found->text);
    if (value.ok() && *value >= entry.least && *value <= entry.most) {
      return *value;
    }
  }
  return *parse_number(entry, entry.standard);
}

double Section::share(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kShare);
  if (const YamlNode* found = find(key)) {
    if (const auto value = parse_share(found->text); value.ok()) {
      return *value;
    }
  }
  return *parse_share(entry.standard);
}

Millis Section::duration(std::string_view key) const {
  SALLY_CHECK(row(key).type == KeyType::kDuration);
  return Millis(static_cast<int64_t>(number_of(key)));
}

std::optional<Reference> Section::reference(std::string_view key) const {
  const KeyRow& entry = row(key);
  SALLY_CHECK(entry.type == KeyType::kMaterial || entry.type == KeyType::kSecret);
  if (const YamlNode* found = find(key)) {
    return reference_in(*found);
  }
  if (entry.standard.empty()) {
    return std::nullopt;
  }
  auto standard = reference_in(formats::parse_yaml(entry.standard).root);
  SALLY_CHECK(standard.has_value());
  standard->place = place_;
  return standard;
}

}  // namespace sally::app
