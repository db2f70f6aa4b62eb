// How a revocation looks as JSON, in the output of commands and on the admin API.
#pragma once

#include "formats/json/writer.h"
#include "store/state.h"

namespace sally::app {

// The members of an object that is open.
void write_revocation(formats::JsonWriter& json, const store::RevocationRecord& record,
                      WallTime now);

}  // namespace sally::app
