#include "corpus/cedar/engine.h"

#include <memory>

#include "cedar/syntax/parser.h"
#include "cedar/syntax/printer.h"

namespace sally::cedar::judge {

Result<PolicySet> read_policies(const std::string& name, std::string_view text) {
  const auto source = std::make_shared<const Source>(Source{name, std::string(text)});
  auto parsed = parse_policies(source);
  if (!parsed.ok()) {
    return to_error(*source, parsed.problems().front());
  }
  return std::move(*parsed);
}

Result<Policy> policy_of_text(std::string_view text) {
  TRY(const PolicySet set, read_policies("policy", text));
  if (set.policies().size() + set.templates().size() != 1) {
    return Error(ErrorKind::kInvalidInput, "not one policy");
  }
  return set.policies().empty() ? set.templates()[0] : set.policies()[0];
}

std::string text_of(const Policy& policy) {
  return to_cedar(policy);
}

}  // namespace sally::cedar::judge
