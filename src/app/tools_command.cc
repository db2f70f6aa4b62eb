// `tools list`, `tools approve`, `tools schema`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "app/changes.h"
#include "app/config_load.h"
#include "app/policy_files.h"
#include "app/print_json.h"
#include "app/tools_commands.h"
#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/copy.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"
#include "ledger/outbox.h"
#include "policy/pinned_tools.h"
#include "policy/tool_schema.h"
#include "store/state.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using store::ToolDescription;
using store::ToolPinRecord;

constexpr size_t kShownDigest = 12;
constexpr size_t kShownText = 300;

Result<std::unique_ptr<store::State>> open_tools(const World& world, const std::string& path) {
  TRY(const ConfigPtr config, open_config(world, path, Reading::kPaths));
  return store::open_state(config->state_url, store::IfMissing::kFail);
}

Result<std::vector<ToolPinRecord>> read_pins(store::State& state, const std::string& route) {
  std::vector<ToolPinRecord> out;
  TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
    TRY(out, transaction.tool_pins().list());
    return ok();
  }));
  if (!route.empty()) {
    std::erase_if(out, [&](const ToolPinRecord& pin) { return pin.route != route; });
  }
  return out;
}

std::string shown_digest(const ToolDescription& description) {
  return to_hex(description.digest).substr(0, kShownDigest);
}

// What a model reads of it first.
std::string description_of(const ToolDescription& tool) {
  const auto document = formats::JsonDocument::parse(tool.text);
  if (!document.ok()) {
    return "(too long to be kept whole)";
  }
  const auto text = document->root().string("description");
  return text.ok() ? printable(*text, kShownText) : "(none)";
}

// The members of the tool that are not the same, by their names.
std::string differing_members(const ToolDescription& a, const ToolDescription& b) {
  const auto was = formats::JsonDocument::parse(a.text);
  const auto is = formats::JsonDocument::parse(b.text);
  if (!was.ok() || !is.ok()) {
    return {};
  }
  const auto written = [](const std::optional<formats::JsonValue>& value) {
    std::string out;
    if (value) {
      JsonWriter json(out);
      formats::copy(*value, json);
      json.finish();
    }
    return out;
  };
  std::set<std::string> names;
  for (const formats::JsonDocument* one : {&*was, &*is}) {
    for (const formats::JsonValue member : one->root()) {
      const std::string name(member.name());
      if (written(was->root().find(name)) != written(is->root().find(name))) {
        names.insert(printable(name, 40));
      }
    }
  }
  return names.empty() ? std::string() : fmt::format(" in {}", fmt::join(names, ", "));
}

void write_description(JsonWriter& json, std::string_view key, const ToolDescription& tool) {
  json.key(key).begin_object();
  json.member("digest", to_hex(tool.digest)).member("text", tool.text);
  json.end_object();
}

void write_pin(JsonWriter& json, const ToolPinRecord& pin) {
  json.begin_object();
  json.member("route", pin.route).member("tool", pin.tool);
  json.member("state", pin.listed ? "changed" : "approved");
  json.member("since", format_time(pin.since));
  if (!pin.who.empty()) {
    json.member("who", pin.who).member("reason", pin.reason);
  }
  write_description(json, "approved", pin.approved);
  if (pin.listed) {
    json.member("changed", format_time(*pin.changed));
    write_description(json, "listed", *pin.listed);
  }
  json.end_object();
}

ChangeEvent change_of(const World& world, const ToolPinRecord& pin, const std::string& reason) {
  ChangeEvent event =
      change_by_user(world, "tool.approve", fmt::format("{}/{}", pin.route, pin.tool));
  event.before = to_hex(pin.approved.digest);
  event.after = to_hex(pin.listed ? pin.listed->digest : pin.approved.digest);
  event.reason = reason;
  return event;
}

// A list of the tools as they were approved.
Result<std::string> approved_tools(const World& world, const ToolsSchemaOptions& options) {
  TRY(const auto state, open_tools(world, options.config));
  TRY(const std::vector<ToolPinRecord> pins, read_pins(*state, options.route));
  if (pins.empty()) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("no tool of route `{}` was listed yet", printable(options.route)),
                 "list them once through the gate, or give the result of `tools/list` with --from");
  }
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const ToolPinRecord& pin : pins) {
    if (!formats::JsonDocument::parse(pin.approved.text).ok()) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("tool `{}` says more than is kept", printable(pin.tool)),
                   "give the result of `tools/list` with --from");
    }
    json.raw(pin.approved.text);
  }
  json.end_array().finish();
  return out;
}

}  // namespace

