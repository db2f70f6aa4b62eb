// How an explanation of a decision reads: for people, and as JSON.
#pragma once

#include <string>

#include "app/console.h"
#include "cedar/explain/explain.h"
#include "formats/json/writer.h"

namespace sally::app {

// Lines below the decision, each indented: what determined it, what failed, what came nearest.
// Empty where there is nothing to say beyond it.
std::string explanation_text(const Console& console, const cedar::Explanation& why);

// One object.
void write_explanation(formats::JsonWriter& json, const cedar::Explanation& why);

}  // namespace sally::app
