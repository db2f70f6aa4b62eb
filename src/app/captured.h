// What a gate kept of bodies, as commands open it: the keys of subjects and their content.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>

#include "app/config.h"
#include "capture/content_store.h"
#include "capture/subject_keys.h"
#include "core/event.h"

namespace sally::app {

struct Captured {
  std::unique_ptr<capture::SubjectKeys> keys;
  std::unique_ptr<capture::ContentStore> content;
};

// Of a configuration that was read with its keys. kUsage where it keeps nothing; kNotFound where
// nothing was kept yet.
Result<Captured> open_captured(const Config& config);

// The access events of the requests that are named, from the log itself, by their ids; those that
// are not in it are not among them.
Result<std::map<Ulid, AccessEvent>> find_accesses(const std::filesystem::path& folder,
                                                  std::span<const Ulid> ids);

}  // namespace sally::app