Result<int> tools_list(const World& world, const ToolsListOptions& options) {
  TRY(const auto state, open_tools(world, options.config));
  TRY(std::vector<ToolPinRecord> pins, read_pins(*state, options.route));
  if (options.changed) {
    std::erase_if(pins, [](const ToolPinRecord& pin) { return !pin.listed; });
  }
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.key("tools").begin_array();
      for (const ToolPinRecord& pin : pins) {
        write_pin(json, pin);
      }
      json.end_array();
    });
    return kFine;
  }
  if (pins.empty()) {
    world.console.err(options.changed ? "no tool waits to be approved\n"
                                      : "no tool was listed through the gate yet\n");
    return kFine;
  }
  Table table({"route", "tool", "state", "digest", "since", "by"});
  for (const ToolPinRecord& pin : pins) {
    table.add({printable(pin.route), printable(pin.tool),
               pin.listed ? world.console.paint(Colour::kRed, "changed")
                          : world.console.paint(Colour::kGreen, "approved"),
               shown_digest(pin.listed ? *pin.listed : pin.approved),
               format_time(pin.changed.value_or(pin.since)).substr(0, 16) + "Z",
               pin.who.empty() ? "first sight" : printable(pin.who)});
  }
  world.console.out(table.to_string());
  for (const ToolPinRecord& pin : pins) {
    if (pin.listed) {
      world.console.out(fmt::format("\n{} of route {} changed{}\n  was  {}\n  is   {}\n",
                                    printable(pin.tool), printable(pin.route),
                                    differing_members(pin.approved, *pin.listed),
                                    description_of(pin.approved), description_of(*pin.listed)));
    }
  }
  return kFine;
}

Result<int> tools_approve(const World& world, const ToolsApproveOptions& options) {
  if (options.all == !options.tool.empty()) {
    return Error(ErrorKind::kUsage, "either a tool or --all is needed, and not both");
  }
  TRY(const auto state, open_tools(world, options.config));
  const WallTime now = world.clock.now();
  std::vector<std::string> approved;
  bool found = false;
  TRY_OK(state->write([&](store::Transaction& transaction) -> Result<> {
    approved.clear();
    TRY(std::vector<ToolPinRecord> pins, transaction.tool_pins().list());
    for (ToolPinRecord& pin : pins) {
      if (pin.route != options.route || (!options.all && pin.tool != options.tool)) {
        continue;
      }
      found = true;
      const ChangeEvent event = change_of(world, pin, options.reason);
      pin.who = event.who;
      pin.reason = options.reason;
      TRY(const bool changed, policy::PinnedTools::approve(transaction, pin, options.digest, now));
      if (changed) {
        TRY_OK(ledger::put_into_outbox(transaction, event));
        approved.push_back(pin.tool);
      }
    }
    return ok();
  }));
  if (!found) {
    return Error(ErrorKind::kNotFound,
                 options.all
                     ? fmt::format("no tool of route `{}` was listed yet", printable(options.route))
                     : fmt::format("no tool `{}` of route `{}` was listed yet",
                                   printable(options.tool), printable(options.route)),
                 "sallyport tools list");
  }
  for (const std::string& tool : approved) {
    world.console.out(fmt::format("approved {}\n", printable(tool)));
  }
  world.console.err(approved.empty() ? "nothing waits to be approved\n"
                                     : "a running gate has it in force within a second\n");
  return kFine;
}

Result<int> tools_schema(const World& world, const ToolsSchemaOptions& options) {
  std::string text;
  if (options.from.empty()) {
    TRY(text, approved_tools(world, options));
  } else {
    TRY(const PolicyFile file, read_policy_file(options.from));
    text = file.source->text;
  }
  auto document = formats::JsonDocument::parse(text);
  if (!document.ok()) {
    return document.error().in(printable(options.from, 400));
  }
  TRY(const formats::JsonValue tools, policy::tools_of(*document));
  TRY(const std::string schema, policy::tool_schema(options.route, tools));
  world.console.out(schema);
  return kFine;
}

}  // namespace sally::app
