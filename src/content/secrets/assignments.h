// Assignments: `NAME = value`, where the name tells what the value is.
#pragma once

#include <cstddef>

#include "content/secrets/context.h"

namespace sally::content {

// Adds what begins at `from` or behind it: found values, and open ones where the window is not
// over. The part of the window before `from` is context.
void find_assignments(const Window& window, size_t from, Candidates& out);

// The same, slowly and plainly: every place is tried.
void find_assignments_plainly(const Window& window, Candidates& out);

}  // namespace sally::content
