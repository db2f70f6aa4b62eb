// The engine as its judges ask it: one call for each question of the corpora, errors as text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar::judge {

Result<PolicySet> read_policies(const std::string& name, std::string_view text);

// A policy or template as text: there and back.
Result<Policy> policy_of_text(std::string_view text);
std::string text_of(const Policy& policy);

}  // namespace sally::cedar::judge
