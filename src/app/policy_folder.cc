#include "app/policy_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/policy_input.h"
#include "base/text.h"
#include "cedar/validate/conformance.h"

namespace sally::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 10'000;  // in one folder

Error cannot_read(const fs::path& folder, std::string_view why) {
  return Error(ErrorKind::kUsage,
               fmt::format("`{}` cannot be read: {}", printable(folder.string(), 400), why));
}

// The names of the files in it, sorted.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) {
      continue;
    }
    std::string name = at->path().filename().string();
    if (name.starts_with('.')) {
      continue;
    }
    if (out.size() == kMostFiles) {
      return cannot_read(folder, fmt::format("it holds more than {} files", kMostFiles));
    }
    out.push_back(std::move(name));
  }
  if (error) {
    return cannot_read(folder, error.message());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<> add_folder(const fs::path& folder, PolicyPaths& out) {
  TRY(const std::vector<std::string> names, names_in(folder));
  const size_t before = out.policies.size();
  for (const std::string& name : names) {
    const std::string path = (folder / name).string();
    if (name == "schema.cedarschema" || name == "schema.cedarschema.json") {
      if (!out.schema.empty()) {
        return Error(ErrorKind::kUsage,
                     fmt::format("`{}` and `{}`: which one is the schema?",
                                 printable(out.schema, 400), printable(path, 400)),
                     "keep one of them");
      }
      out.schema = path;
    } else if (name == "entities.json") {
      out.entities = path;
    } else if (name.ends_with(".cedar") || name.ends_with(".cedar.json")) {
      out.policies.push_back(path);
    }
  }
  if (out.policies.size() == before) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` holds no policies", printable(folder.string(), 400)),
                 "they are in files named *.cedar or *.cedar.json");
  }
  const fs::path cases = folder / "cases";
  std::error_code ignored;
  if (fs::is_directory(cases, ignored)) {
    TRY(const std::vector<std::string> found, names_in(cases));
    for (const std::string& name : found) {
      if (name.ends_with(".case")) {
        out.cases.push_back((cases / name).string());
      }
    }
  }
  return ok();
}

}  // namespace

Result<PolicyPaths> find_policies(const World& world, const PolicySource& source) {
  PolicyPaths out;
  std::error_code ignored;
  if (source.paths.empty()) {
    const std::string config = find_config(world, source.config);
    fs::path folder = fs::path(config).parent_path() / "policies";
    if (!source.config.empty() || fs::exists(config, ignored)) {
      TRY(const ConfigPtr read, open_config(world, source.config, Reading::kPaths));
      folder = read->policy.folder;
    }
    if (!fs::is_directory(folder, ignored)) {
      return Error(ErrorKind::kUsage,
                   fmt::format("no policies are named, and there is no folder `{}`",
                               printable(folder.string(), 400)),
                   "name files, or a folder");
    }
    TRY_OK(add_folder(folder, out));
  }
  std::string folder;
  for (const std::string& path : source.paths) {
    if (fs::is_directory(path, ignored)) {
      if (!folder.empty()) {
        return Error(ErrorKind::kUsage,
                     fmt::format("`{}` and `{}` are both folders", printable(folder, 400),
                                 printable(path, 400)),
                     "name one folder, and files");
      }
      folder = path;
      TRY_OK(add_folder(path, out));
    } else {
      (path.ends_with(".case") ? out.cases : out.policies).push_back(path);
    }
  }
  if (out.policies.empty()) {
    return Error(ErrorKind::kUsage, "no policies are named", "name their files, or a folder");
  }
  if (!source.schema.empty()) {
    out.schema = source.schema;
  }
  if (!source.entities.empty()) {
    out.entities = source.entities;
  }
  return out;
}

Result<PolicyFolder> read_policy_folder(const World& world, const PolicySource& source) {
  PolicyFolder out;
  TRY(out.paths, find_policies(world, source));
  TRY(out.policies, read_policy_set(world, out.paths.policies));
  if (!out.paths.schema.empty()) {
    TRY(out.schema, read_schema(world, out.paths.schema));
  }
  TRY(out.entities, read_entities(out.paths.entities, out.known()));
  return out;
}

Result<> check_entities(const World& world, const PolicyFolder& folder) {
  if (folder.known() == nullptr) {
    return ok();
  }
  const std::vector<Error> wrong = cedar::validate_entities(*folder.schema, folder.entities);
  for (const Error& error : wrong) {
    world.console.err(error.to_string() + "\n");
  }
  return wrong.empty() ? ok() : Error(ErrorKind::kUsage, "the entities do not fit the schema");
}

Result<> check_request(const PolicyFolder& folder, const cedar::Request& request) {
  if (folder.known() == nullptr) {
    return ok();
  }
  const Result<> asked = cedar::validate_request(*folder.schema, request.principal, request.action,
                                                 request.resource, request.context);
  return asked.ok() ? ok() : asked.error().in("the request does not fit the schema");
}

Result<PolicyQuestion> read_policy_question(const World& world,
                                            const PolicyRequestOptions& options) {
  PolicyQuestion out;
  TRY(out.folder, read_policy_folder(world, options.source));
  TRY_OK(check_entities(world, out.folder));
  TRY(out.request, read_request(options.request, out.folder.known()));
  TRY_OK(check_request(out.folder, out.request));
  return out;
}

}  // namespace sally::app
