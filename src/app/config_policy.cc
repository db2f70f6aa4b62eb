#include <fmt/format.h>

#include <utility>

#include "app/config_load.h"
#include "tlog/note.h"

namespace sally::app {

void read_policy(ConfigLoad& in) {
  const Section section = in.top.section("policy");
  PolicyConfig& out = in.config.policy;
  out.folder = in.references.resolve(section.text("folder"));
  out.bundles = in.references.resolve(section.text("bundles"));
  for (const PlacedText& text : section.texts("trusted")) {
    if (auto key = tlog::VerifierKey::parse(text.text)) {
      out.trusted.push_back(*std::move(key));
    } else {
      in.problem(text.place, "policy.trusted", key.error());
    }
  }
  if (out.trusted.empty() && !in.problems.refused()) {
    in.problems.warn(in.top.place(), "no key of policies is trusted: every request is refused",
                     "policy: {trusted: [NAME+ID+KEY]}; `sallyport init` makes such a key");
  }
  out.key_file = in.references.resolve(section.text("key"));
  out.on_forbid_error = section.text("on_forbid_error") == "skip" ? policy::OnForbidError::kSkip
                                                                  : policy::OnForbidError::kDeny;
}

}  // namespace sally::app
