// How the differences of two policy sets read: for people, and as JSON.
#pragma once

#include <string>
#include <string_view>

#include "app/console.h"
#include "formats/json/writer.h"
#include "policy/differences.h"

namespace sally::app {

// `3 of 12408 recorded calls newly allowed, 0 newly denied`; `what`: `recorded calls`.
std::string differences_summary(const policy::Differences& result, std::string_view what);
// The summary and the largest groups, each with a few calls.
std::string differences_text(const Console& console, const policy::Differences& result,
                             std::string_view what);
// Members of the object that is open.
void write_differences(formats::JsonWriter& json, const policy::Differences& result);

}  // namespace sally::app
