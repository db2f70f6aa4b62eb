// What `policy` commands decide with: a policy set, a schema, entities and requests from files.
// What is wrong with a text of policies or a schema is shown on the console; the error counts it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/request.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"

namespace sally::app {

// All files together. The id of a policy in Cedar's syntax is the value of its annotation `@id`, or
// `own.cedar#0`, counted in its file. kUsage where an id stands twice.
Result<cedar::PolicySet> read_policy_set(const World& world, const std::vector<std::string>& paths);
Result<cedar::Schema> read_schema(const World& world, const std::string& path);
// Without a file there are none but the actions of the schema.
Result<cedar::Entities> read_entities(const std::string& file, const cedar::Schema* schema);

// `User::"alice"`; `what` is what the message calls it. kUsage where it is none.
Result<cedar::EntityUid> read_uid(std::string_view text, std::string_view what);

// kUsage where a request is said both ways, or not at all. In the file a uid is `{"type": .., "id":
// ..}` or a text; the context may be left out.
Result<cedar::Request> read_request(const RequestOptions& options, const cedar::Schema* schema);

// Where a policy or a link stands: ` policies/own.cedar:3:1`, or nothing where the policy came from
// no text.
std::string place_of(const cedar::PolicySet& set, const std::string& id);

}  // namespace sally::app
