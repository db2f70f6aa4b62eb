// What a gate kept of bodies, as commands open it: the keys of subjects and their content.
#pragma once

#include <memory>

#include "app/config.h"
#include "capture/content_store.h"
#include "capture/subject_keys.h"

namespace sally::app {

struct Captured {
  std::unique_ptr<capture::SubjectKeys> keys;
  std::unique_ptr<capture::ContentStore> content;
};

// Of a configuration that was read with its keys. kUsage where it keeps nothing; kNotFound where
// nothing was kept yet.
Result<Captured> open_captured(const Config& config);

}  // namespace sally::app
