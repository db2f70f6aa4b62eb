// How an API key looks as JSON, in the output of commands and on the admin API.
#pragma once

#include <string_view>

#include "formats/json/writer.h"
#include "store/state.h"

namespace sally::app {

// `live`, `expired`, `revoked`.
[[nodiscard]] std::string_view key_state(const store::KeyRecord& record, WallTime now);

// The members of an object that is open.
void write_key(formats::JsonWriter& json, const store::KeyRecord& record, WallTime now);

}  // namespace sally::app
