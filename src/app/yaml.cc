#include "app/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::app {
namespace {

Place place_of(const YAML::Mark& mark) {
  return {.line = mark.line + 1, .column = mark.column + 1};
}

// Ends the parse from inside a handler; never leaves this file.
struct Stop {
  Problem problem;
};

[[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string hint = {}) {
  throw Stop{{.place = place_of(mark), .message = std::move(message), .hint = std::move(hint)}};
}

// Builds the tree from yaml-cpp's events. `open_` is the path from the root to the node being read;
// the nodes of that path do not move while they are on it, because a parent adds its next child
// only after the last one was closed.
class Builder final : public YAML::EventHandler {
 public:
  Builder(YamlNode& root, const YamlLimits& limits) : root_(root), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, "?", anchor, YamlNode::Kind::kNull);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(mark, "an alias stands here", "write the value itself; anchors and aliases are not read");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (wants_key()) {
      check_plain(mark, tag, anchor);
      YamlNode& map = *open_.back();
      if (map.find(value) != nullptr) {
        stop(mark, fmt::format("key `{}` stands twice", printable(value)));
      }
      map.members.push_back({.key = value, .place = place_of(mark), .value = {}});
      key_read_.back() = true;
      return;
    }
    // `~` and `null` are how YAML spells nothing; quoted they are texts (tag `!`).
    const bool is_null = tag == "?" && (value == "~" || value == "null");
    YamlNode& node =
        add(mark, tag, anchor, is_null ? YamlNode::Kind::kNull : YamlNode::Kind::kText);
    node.text = value;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back()->kind == YamlNode::Kind::kMap && !key_read_.back();
  }

  static void check_plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      stop(mark, "an anchor stands here",
           "write the value where it is used; anchors and aliases are not read");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      stop(mark, fmt::format("a tag `{}` stands here", printable(tag)), "leave the tag out");
    }
  }

  YamlNode& add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                YamlNode::Kind kind) {
    check_plain(mark, tag, anchor);
    if (wants_key()) {
      stop(mark, fmt::format("a key that is {}", name_of(kind)), "a key is a text");
    }
    if (++nodes_ > limits_.nodes) {
      stop(mark, fmt::format("more than {} values", limits_.nodes));
    }
    YamlNode* node = &root_;
    if (!open_.empty()) {
      YamlNode& parent = *open_.back();
      if (parent.kind == YamlNode::Kind::kMap) {
        key_read_.back() = false;
        node = &parent.members.back().value;
      } else {
        node = &parent.items.emplace_back();
      }
    }
    node->kind = kind;
    node->place = place_of(mark);
    return *node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    if (open_.size() >= limits_.depth) {
      stop(mark, fmt::format("more than {} levels deep", limits_.depth));
    }
    open_.push_back(&add(mark, tag, anchor, kind));
    key_read_.push_back(false);
  }

  void close() {
    open_.pop_back();
    key_read_.pop_back();
  }

  YamlNode& root_;
  const YamlLimits& limits_;
  std::vector<YamlNode*> open_;
  std::vector<bool> key_read_;  // of each open map: a key was read, its value was not
  size_t nodes_ = 0;
};

std::optional<Problem> read_into(YamlNode& root, std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return Problem{.message = fmt::format("{} bytes; a configuration is at most {}", text.size(),
                                          limits.bytes)};
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return Problem{.message = "the file is not UTF-8 text"};
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(root, limits);
    if (!parser.HandleNextDocument(builder)) {
      return std::nullopt;
    }
    YamlNode second;
    Builder refuse(second, limits);
    if (parser.HandleNextDocument(refuse)) {
      return Problem{.place = second.place,
                     .message = "a second document begins here",
                     .hint = "a configuration is one document: remove the `---`"};
    }
    return std::nullopt;
  } catch (const Stop& stopped) {
    return stopped.problem;
  } catch (const YAML::Exception& error) {
    return Problem{.place = place_of(error.mark),
                   .message = fmt::format("no valid YAML: {}", printable(error.msg)),
                   .hint = "look at the indentation and the quotes on this line and the one above"};
  } catch (const std::exception& error) {
    // yaml-cpp lets exceptions of the standard library through on some malformed escapes.
    return Problem{.message = fmt::format("no valid YAML: {}", printable(error.what()))};
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(members, [&](const YamlMember& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

std::string_view name_of(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kText:
      return "a text";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

YamlParsed parse_yaml(std::string_view text, const YamlLimits& limits) {
  YamlParsed out;
  if (auto problem = read_into(out.root, text, limits)) {
    out.root = {};
    out.problems.push_back(*std::move(problem));
  }
  return out;
}

}  // namespace sally::app
