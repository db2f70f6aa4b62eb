// `policy authorize`: one request, decided by policies and entities from files.
#include <fmt/format.h>

#include "app/commands.h"
#include "app/policy_folder.h"
#include "app/policy_input.h"
#include "base/text.h"
#include "cedar/eval/authorizer.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using cedar::Answer;
using cedar::Decision;

std::string_view name_of(Decision decision) {
  return decision == Decision::kAllow ? "allow" : "deny";
}

std::string answer_json(const Answer& answer) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("decision", name_of(answer.decision));
  json.key("reasons").begin_array();
  for (const std::string& id : answer.reasons) {
    json.string(id);
  }
  json.end_array();
  json.key("errors").begin_array();
  for (const cedar::PolicyFailure& failure : answer.errors) {
    json.begin_object();
    json.member("policy", failure.policy).member("message", failure.message);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.finish();
  return out + "\n";
}

std::string answer_text(const Console& console, const cedar::PolicySet& set, const Answer& answer) {
  const bool allowed = answer.decision == Decision::kAllow;
  std::string out =
      console.paint(allowed ? Colour::kGreen : Colour::kRed, name_of(answer.decision)) + "\n";
  for (const std::string& id : answer.reasons) {
    out += fmt::format("  {}  `{}`{}\n", allowed ? "permit" : "forbid", printable(id),
                       place_of(set, id));
  }
  if (answer.reasons.empty()) {
    out += "  no policy permits it\n";
  }
  for (const cedar::PolicyFailure& failure : answer.errors) {
    out += fmt::format("  {}  `{}`{}: {}\n", console.paint(Colour::kYellow, "failed"),
                       printable(failure.policy), place_of(set, failure.policy), failure.message);
  }
  return out;
}

}  // namespace

Result<int> policy_authorize(const World& world, const PolicyRequestOptions& options) {
  TRY(const PolicyQuestion asked, read_policy_question(world, options));
  const PolicyFolder& folder = asked.folder;
  TRY(const Answer answer, cedar::authorize(folder.policies, folder.entities, asked.request));
  world.console.out(options.format == Format::kJson
                        ? answer_json(answer)
                        : answer_text(world.console, folder.policies, answer));
  return answer.decision == Decision::kAllow ? kFine : kNo;
}

}  // namespace sally::app
