// Store: the latest checkpoint that a witness cosigned of each log, one file each, on the disk
// before anybody is told of it. What is lost here is the witness's memory: with it a fork would
// pass.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace sally::witness {

class Store {
 public:
  // Makes `folder` where it is not there, and locks it: one process. kConflict, kIo.
  static Result<Store> open(const std::filesystem::path& folder);

  // The checkpoint that was stored last for `origin`; nullopt: none ever was. kIo.
  [[nodiscard]] Result<std::optional<std::string>> load(std::string_view origin) const;
  // Replaces it. On the disk, under its name, when this returns; after a failure or a crash it is
  // the old one or the new one, whole. kIo.
  [[nodiscard]] Result<> save(std::string_view origin, std::string_view checkpoint) const;

 private:
  Store(std::filesystem::path folder, UniqueFd lock, UniqueFd directory)
      : folder_(std::move(folder)), lock_(std::move(lock)), directory_(std::move(directory)) {}
  [[nodiscard]] std::filesystem::path path_of(std::string_view origin) const;

  std::filesystem::path folder_;
  UniqueFd lock_;
  UniqueFd directory_;
};

}  // namespace sally::witness
