// Assignments: `NAME = value`, where the name tells what the value is.
#pragma once

#include "content/secrets/context.h"

namespace sally::content {

// Adds what was found.
void find_assignments(const Window& window, Candidates& out);

// The same, slowly and plainly: every place is tried.
void find_assignments_plainly(const Window& window, Candidates& out);

}  // namespace sally::content
