// The text syntax of policies and templates, Cedar 4.5.
#pragma once

#include <memory>
#include <string_view>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

struct ParseLimits {
  size_t bytes = size_t{16} << 20;  // of the text
  size_t problems = 20;             // after which the rest is not read
};

// Policies and templates in the order of the text; their ids are `policy0`, `policy1`, ... An empty
// text is an empty set. After a problem the reading goes on behind the next `;`.
ParseResult<PolicySet> parse_policies(std::shared_ptr<const Source> source,
                                      const ParseLimits& limits = {});
// The same of a text without a name (`<text>`).
ParseResult<PolicySet> parse_policies(std::string_view text, const ParseLimits& limits = {});

// One static policy, or one template; its id is `policy0`.
ParseResult<Policy> parse_policy(std::string_view text, const ParseLimits& limits = {});
ParseResult<Policy> parse_template(std::string_view text, const ParseLimits& limits = {});

// An expression that stands alone.
struct Expression {
  Body body;
  ExprId root = 0;
};
ParseResult<Expression> parse_expression(std::string_view text, const ParseLimits& limits = {});

// `A::B::"id"`.
ParseResult<EntityUid> parse_entity_uid(std::string_view text);

}  // namespace sally::cedar
