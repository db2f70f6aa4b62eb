// Any bytes as policies in JSON: what is accepted reads back the same from its JSON and its text.
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/est_writer.h"
#include "cedar/syntax/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const auto set = read_policies_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!set.ok()) {
    for (const Problem& problem : set.problems()) {
      SALLY_CHECK(problem.span.begin <= size);
    }
    return 0;
  }
  const auto again = read_policies_json(to_json(*set));
  SALLY_CHECK(again.ok());
  SALLY_CHECK(to_json(*again) == to_json(*set));
  const auto from_text = parse_policies(to_cedar(*set));
  SALLY_CHECK(from_text.ok());
  for (size_t i = 0; i < set->policies().size(); ++i) {
    SALLY_CHECK(same_policy(set->policies()[i], again->policies()[i]));
    SALLY_CHECK(same_policy(set->policies()[i], from_text->policies()[i]));
  }
  for (size_t i = 0; i < set->templates().size(); ++i) {
    SALLY_CHECK(same_policy(set->templates()[i], again->templates()[i]));
    SALLY_CHECK(same_policy(set->templates()[i], from_text->templates()[i]));
  }
  return 0;
}
