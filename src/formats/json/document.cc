#include "formats/json/document.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace sally::formats {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

}  // namespace

std::string_view name_of(JsonType type) {
  switch (type) {
    case JsonType::kNull:
      return "null";
    case JsonType::kBoolean:
      return "a boolean";
    case JsonType::kNumber:
      return "a number";
    case JsonType::kString:
      return "a string";
    case JsonType::kArray:
      return "an array";
    case JsonType::kObject:
      return "an object";
  }
  return "null";
}

// In the order of the text; the root is node 0.
struct JsonValue::Node {
  JsonType type;
  bool boolean;
  uint32_t parent;
  uint32_t first_child;
  uint32_t next;      // sibling
  uint32_t children;  // how many
  size_t offset;
  std::string_view name;
  std::string_view text;  // of a string, decoded; of a number, as written
};

struct JsonValue::Rep {
  std::string text;
  JsonReader reader;  // holds what was decoded
  std::vector<Node> nodes;
};

namespace {

// Builds the tree from the walk.
template <typename Node>
class Builder {
 public:
  explicit Builder(std::vector<Node>& nodes) : nodes_(nodes) {}

  void key(const JsonText& key) { name_ = key.text; }
  void string(const JsonText& text) { add(JsonType::kString, text.offset).text = text.text; }
  void number(const JsonNumber& number) { add(JsonType::kNumber, number.offset).text = number.raw; }
  void boolean(bool value, size_t offset) { add(JsonType::kBoolean, offset).boolean = value; }
  void null(size_t offset) { add(JsonType::kNull, offset); }
  void begin_object(size_t offset) { open(JsonType::kObject, offset); }
  void begin_array(size_t offset) { open(JsonType::kArray, offset); }
  void end_object(size_t) { close(); }
  void end_array(size_t) { close(); }

 private:
  Node& add(JsonType type, size_t offset) {
    const auto self = static_cast<uint32_t>(nodes_.size());
    if (parent_ != kNone) {
      Node& parent = nodes_[parent_];
      if (parent.children++ == 0) {
        parent.first_child = self;
      } else {
        nodes_[previous_].next = self;
      }
    }
    previous_ = self;
    nodes_.push_back(Node{type, false, parent_, kNone, kNone, 0, offset, name_, {}});
    name_ = {};
    return nodes_.back();
  }
  void open(JsonType type, size_t offset) {
    add(type, offset);
    parent_ = previous_;
  }
  void close() {
    previous_ = parent_;
    parent_ = nodes_[parent_].parent;
  }

  std::vector<Node>& nodes_;
  std::string_view name_;
  uint32_t parent_ = kNone;
  uint32_t previous_ = kNone;  // the last child of `parent_`, where it has one
};

}  // namespace

const JsonValue::Node& JsonValue::node() const {
  return rep_->nodes[node_];
}

JsonType JsonValue::type() const {
  return node().type;
}
size_t JsonValue::size() const {
  return node().children;
}
std::string_view JsonValue::name() const {
  return node().name;
}
size_t JsonValue::offset() const {
  return node().offset;
}

std::string JsonValue::path() const {
  // From the value up to the root, then turned round.
  std::vector<std::string> parts;
  for (uint32_t at = node_; rep_->nodes[at].parent != kNone; at = rep_->nodes[at].parent) {
    const Node& self = rep_->nodes[at];
    const Node& parent = rep_->nodes[self.parent];
    if (parent.type == JsonType::kObject) {
      parts.push_back((parent.parent == kNone ? "" : ".") + printable(self.name, 60));
      continue;
    }
    size_t position = 0;
    for (uint32_t child = parent.first_child; child != at; child = rep_->nodes[child].next) {
      ++position;
    }
    parts.push_back(fmt::format("[{}]", position));
  }
  std::string out;
  for (size_t i = parts.size(); i-- > 0;) {
    out += parts[i];
  }
  return out;
}

