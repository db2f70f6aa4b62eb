// The JSON syntax of policies (docs.cedarpolicy.com, "JSON policy format", 4.5): the form that
// other programs write. Strict: members that mean nothing, names that are reserved, functions that
// do not exist and duplicate members are refused, as is an expression higher than kMaxExprHeight.
//
// Spans are one byte wide and say where a value begins in the JSON text.
#pragma once

#include <memory>
#include <string_view>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/parser.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// `{"staticPolicies": {}, "templates": {}, "templateLinks": []}`, of which one at least must be
// there; or one policy or template, whose id is `policy0`.
ParseResult<PolicySet> read_policies_json(std::shared_ptr<const Source> source,
                                          const ParseLimits& limits = {});
ParseResult<PolicySet> read_policies_json(std::string_view json, const ParseLimits& limits = {});

}  // namespace sally::cedar
