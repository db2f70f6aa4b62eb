// tests/cases/cedar/schema/*.case: a schema, and what becomes of it: what is wrong with it, or the
// types and actions that it declares. What reads must give the same Schema from the JSON that is
// written of it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "cedar/schema/json_reader.h"
#include "cedar/schema/json_writer.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/escape.h"
#include "cedar/value.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

std::string list(const std::vector<EntityUid>& uids) {
  std::vector<std::string> texts;
  for (const EntityUid& uid : uids) {
    texts.push_back(quoted(uid));
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string describe(const Schema& schema) {
  std::string out;
  for (const auto& [name, type] : schema.entity_types()) {
    out += fmt::format("entity {}", name);
    out += type.ancestors.empty() ? "" : fmt::format(" in [{}]", fmt::join(type.ancestors, ", "));
    out += type.is_enum() ? fmt::format(" enum [{}]", fmt::join(type.enum_ids, ", "))
                          : fmt::format(" {}", type.attributes.to_string());
    out += type.tags ? fmt::format(" tags {}\n", type.tags->to_string()) : "\n";
  }
  for (const auto& [uid, action] : schema.actions()) {
    out += fmt::format("action {}", quoted(uid));
    out += action.ancestors.empty() ? "" : fmt::format(" in {}", list(action.ancestors));
    if (!action.principals.empty()) {
      out += fmt::format(" for [{}] on [{}] with {}", fmt::join(action.principals, ", "),
                         fmt::join(action.resources, ", "), action.context.to_string());
    }
    out += "\n";
  }
  return out;
}

std::string answer(const std::string& text) {
  const bool is_json = text.starts_with("{");
  const auto schema = is_json ? read_schema_json(text) : parse_schema(text);
  if (!schema.ok()) {
    std::string out;
    for (const Problem& problem : schema.problems()) {
      out += render({is_json ? "schema.json" : "schema", text}, problem);
    }
    return out;
  }
  const auto fragment = is_json ? read_schema_fragment_json(text) : parse_schema_fragment(text);
  const auto again = read_schema_json(write_schema_json(*fragment));
  EXPECT_TRUE(again.ok() && *again == *schema) << write_schema_json(*fragment);
  return describe(*schema);
}

TEST(CedarSchemaCases, AnswerAsTheySay) {
  test::run_cases("cedar/schema", [](test::CaseFile& file) {
    file.expect_section("answer", answer(file.section("schema")));
  });
}

}  // namespace
}  // namespace sally::cedar
