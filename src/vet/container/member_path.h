// Where the name of an archive's member leads who unpacks it.
#pragma once

#include <string_view>

namespace sally::vet::container {

// Whether unpacking `name` writes outside of the folder it is unpacked to: it is absolute, begins
// with a drive, or goes up above where it began.
bool leads_outside(std::string_view name);

// Whether `name` begins at the root or at a drive.
bool is_absolute(std::string_view name);

// Whether a link in the member `name` that points to `to` leads above the archive's root.
bool link_leads_outside(std::string_view name, std::string_view to);

}  // namespace sally::vet::container
