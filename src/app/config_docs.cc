#include "app/config_docs.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/config_reader.h"
#include "app/config_table.h"
#include "app/config_values.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using formats::JsonWriter;

constexpr std::string_view kSizePattern = "^[0-9]+(B|KiB|MiB|GiB)?$";
constexpr std::string_view kDurationPattern = "^[0-9]+(ms|s|m|h|d)$";
constexpr std::string_view kUrlPattern = "^https?://[^/?#@ ]+(/[^?# ]*)?$";

std::string indent_of(size_t depth) {
  return std::string(2 * depth, ' ');
}

// --- JSON Schema ------------------------------------------------------------------------------

void write_section_schema(JsonWriter& json, std::string_view path);

void write_default(JsonWriter& json, const KeyRow& row) {
  if (row.standard.empty()) {
    return;
  }
  json.key("default");
  if (row.type == KeyType::kFlag || row.type == KeyType::kCount || row.type == KeyType::kShare) {
    json.raw(row.standard);
  } else if (row.type == KeyType::kSecret || row.type == KeyType::kMaterial) {
    const YamlNode node = formats::parse_yaml(row.standard).root;
    json.begin_object();
    json.member(node.members.front().key, node.members.front().value.text);
    json.end_object();
  } else {
    json.string(row.standard);
  }
}

void write_type(JsonWriter& json, const KeyRow& row) {
  switch (row.type) {
    case KeyType::kSection:
      write_section_schema(json, row.path);
      return;
    case KeyType::kNamed:
      json.member("type", "object");
      json.key("propertyNames").begin_object();
      json.member("minLength", 1).member("maxLength", 256).end_object();
      json.key("additionalProperties").begin_object();
      write_section_schema(json, content_path(row));
      json.end_object();
      return;
    case KeyType::kSections:
      json.member("type", "array");
      json.key("items").begin_object();
      write_section_schema(json, content_path(row));
      json.end_object();
      return;
    case KeyType::kTexts:
    case KeyType::kListens:
      json.key("anyOf").begin_array();
      json.begin_object().member("type", "string").member("minLength", 1).end_object();
      json.begin_object().member("type", "array");
      json.key("items").begin_object();
      json.member("type", "string").member("minLength", 1).end_object();
      json.end_object();
      json.end_array();
      return;
    case KeyType::kFlag:
      json.member("type", "boolean");
      return;
    case KeyType::kCount:
      json.member("type", "integer").member("minimum", row.least);
      if (row.most != kNoMost) {
        json.member("maximum", row.most);
      }
      return;
    case KeyType::kShare:
      json.member("type", "number").member("minimum", 0).member("maximum", 1);
      return;
    case KeyType::kSize:
      json.key("anyOf").begin_array();
      json.begin_object().member("type", "string").member("pattern", kSizePattern).end_object();
      json.begin_object().member("type", "integer").member("minimum", 0).end_object();
      json.end_array();
      return;
    case KeyType::kDuration:
      json.member("type", "string").member("pattern", kDurationPattern);
      return;
    case KeyType::kChoice:
      json.key("enum").begin_array();
      for (const std::string_view choice : choices_of(row)) {
        json.string(choice);
        // A reader of YAML takes these for numbers.
        if (choice == "1" || choice == "2" || choice == "1.2" || choice == "1.3") {
          json.raw(choice);
        }
      }
      json.end_array();
      return;
    case KeyType::kUrl:
      json.member("type", "string").member("pattern", kUrlPattern);
      return;
    case KeyType::kText:
    case KeyType::kPath:
    case KeyType::kListen:
      json.member("type", "string").member("minLength", 1);
      return;
    case KeyType::kMaterial:
    case KeyType::kSecret:
      json.member("$ref", "#/$defs/reference");
      return;
  }
}

void write_section_schema(JsonWriter& json, std::string_view path) {
  const auto rows = children_of(path);
  json.member("type", "object").member("additionalProperties", false);
  const auto needed = [](const KeyRow* row) { return row->presence == Presence::kRequired; };
  if (std::ranges::any_of(rows, needed)) {
    json.key("required").begin_array();
    for (const KeyRow* row : rows) {
      if (needed(row)) {
        json.string(row->name());
      }
    }
    json.end_array();
  }
  json.key("properties").begin_object();
  for (const KeyRow* row : rows) {
    json.key(row->name()).begin_object();
    json.member("description", row->help);
    write_type(json, *row);
    write_default(json, *row);
    json.end_object();
  }
  json.end_object();
}

