// References: from `{file: P}`, `{env: NAME}` and `{credential: NAME}` to what stands there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/config_reader.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::app {

// What a file holds that is read for a reference.
enum class Content : uint8_t {
  kPublic,  // a certificate
  kSecret,  // refused where everybody may read or write it
};

// The world outside of the configuration, as a parameter.
struct Outside {
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::function<Result<Secret>(const std::string& path, Content content)> read_file;
};
// The process's own environment and disk. Files: regular, at most 1 MiB.
Outside system_outside();

class References {
 public:
  // `folder` is what relative paths start from.
  References(std::string folder, Outside outside)
      : folder_(std::move(folder)), outside_(std::move(outside)) {}

  // An absolute path: as it is or below the folder.
  [[nodiscard]] std::string resolve(const std::string& path) const;
  // What the reference names, without one line end at its end. kUsage with a hint when it is not
  // there, is empty, or (a secret) may be read by everybody.
  [[nodiscard]] Result<Secret> secret(const Reference& reference) const;
  [[nodiscard]] Result<std::string> material(const Reference& reference) const;
  // A key of 32 bytes, written as 64 hexadecimal digits.
  [[nodiscard]] Result<Secret> key(const Reference& reference) const;

 private:
  [[nodiscard]] Result<Secret> read(const Reference& reference, Content content) const;

  std::string folder_;
  Outside outside_;
};

}  // namespace sally::app
