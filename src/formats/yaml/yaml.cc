#include "formats/yaml/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::formats {
namespace {

YamlPlace place_of(const YAML::Mark& mark) {
  return {.line = mark.line + 1, .column = mark.column + 1};
}

// Ends the parse from inside a handler; never leaves this file.
struct Stop {
  YamlProblem problem;
};

[[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string hint = {}) {
  throw Stop{{.place = place_of(mark), .message = std::move(message), .hint = std::move(hint)}};
}

// What a node costs of the limits, all below it included.
struct Cost {
  size_t nodes = 0;
  size_t bytes = 0;
};

// What yaml-cpp gives for a node without a tag (plain, in quotes or as a block).
bool is_untagged(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!";
}

// Builds the tree from yaml-cpp's events. `open_` is the path from the root to the node being read;
// the nodes of that path do not move while they are on it, because a parent adds its next child
// only after the last one was closed.
class Builder final : public YAML::EventHandler {
 public:
  Builder(YamlDialect dialect, const YamlLimits& limits) : dialect_(dialect), limits_(limits) {}

  // The next document goes to `root`, which stays where it is until its end.
  void begin(YamlNode& root) {
    root_ = &root;
    open_.clear();
    anchors_.clear();
  }

  // yaml-cpp gives empty documents without end where it can read nothing.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == document_at_) {
      stop(mark, "no valid YAML: nothing can begin here");
    }
    document_at_ = mark.pos;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::string untagged = "?";
    check_plain(mark, untagged, anchor);
    note(anchor, add(mark, untagged, YamlNode::Kind::kNull), {.nodes = 1});
    complete();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (dialect_ == YamlDialect::kPlain) {
      stop(mark, "an alias stands here",
           "write the value itself; anchors and aliases are not read");
    }
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      stop(mark, "an alias stands for what it is part of");
    }
    spend(mark, found->second.cost);
    if (open_.size() + found->second.depth > limits_.depth) {
      stop(mark, fmt::format("more than {} levels deep", limits_.depth));
    }
    place(mark) = found->second.node;
    complete();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_plain(mark, tag, anchor);
    const Cost cost{.nodes = 0, .bytes = value.size()};
    if (wants_key() && is_untagged(tag) && anchor == YAML::NullAnchor) {
      YamlNode& map = *open_.back().node;
      if (dialect_ == YamlDialect::kPlain && map.find(value) != nullptr) {
        stop(mark, fmt::format("key `{}` stands twice", printable(value)));
      }
      spend(mark, cost);
      map.members.push_back({.key = value, .place = place_of(mark), .value = {}});
      open_.back().key_read = true;
      return;
    }
    spend(mark, cost);
    // `~` and `null` are how YAML spells nothing; quoted they are texts (tag `!`).
    const bool is_null = tag == "?" && (value == "~" || value == "null");
    YamlNode& node = add(mark, tag, is_null ? YamlNode::Kind::kNull : YamlNode::Kind::kText);
    node.text = value;
    node.quoted = tag == "!";
    note(anchor, node, {.nodes = 1, .bytes = value.size()});
    complete();
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
  struct Open {
    YamlNode* node;
    YAML::anchor_t anchor;
    Cost before;            // what was spent when it began
    size_t deepest = 0;     // levels below it
    bool key_read = false;  // of a map: a key was read, its value was not
    bool in_key = false;    // of a map: what is read now is a key that is no text
  };
  struct Anchored {
    YamlNode node;
    Cost cost;
    size_t depth = 0;
  };

  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back().node->kind == YamlNode::Kind::kMap &&
           !open_.back().key_read;
  }

  void check_plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (dialect_ == YamlDialect::kAny) {
      return;
    }
    if (anchor != YAML::NullAnchor) {
      stop(mark, "an anchor stands here",
           "write the value where it is used; anchors and aliases are not read");
    }
    if (!is_untagged(tag)) {
      stop(mark, fmt::format("a tag `{}` stands here", printable(tag)), "leave the tag out");
    }
  }

  void spend(const YAML::Mark& mark, const Cost& cost) {
    spent_.nodes += cost.nodes;
    spent_.bytes += cost.bytes;
    if (spent_.nodes > limits_.nodes) {
      stop(mark, fmt::format("more than {} values", limits_.nodes));
    }
    if (spent_.bytes > limits_.bytes) {
      stop(mark, fmt::format("more than {} bytes of text", limits_.bytes));
    }
  }

  // Where the next node goes.
  YamlNode& place(const YAML::Mark& mark) {
    if (open_.empty()) {
      return *root_;
    }
    Open& parent = open_.back();
    if (parent.node->kind == YamlNode::Kind::kList) {
      return parent.node->items.emplace_back();
    }
    if (parent.key_read) {
      return parent.node->members.back().value;
    }
    parent.in_key = true;
    YamlMember& member = parent.node->members.emplace_back();
    member.place = place_of(mark);
    return member.odd_key.emplace_back();
  }

  // The node that place() gave is read to its end.
  void complete() {
    if (open_.empty()) {
      return;
    }
    Open& parent = open_.back();
    parent.key_read = parent.in_key;
    parent.in_key = false;
  }

  YamlNode& add(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    if (dialect_ == YamlDialect::kPlain && wants_key()) {
      stop(mark, fmt::format("a key that is {}", name_of(kind)), "a key is a text");
    }
    spend(mark, {.nodes = 1, .bytes = is_untagged(tag) ? 0 : tag.size()});
    YamlNode& node = place(mark);
    node.kind = kind;
    node.place = place_of(mark);
    if (!is_untagged(tag)) {
      node.tag = tag;
    }
    return node;
  }

  void note(YAML::anchor_t anchor, const YamlNode& node, const Cost& cost, size_t depth = 0) {
    if (anchor != YAML::NullAnchor) {
      // The copy is kept: it costs what another alias would.
      spent_.nodes += cost.nodes;
      spent_.bytes += cost.bytes;
      anchors_[anchor] = {.node = node, .cost = cost, .depth = depth};
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    check_plain(mark, tag, anchor);
    if (open_.size() >= limits_.depth) {
      stop(mark, fmt::format("more than {} levels deep", limits_.depth));
    }
    const Cost before = spent_;
    YamlNode& node = add(mark, tag, kind);
    open_.push_back({.node = &node, .anchor = anchor, .before = before});
  }

  void close() {
    const Open closed = open_.back();
    open_.pop_back();
    const size_t depth = closed.deepest + 1;
    note(closed.anchor, *closed.node,
         {.nodes = spent_.nodes - closed.before.nodes, .bytes = spent_.bytes - closed.before.bytes},
         depth);
    if (!open_.empty()) {
      open_.back().deepest = std::max(open_.back().deepest, depth);
    }
    complete();
  }

  YamlDialect dialect_;
  const YamlLimits& limits_;
  int document_at_ = -1;  // where the last document began
  YamlNode* root_ = nullptr;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Cost spent_;
};