void write_reference_schema(JsonWriter& json) {
  json.key("$defs").begin_object().key("reference").begin_object();
  json.member("description", "Where the value stands.").member("type", "object");
  json.member("minProperties", 1).member("maxProperties", 1);
  json.member("additionalProperties", false);
  json.key("properties").begin_object();
  for (const std::string_view source : {"file", "env", "credential"}) {
    json.key(source).begin_object();
    json.member("type", "string").member("minLength", 1).end_object();
  }
  json.end_object().end_object().end_object();
}

// One member or element a line: what a person can read and a diff can show.
std::string indented(std::string_view json) {
  std::string out;
  size_t depth = 0;
  bool in_string = false;
  auto line = [&] { out += '\n' + indent_of(depth); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\') {
        out += json[++i];
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
      out += c;
    } else if ((c == '{' || c == '[') && i + 1 < json.size() && json[i + 1] == c + 2) {
      out += c;
      out += json[++i];
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += ": ";
    } else {
      out += c;
    }
  }
  return out + "\n";
}

// --- the reference ----------------------------------------------------------------------------

std::string_view type_word(KeyType type) {
  switch (type) {
    case KeyType::kSection:
      return "map";
    case KeyType::kNamed:
      return "map of names";
    case KeyType::kSections:
      return "list of maps";
    case KeyType::kText:
      return "text";
    case KeyType::kTexts:
      return "texts";
    case KeyType::kFlag:
      return "flag";
    case KeyType::kCount:
      return "number";
    case KeyType::kShare:
      return "share";
    case KeyType::kSize:
      return "size";
    case KeyType::kDuration:
      return "duration";
    case KeyType::kChoice:
      return "choice";
    case KeyType::kPath:
      return "path";
    case KeyType::kListen:
      return "address";
    case KeyType::kListens:
      return "addresses";
    case KeyType::kUrl:
      return "URL";
    case KeyType::kMaterial:
      return "reference";
    case KeyType::kSecret:
      return "secret reference";
  }
  return "";
}

std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') {
      out += '\\';
    }
    out += c;
  }
  return out + "`";
}

std::string standard_cell(const KeyRow& row) {
  if (row.presence == Presence::kRequired) {
    return "required";
  }
  return row.standard.empty() ? "" : code(row.standard);
}

std::string type_cell(const KeyRow& row) {
  if (row.type != KeyType::kChoice) {
    return std::string(type_word(row.type));
  }
  std::string out;
  for (const std::string_view choice : choices_of(row)) {
    out += (out.empty() ? "" : ", ") + code(choice);
  }
  return out;
}

bool is_structure(const KeyRow& row) {
  return row.type == KeyType::kSection || row.type == KeyType::kNamed ||
         row.type == KeyType::kSections;
}

std::string heading(std::string_view path) {
  std::string out;
  for (const char c : path) {
    out += c == '*' ? "NAME" : std::string(1, c);
  }
  return out;
}

void write_table(std::string& out, std::string_view path) {
  out += "| key | value | default | what it is |\n| --- | --- | --- | --- |\n";
  for (const KeyRow* row : children_of(path)) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", row->name(), type_cell(*row),
                       standard_cell(*row), row->help);
  }
  out += '\n';
}

void write_part(std::string& out, const KeyRow& row) {
  const std::string path = content_path(row);
  out += fmt::format("### `{}`\n\n{}\n\n", heading(path), row.help);
  write_table(out, path);
  for (const KeyRow* child : children_of(path)) {
    if (is_structure(*child)) {
      write_part(out, *child);
    }
  }
}

// --- the configuration in force ---------------------------------------------------------------

// A text as YAML: plain where that reads back as the same text, else in double quotes, which are
// JSON's.
std::string yaml_text(std::string_view text) {
  const bool plain =
      !text.empty() && text != "~" && text != "null" &&
      std::ranges::all_of(text,
                          [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') ||
                                   std::string_view("_./+@:-").find(c) != std::string_view::npos;
                          }) &&
      text.front() != '-' && text.front() != ':' && text.front() != '@' && text.back() != ':';
  if (plain) {
    return std::string(text);
  }
  std::string out;
  formats::append_json_string(out, text);
  return out;
}

std::string yaml_list(const std::vector<PlacedText>& texts) {
  std::string out = "[";
  for (const PlacedText& text : texts) {
    out += (out.size() == 1 ? "" : ", ") + yaml_text(text.text);
  }
  return out + "]";
}

