// Grants of roles, as the commands, the admin API and the housekeeper handle them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "formats/json/writer.h"
#include "identity/grants/service.h"
#include "store/state.h"

namespace sally::app {

// Records every step of a grant as a change, by whoever made it, and that a glass was broken as a
// notice beside it. Both outlive what is given.
identity::OnGrantChange record_grant_changes(const Clock& clock, Random& random);

// The members of a grant, as it is at `now`.
void write_grant(formats::JsonWriter& json, const store::GrantRecord& grant, WallTime now);
// The members of a role.
void write_role(formats::JsonWriter& json, const identity::Role& role);

// What a grant is, in a sentence: `role on-call for corp/alice is active until 2026-11-20 11:04Z`.
std::string describe_grant(const store::GrantRecord& grant, WallTime now);

}  // namespace sally::app
