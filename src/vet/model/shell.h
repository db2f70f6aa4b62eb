// Lines of a shell: what they would do to whoever runs them.
#pragma once

#include <string_view>

namespace sally::vet::model {

// What `line` does that no installation needs: `pipes what it fetches to a shell`; empty: nothing.
std::string_view shell_danger(std::string_view line);

}  // namespace sally::vet::model
