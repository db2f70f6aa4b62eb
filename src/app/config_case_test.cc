// Runs tests/cases/config: a configuration, and every problem that is told of it (or what is in
// force when there is none).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/config.h"
#include "app/config_docs.h"
#include "app/test_outside.h"
#include "support/case_file.h"

namespace sally::app {
namespace {

TEST(Config, EveryCaseIsToldAsItsFileSays) {
  test::run_cases("config", [](test::CaseFile& file) {
    const std::string text = file.section("config");
    std::vector<Problem> problems;
    ConfigContext context = test_context();
    if (file.find("reading") == "paths") {
      context.reading = Reading::kPaths;
    }
    const auto config = parse_config(text, "/etc/sallyport/sallyport.yaml", context, &problems);
    file.expect("accepted", config.ok() ? "yes" : "no");
    std::string told;
    for (const Problem& problem : problems) {
      told += show_problem("sallyport.yaml", problem) + "\n";
    }
    if (!told.empty() || file.find_section("problems")) {
      file.expect_section("problems", told);
    }
    if (file.find_section("in force")) {
      file.expect_section("in force", effective_yaml(formats::parse_yaml(text).root));
    }
    for (const std::string_view secret : kTestSecrets) {
      EXPECT_EQ(told.find(secret), std::string::npos) << "a secret stands in a message";
    }
  });
}

}  // namespace
}  // namespace sally::app