// The section's keys, each as `key: value` or with its own keys below.
class YamlShow {
 public:
  std::string show(const Section& top) && {
    section(top, "", 0);
    return std::move(out_);
  }

 private:
  void section(const Section& at, std::string_view path, size_t depth) {
    for (const KeyRow* row : children_of(path)) {
      value(at, *row, depth);
    }
  }

  void line(size_t depth, std::string_view key, std::string_view value) {
    out_ += fmt::format("{}{}:{}{}\n", indent_of(depth), key, value.empty() ? "" : " ", value);
  }

  void value(const Section& at, const KeyRow& row, size_t depth) {
    const std::string_view key = row.name();
    if (row.type == KeyType::kSection) {
      if (at.has(key) || row.presence != Presence::kSwitch) {
        const size_t before = out_.size();
        line(depth, key, "");
        const size_t head = out_.size();
        section(at.section(key), row.path, depth + 1);
        if (out_.size() == head) {
          out_.resize(before);
        }
      }
    } else if (row.type == KeyType::kNamed) {
      const auto all = at.named(key);
      if (!all.empty()) {
        line(depth, key, "");
      }
      for (const auto& [name, content] : all) {
        line(depth + 1, yaml_text(name.text), "");
        section(content, content_path(row), depth + 2);
      }
    } else if (row.type == KeyType::kSections) {
      const auto all = at.sections(key);
      if (!all.empty()) {
        line(depth, key, "");
      }
      for (const Section& content : all) {
        const size_t start = out_.size();
        section(content, content_path(row), depth + 2);
        // The dash takes the place of the first line's indentation.
        out_.replace(start + 2 * (depth + 1), 1, "-");
      }
    } else {
      const std::string shown = scalar(at, row);
      if (!shown.empty()) {
        line(depth, key, shown);
      }
    }
  }

  // Empty: absent, and without a default.
  static std::string scalar(const Section& at, const KeyRow& row) {
    const std::string_view key = row.name();
    if (row.type == KeyType::kTexts || row.type == KeyType::kListens) {
      const auto texts = at.texts(key);
      return texts.empty() ? "" : yaml_list(texts);
    }
    if (row.type == KeyType::kFlag) {
      return at.flag(key) ? "true" : "false";
    }
    if (row.type == KeyType::kCount) {
      return fmt::format("{}", at.number<uint64_t>(key));
    }
    if (row.type == KeyType::kShare) {
      const bool known = at.has(key) || !row.standard.empty();
      return known ? fmt::format("{}", at.share(key)) : "";
    }
    if (row.type == KeyType::kSize) {
      return format_size(at.number<uint64_t>(key));
    }
    if (row.type == KeyType::kDuration) {
      return format_duration(at.duration(key));
    }
    if (row.type == KeyType::kMaterial || row.type == KeyType::kSecret) {
      const auto reference = at.reference(key);
      return reference
                 ? fmt::format("{{{}: {}}}", name_of(reference->source), yaml_text(reference->name))
                 : "";
    }
    const std::string text = at.text(key);
    return text.empty() ? "" : yaml_text(text);
  }

  std::string out_;
};

void write_json(JsonWriter& json, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      json.null();
      return;
    case YamlNode::Kind::kText:
      json.string(node.text);
      return;
    case YamlNode::Kind::kList:
      json.begin_array();
      for (const YamlNode& item : node.items) {
        write_json(json, item);
      }
      json.end_array();
      return;
    case YamlNode::Kind::kMap:
      json.begin_object();
      for (const YamlMember& member : node.members) {
        json.key(member.key);
        write_json(json, member.value);
      }
      json.end_object();
      return;
  }
}

}  // namespace

std::string config_schema() {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.member("title", "Sallyport configuration");
  write_section_schema(json, "");
  write_reference_schema(json);
  json.end_object();
  json.finish();
  return indented(out);
}

std::string config_reference() {
  std::string out;
  out += "## Every key\n\n";
  write_table(out, "");
  for (const KeyRow* row : children_of("")) {
    if (is_structure(*row)) {
      write_part(out, *row);
    }
  }
  out.pop_back();
  return out;
}

std::string effective_yaml(const YamlNode& root) {
  return YamlShow().show(Section(root));
}

std::string effective_json(const YamlNode& root) {
  const YamlNode shown = formats::parse_yaml(effective_yaml(root)).root;
  std::string out;
  JsonWriter json(out);
  write_json(json, shown);
  json.finish();
  return indented(out);
}

}  // namespace sally::app
