// Any bytes as policies: what is accepted prints, and reads back the same from its text and its
// JSON; what is refused can be shown.
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/est_writer.h"
#include "cedar/syntax/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const auto source = std::make_shared<const Source>(
      Source{"fuzz", std::string(reinterpret_cast<const char*>(data), size)});
  const auto set = parse_policies(source);
  if (!set.ok()) {
    for (const Problem& problem : set.problems()) {
      SALLY_CHECK(problem.span.begin <= problem.span.end && problem.span.end <= size);
      (void)render(*source, problem);
    }
    return 0;
  }
  const std::string text = to_cedar(*set);
  const auto again = parse_policies(text);
  SALLY_CHECK(again.ok());
  const auto from_json = read_policies_json(to_json(*set));
  SALLY_CHECK(from_json.ok());
  SALLY_CHECK(again->policies().size() == set->policies().size());
  SALLY_CHECK(again->templates().size() == set->templates().size());
  for (size_t i = 0; i < set->policies().size(); ++i) {
    const Policy& policy = set->policies()[i];
    SALLY_CHECK(same_policy(policy, again->policies()[i]));
    SALLY_CHECK(same_policy(policy, *from_json->find_policy(policy.id)));
  }
  for (size_t i = 0; i < set->templates().size(); ++i) {
    const Policy& policy = set->templates()[i];
    SALLY_CHECK(same_policy(policy, again->templates()[i]));
    SALLY_CHECK(same_policy(policy, *from_json->find_template(policy.id)));
  }
  SALLY_CHECK(to_cedar(*again) == text);
  return 0;
}
