#include "app/admin/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "app/admin/endpoint.h"
#include "formats/json/document.h"
#include "support/case_file.h"

namespace sally::app {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

// Calls `visit` with every value below `value`, itself included.
template <typename Visit>
void walk(const JsonValue& value, const Visit& visit) {
  visit(value);
  if (value.is_object() || value.is_array()) {
    for (const JsonValue child : value) {
      walk(child, visit);
    }
  }
}

TEST(Openapi, DocumentStandsInTheDocs) {
  test::expect_generated("docs/admin-api.json", openapi_document());
}

TEST(Openapi, EveryReferenceLeadsToASchemaAndEverySchemaIsReferredTo) {
  const auto document = JsonDocument::parse(openapi_document());
  ASSERT_TRUE(document.ok()) << document.error().to_string();
  std::set<std::string> referred;
  walk(document->root(), [&](const JsonValue& value) {
    if (value.name() == "$ref") {
      const std::string_view to = *value.as_string();
      constexpr std::string_view kSchemas = "#/components/schemas/";
      ASSERT_TRUE(to.starts_with(kSchemas));
      referred.insert(std::string(to.substr(kSchemas.size())));
    }
  });
  std::set<std::string> schemas;
  for (const Schema& schema : all_schemas()) {
    EXPECT_TRUE(schemas.insert(std::string(schema.name)).second) << schema.name;
  }
  EXPECT_EQ(referred, schemas);
}

TEST(Openapi, EveryEndpointIsAnOperationWithItsParameters) {
  const auto document = JsonDocument::parse(openapi_document());
  ASSERT_TRUE(document.ok());
  std::set<std::string_view> ids;
  size_t operations = 0;
  const JsonValue paths = *document->root().find("paths");
  for (const JsonValue path : paths) {
    for (const JsonValue operation : path) {
      ++operations;
      EXPECT_TRUE(ids.insert(*operation.string("operationId")).second);
      std::set<std::string> in_path;
      if (const auto parameters = operation.find("parameters")) {
        for (const JsonValue parameter : *parameters) {
          if (*parameter.string("in") == "path") {
            in_path.insert("{" + std::string(*parameter.string("name")) + "}");
          }
        }
      }
      std::set<std::string> named;
      const std::string_view text = path.name();
      for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
        named.insert(std::string(text.substr(at, text.find('}', at) - at + 1)));
      }
      EXPECT_EQ(in_path, named) << text;
      const auto responses = operation.find("responses");
      ASSERT_TRUE(responses);
      EXPECT_GT(responses->size(), 1U);
    }
  }
  EXPECT_EQ(operations, all_endpoints().size());
}

TEST(Openapi, EveryMemberThatIsRequiredIsAProperty) {
  const auto document = JsonDocument::parse(openapi_document());
  ASSERT_TRUE(document.ok());
  walk(document->root(), [&](const JsonValue& value) {
    const auto required = value.find("required");
    if (required && required->is_array()) {
      const auto properties = value.find("properties");
      ASSERT_TRUE(properties);
      for (const JsonValue name : *required) {
        EXPECT_TRUE(properties->find(*name.as_string())) << *name.as_string();
      }
    }
  });
}

}  // namespace
}  // namespace sally::app
