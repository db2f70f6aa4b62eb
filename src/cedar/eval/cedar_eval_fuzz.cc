// Any policies on a fixed store: the text up to a line `---` is policies, the rest is the context.
// Deciding never crashes, a compiled set decides as its policies do one by one, and the explanation
// says the same.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/entities/json_reader.h"
#include "cedar/eval/authorizer.h"
#include "cedar/explain/explain.h"
#include "cedar/syntax/parser.h"

namespace {

using namespace sally::cedar;

const Entities& store() {
  static const Entities made = [] {
    auto read = read_entities(R"([
      {"uid": {"type": "U", "id": "a"}, "attrs": {"n": 7, "s": "abc", "f": true, "set": [1, "x"],
         "u": {"__entity": {"type": "U", "id": "b"}}, "r": {"x": {"y": 1}},
         "ip": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}}, "t": {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}},
       "parents": [{"type": "G", "id": "g"}], "tags": {"k": "v"}},
      {"uid": {"type": "G", "id": "g"}, "attrs": {}, "parents": [{"type": "G", "id": "h"}]}])");
    SALLY_CHECK(read.ok());
    return *std::move(read);
  }();
  return made;
}

bool applies(const Policy& policy, const Request& request) {
  PolicySet alone;
  Policy copy = policy;
  copy.effect = Effect::kPermit;
  SALLY_CHECK(alone.add(std::move(copy)).ok());
  const auto answer = authorize(alone, store(), request);
  SALLY_CHECK(answer.ok());
  return answer->decision == Decision::kAllow;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t split = text.find("---");
  const auto set = parse_policies(text.substr(0, split));
  if (!set.ok() || set->policies().size() > 20) {
    return 0;
  }
  Request request{{"U", "a"}, {"Action", "x"}, {"G", "g"}};
  if (split != std::string_view::npos) {
    auto context = read_context(text.substr(split + 3));
    if (context.ok()) {
      request.context = *std::move(context);
    }
  }
  const auto answer = authorize(*set, store(), request);
  SALLY_CHECK(answer.ok());
  std::set<std::string> permits;
  std::set<std::string> forbids;
  for (const Policy& policy : set->policies()) {
    if (applies(policy, request)) {
      (policy.effect == Effect::kPermit ? permits : forbids).insert(policy.id);
    }
  }
  const bool allow = !permits.empty() && forbids.empty();
  SALLY_CHECK((answer->decision == Decision::kAllow) == allow);
  SALLY_CHECK(std::set(answer->reasons.begin(), answer->reasons.end()) ==
              (allow ? permits : forbids));
  const auto why = explain(*set, store(), request);
  SALLY_CHECK(why.ok());
  SALLY_CHECK(why->decision == answer->decision && why->determining == answer->reasons);
  SALLY_CHECK(std::ranges::equal(why->errors, answer->errors,
                                 [](const PolicyFailure& a, const PolicyFailure& b) {
                                   return a.policy == b.policy && a.message == b.message;
                                 }));
  return 0;
}