Error JsonValue::expected(std::string_view what) const {
  const std::string where = path();
  return Error(ErrorKind::kInvalidInput,
               fmt::format("{}: expected {}, found {}",
                           where.empty() ? "the document" : fmt::format("`{}`", where), what,
                           name_of(type())));
}

Result<std::string_view> JsonValue::as_string() const {
  if (type() != JsonType::kString) {
    return expected("a string");
  }
  return node().text;
}

Result<bool> JsonValue::as_bool() const {
  if (type() != JsonType::kBoolean) {
    return expected("a boolean");
  }
  return node().boolean;
}

Result<int64_t> JsonValue::as_int64() const {
  if (const auto value = json_int64(raw_number())) {
    return *value;
  }
  return expected("an integer of 64 bits");
}

Result<uint64_t> JsonValue::as_uint64() const {
  if (const auto value = json_uint64(raw_number())) {
    return *value;
  }
  return expected("an integer of 64 bits, not negative");
}

Result<double> JsonValue::as_double() const {
  if (type() != JsonType::kNumber) {
    return expected("a number");
  }
  return json_double(node().text);
}

Result<JsonValue> JsonValue::as_object() const {
  if (!is_object()) {
    return expected("an object");
  }
  return *this;
}

Result<JsonValue> JsonValue::as_array() const {
  if (!is_array()) {
    return expected("an array");
  }
  return *this;
}

std::string_view JsonValue::raw_number() const {
  return type() == JsonType::kNumber ? node().text : std::string_view{};
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  if (!is_object()) {
    return std::nullopt;
  }
  for (const JsonValue child : *this) {
    if (child.name() == name) {
      return child;
    }
  }
  return std::nullopt;
}

Result<JsonValue> JsonValue::member(std::string_view name) const {
  if (!is_object()) {
    return expected("an object");
  }
  if (const auto found = find(name)) {
    return *found;
  }
  const std::string where = path();
  return Error(ErrorKind::kInvalidInput,
               fmt::format("`{}{}{}`: missing", where, where.empty() ? "" : ".", name));
}

Result<std::string_view> JsonValue::string(std::string_view name) const {
  TRY(const JsonValue value, member(name));
  return value.as_string();
}

Result<bool> JsonValue::boolean(std::string_view name) const {
  TRY(const JsonValue value, member(name));
  return value.as_bool();
}

Result<int64_t> JsonValue::int64(std::string_view name) const {
  TRY(const JsonValue value, member(name));
  return value.as_int64();
}

Result<double> JsonValue::number(std::string_view name) const {
  TRY(const JsonValue value, member(name));
  return value.as_double();
}

Result<> JsonValue::only(std::span<const std::string_view> known) const {
  if (!is_object()) {
    return expected("an object");
  }
  for (const JsonValue child : *this) {
    bool found = false;
    for (const std::string_view name : known) {
      found = found || name == child.name();
    }
    if (!found) {
      const std::string_view near = nearest(child.name(), known);
      return Error(ErrorKind::kInvalidInput, fmt::format("`{}`: unknown member", child.path()),
                   near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
  }
  return ok();
}

JsonValue::Iterator JsonValue::begin() const {
  return {rep_, node().first_child};
}
JsonValue::Iterator JsonValue::end() const {
  return {rep_, kNone};
}

JsonValue::Iterator& JsonValue::Iterator::operator++() {
  node_ = rep_->nodes[node_].next;
  return *this;
}

JsonDocument::JsonDocument(std::unique_ptr<JsonValue::Rep> rep) : rep_(std::move(rep)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
  auto rep = std::make_unique<JsonValue::Rep>();
  rep->text = text;
  Builder builder(rep->nodes);
  TRY_OK(rep->reader.walk(rep->text, limits, builder));
  return JsonDocument(std::move(rep));
}

JsonValue JsonDocument::root() const {
  return {rep_.get(), 0};
}

}  // namespace sally::formats
