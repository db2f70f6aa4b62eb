// `audit content`: the bodies that were kept of a request, and whether a body is the one that was
// committed to.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/changes.h"
#include "app/commands.h"
#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using formats::JsonWriter;

// Whether the files that are named are the bodies that the event commits to.
Result<int> check_bodies(const World& world, const Config& config, const Captured& captured,
                         const Ulid& id, const AuditContentOptions& options) {
  const std::array ids = {id};
  TRY(const auto found, find_accesses(config.ledger.folder, ids));
  if (found.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("no request {} is in the log", id.str()));
  }
  const AccessEvent& event = found.begin()->second;
  const capture::SubjectTag tag =
      options.subject.empty()
          ? captured.keys->tag_of(capture::SubjectKind::kPrincipal, event.principal)
          : captured.keys->tag_of(capture::SubjectKind::kEndUser, options.subject);
  TRY(const capture::SubjectKeyPtr key, captured.keys->find(tag));
  bool all = true;
  const auto check = [&](const std::string& path, Direction direction,
                         const std::string& commitment) -> Result<> {
    if (path.empty()) {
      return ok();
    }
    TRY(const Secret body, world.outside.read_file(path, Content::kPublic));
    const bool same = capture::opens(commitment, *key, id, direction, as_bytes(body.reveal()));
    all = all && same;
    world.console.out(fmt::format("{}: {} the {} of {}\n", printable(path),
                                  same ? world.console.paint(Colour::kGreen, "is")
                                       : world.console.paint(Colour::kRed, "is not"),
                                  name_of(direction), id.str()));
    return ok();
  };
  TRY_OK(check(options.request, Direction::kRequest, event.request_commitment));
  TRY_OK(check(options.response, Direction::kResponse, event.response_commitment));
  if (!all && options.subject.empty()) {
    world.console.err("an end user's request takes --subject NAME\n");
  }
  return all ? kFine : kNo;
}

}  // namespace

Result<int> audit_content(const World& world, const AuditContentOptions& options) {
  TRY(const Ulid id, Ulid::parse(options.id));
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const Captured captured, open_captured(*config));
  if (!options.request.empty() || !options.response.empty()) {
    return check_bodies(world, *config, captured, id, options);
  }
  TRY(const auto kept, captured.content->find(id, [&](const capture::SubjectTag& tag) {
    return captured.keys->find(tag);
  }));
  if (kept.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("no content is kept of request {}", id.str()),
                 "it was never captured, or it was forgotten, or it was too old");
  }
  // Whoever looks is seen, before he sees anything.
  ChangeEvent event = change_by_user(world, "content.read", std::string(id.str()));
  event.reason = options.reason;
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY_OK(record_change(*state, event));
  bring_or_warn(world, *config, *state);

  if (options.format == Format::kJson) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("id", id.str());
    json.key("bodies").begin_array();
    for (const capture::CapturedContent& one : kept) {
      json.begin_object();
      json.member("direction", name_of(one.head.direction));
      json.member("time", format_time(one.head.time));
      json.member("bytes", one.head.original_bytes);
      json.member("kept", one.content.size());
      json.member("content_base64",
                  to_base64(as_bytes(one.content.reveal()), Base64::kStandard, Padding::kRequired));
      json.end_object();
    }
    json.end_array();
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
    return kFine;
  }
  for (const capture::CapturedContent& one : kept) {
    world.console.out(fmt::format("{}  {} bytes{}\n",
                                  world.console.paint(Colour::kBold, name_of(one.head.direction)),
                                  one.head.original_bytes,
                                  one.content.size() < one.head.original_bytes
                                      ? fmt::format(", the first {} kept", one.content.size())
                                      : ""));
    std::string_view rest = one.content.reveal();
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      world.console.out(printable(rest.substr(0, end), end + 1) + "\n");
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return kFine;
}

}  // namespace sally::app