// Calls `next` with a parser on `text` and a builder; what they throw becomes the problem.
template <typename Next>
std::optional<YamlProblem> read(std::string_view text, YamlDialect dialect,
                                const YamlLimits& limits, Next next) {
  if (text.size() > limits.bytes) {
    return YamlProblem{.message =
                           fmt::format("{} bytes; at most {} are read", text.size(), limits.bytes)};
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return YamlProblem{.message = "the file is not UTF-8 text"};
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(dialect, limits);
    return next(parser, builder);
  } catch (const Stop& stopped) {
    return stopped.problem;
  } catch (const YAML::Exception& error) {
    return YamlProblem{
        .place = place_of(error.mark),
        .message = fmt::format("no valid YAML: {}", printable(error.msg)),
        .hint = "look at the indentation and the quotes on this line and the one above"};
  } catch (const std::exception& error) {
    // yaml-cpp lets exceptions of the standard library through on some malformed escapes.
    return YamlProblem{.message = fmt::format("no valid YAML: {}", printable(error.what()))};
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
  out.problem = read(text, YamlDialect::kPlain, limits,
                     [&](YAML::Parser& parser, Builder& builder) -> std::optional<YamlProblem> {
                       builder.begin(out.root);
                       YamlNode second;
                       if (!parser.HandleNextDocument(builder)) {
                         return std::nullopt;
                       }
                       builder.begin(second);
                       if (!parser.HandleNextDocument(builder)) {
                         return std::nullopt;
                       }
                       return YamlProblem{.place = second.place,
                                          .message = "a second document begins here",
                                          .hint = "the file is one document: remove the `---`"};
                     });
  if (out.problem) {
    out.root = {};
  }
  return out;
}

YamlDocuments parse_yaml_documents(std::string_view text, const YamlLimits& limits) {
  YamlDocuments out;
  out.problem = read(text, YamlDialect::kAny, limits,
                     [&](YAML::Parser& parser, Builder& builder) -> std::optional<YamlProblem> {
                       for (;;) {
                         if (out.roots.size() > limits.nodes) {
                           return YamlProblem{.message = "too many documents"};
                         }
                         builder.begin(out.roots.emplace_back());
                         if (!parser.HandleNextDocument(builder)) {
                           out.roots.pop_back();
                           return std::nullopt;
                         }
                       }
                     });
  return out;
}

}  // namespace sally::formats
