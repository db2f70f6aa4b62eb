// `policy format`: the same policies in the usual layout.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/commands.h"
#include "app/policy_files.h"
#include "app/policy_folder.h"
#include "base/new_file.h"
#include "base/text.h"
#include "cedar/syntax/format.h"

namespace sally::app {
namespace {

namespace fs = std::filesystem;

struct Formatted {
  PolicyReport report;
  bool changed = false;
  std::string text;  // where it parses
};

Result<Formatted> format_file(const std::string& path, const cedar::FormatOptions& options) {
  TRY(const PolicyFile file, read_policy_file(path));
  if (file.is_json) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` holds JSON", printable(path, 400)),
                 "only Cedar's own syntax has a layout of ours");
  }
  Formatted out{.report = PolicyReport(file.source), .text = {}};
  auto formatted = cedar::format_policies(file.source->text, options);
  if (!formatted.ok()) {
    out.report.add(formatted.problems());
    return out;
  }
  out.text = *std::move(formatted);
  out.changed = out.text != file.source->text;
  return out;
}

// A link stays one.
Result<> replace_file(const std::string& named, std::string_view text) {
  std::error_code error;
  const fs::path path = fs::canonical(named, error);
  const fs::perms access = error ? fs::perms::none : fs::status(path, error).permissions();
  if (error) {
    return Error(ErrorKind::kIo,
                 fmt::format("cannot write `{}`: {}", printable(named), error.message()));
  }
  TRY(NewFile file, NewFile::create(path.string()));
  TRY_OK(file.write(text));
  TRY_OK(file.set_mode(static_cast<unsigned>(access)));
  return file.put_in_place();
}

std::string to_json(const std::vector<Formatted>& files, bool with_text) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.key("files").begin_array();
  for (const Formatted& file : files) {
    json.begin_object();
    file.report.write(json);
    json.member("changed", file.changed);
    if (with_text && file.report.accepted()) {
      json.member("text", file.text);
    }
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<int> policy_format(const World& world, const PolicyFormatOptions& options) {
  if (options.check && options.write) {
    return Error(ErrorKind::kUsage, "`--check` changes nothing and `--write` does", "take one");
  }
  TRY(const PolicyPaths paths, find_policies(world, options.source));
  std::vector<Formatted> files;
  for (const std::string& path : paths.policies) {
    const bool named = std::ranges::find(options.source.paths, path) != options.source.paths.end();
    if (!named && path.ends_with(".json")) {
      continue;  // of a folder only what has a layout
    }
    TRY(Formatted formatted, format_file(path, {.width = options.width}));
    files.push_back(std::move(formatted));
  }
  for (const Formatted& file : files) {
    if (options.write && file.changed) {
      TRY_OK(replace_file(file.report.path(), file.text));
    }
  }
  const bool prints = !options.check && !options.write;
  if (options.format == Format::kJson) {
    world.console.out(to_json(files, prints));
  } else {
    for (const Formatted& file : files) {
      world.console.err(file.report.to_text());
      if (prints) {
        world.console.out(file.text);
      } else if (file.changed) {
        world.console.out(fmt::format("{} {}\n", options.write ? "formatted" : "not formatted:",
                                      printable(file.report.path(), 400)));
      }
    }
  }
  const bool fine = std::ranges::all_of(files, [&](const Formatted& file) {
    return file.report.accepted() && !(options.check && file.changed);
  });
  return fine ? kFine : kNo;
}

}  // namespace sally::app
