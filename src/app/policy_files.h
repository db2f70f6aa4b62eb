// Files of Cedar policies and schemas, as the `policy` commands read them and tell what is wrong
// with them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/parser.h"
#include "cedar/validate/finding.h"
#include "formats/json/writer.h"

namespace sally::app {

// A text and which syntax it is in: JSON where the file's name ends with `.json`.
struct PolicyFile {
  std::shared_ptr<const cedar::Source> source;
  bool is_json = false;
};

// A regular file of at most 16 MiB; else kUsage.
Result<PolicyFile> read_policy_file(const std::string& path);

cedar::ParseResult<cedar::PolicySet> parse_policies(const PolicyFile& file);
cedar::ParseResult<cedar::Schema> parse_schema(const PolicyFile& file);

// `1 policy`, `3 policies`.
std::string plural(uint64_t count, std::string_view one, std::string_view many);

// What is wrong with one file.
class PolicyReport {
 public:
  explicit PolicyReport(std::shared_ptr<const cedar::Source> source) : source_(std::move(source)) {}

  void add(const std::vector<cedar::Problem>& problems);
  void add(const std::vector<cedar::Finding>& findings);

  // Whether there is no error; warnings do not count.
  [[nodiscard]] bool accepted() const;
  [[nodiscard]] bool has_warnings() const;
  [[nodiscard]] const std::string& path() const { return source_->name; }
  // For people: each problem with its line.
  [[nodiscard]] std::string to_text() const;
  // The members `file`, `accepted` and `problems` of the object that is open.
  void write(formats::JsonWriter& json) const;

 private:
  struct Entry {
    bool is_error;
    std::string policy;  // its id; empty: the file itself
    cedar::Problem problem;
  };
  std::shared_ptr<const cedar::Source> source_;
  std::vector<Entry> entries_;
};

}  // namespace sally::app
