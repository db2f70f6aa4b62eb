#include "app/policy_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/est_reader.h"

namespace sally::app {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargest = uintmax_t{16} << 20;

Error cannot_read(const std::string& path, std::string_view why) {
  return Error(ErrorKind::kUsage,
               fmt::format("`{}` cannot be read: {}", printable(path, 400), why));
}

}  // namespace

Result<PolicyFile> read_policy_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return cannot_read(path, "there is no such file");
  }
  if (error || !fs::is_regular_file(status)) {
    return cannot_read(path, error ? error.message() : "it is no regular file");
  }
  const uintmax_t size = fs::file_size(path, error);
  if (error || size > kLargest) {
    return cannot_read(
        path, error ? error.message() : fmt::format("it has more than {} bytes", kLargest));
  }
  std::string text(static_cast<size_t>(size), '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) {
    return cannot_read(path, "it ended early, or may not be read");
  }
  return PolicyFile{std::make_shared<const cedar::Source>(cedar::Source{path, std::move(text)}),
                    path.ends_with(".json")};
}

cedar::ParseResult<cedar::PolicySet> parse_policies(const PolicyFile& file) {
  return file.is_json ? cedar::read_policies_json(file.source) : cedar::parse_policies(file.source);
}

cedar::ParseResult<cedar::Schema> parse_schema(const PolicyFile& file) {
  return file.is_json ? cedar::read_schema_json(file.source->text)
                      : cedar::parse_schema(file.source->text);
}

std::string plural(uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

void PolicyReport::add(const std::vector<cedar::Problem>& problems) {
  for (const cedar::Problem& problem : problems) {
    entries_.push_back({true, {}, problem});
  }
}

void PolicyReport::add(const std::vector<cedar::Finding>& findings) {
  for (const cedar::Finding& finding : findings) {
    entries_.push_back({finding.severity == cedar::Severity::kError,
                        finding.policy_id,
                        {finding.span, finding.message, finding.help}});
  }
}

bool PolicyReport::accepted() const {
  return std::ranges::none_of(entries_, &Entry::is_error);
}

bool PolicyReport::has_warnings() const {
  return !std::ranges::all_of(entries_, &Entry::is_error);
}

std::string PolicyReport::to_text() const {
  std::string out;
  for (const Entry& entry : entries_) {
    cedar::Problem shown = entry.problem;
    if (!entry.is_error) {
      shown.message = "warning: " + shown.message;
    }
    out += render(*source_, shown);
  }
  return out;
}

void PolicyReport::write(formats::JsonWriter& json) const {
  json.member("file", path()).member("accepted", accepted());
  json.key("problems").begin_array();
  for (const Entry& entry : entries_) {
    const cedar::Position from = cedar::position_at(source_->text, entry.problem.span.begin);
    const cedar::Position to = cedar::position_at(source_->text, entry.problem.span.end);
    json.begin_object();
    json.member("severity", entry.is_error ? "error" : "warning");
    if (!entry.policy.empty()) {
      json.member("policy", entry.policy);
    }
    json.member("line", from.line).member("column", from.column);
    json.member("end_line", to.line).member("end_column", to.column);
    json.member("message", entry.problem.message);
    if (!entry.problem.help.empty()) {
      json.member("hint", entry.problem.help);
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace sally::app
