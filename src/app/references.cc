#include "app/references.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace sally::app {
namespace {

constexpr size_t kLargestFile = 1024 * 1024;
constexpr size_t kKeyBytes = 32;

Error cannot_read(const std::string& path, int error) {
  return Error(ErrorKind::kUsage,
               fmt::format("`{}` cannot be read: {}", printable(path, 400), std::strerror(error)),
               error == ENOENT ? "relative paths start from the configuration's folder" : "");
}

Result<Secret> read_whole_file(const std::string& path, Content content) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return cannot_read(path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is no regular file", printable(path, 400)));
  }
  if (content == Content::kSecret && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` holds a secret and its mode is {:04o}", printable(path, 400),
                             status.st_mode & 07777),
                 fmt::format("chmod 600 {}", printable(path, 400)));
  }
  if (static_cast<uint64_t>(status.st_size) > kLargestFile) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` has {} bytes; at most {}", printable(path, 400), status.st_size,
                             kLargestFile));
  }
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + done, text.size() - done);
    if (got < 0) {
      return cannot_read(path, errno);
    }
    if (got == 0) {
      break;
    }
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return Secret::take(std::move(text));
}

}  // namespace

Outside system_outside() {
  return {.environment = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
          },
          .read_file = read_whole_file};
}

std::string References::resolve(const std::string& path) const {
  return (std::filesystem::path(folder_) / path).lexically_normal().string();
}

Result<Secret> References::read(const Reference& reference, Content content) const {
  Secret out;
  switch (reference.source) {
    case Reference::Source::kFile: {
      TRY(out, outside_.read_file(resolve(reference.name), content));
      break;
    }
    case Reference::Source::kEnvironment: {
      auto value = outside_.environment(reference.name);
      if (!value) {
        return Error(ErrorKind::kUsage,
                     fmt::format("environment variable `{}` is not set", printable(reference.name)),
                     "set it where the gate is started, or keep the value in a file: {file: PATH}");
      }
      out = Secret::take(*std::move(value));
      break;
    }
    case Reference::Source::kCredential: {
      const auto folder = outside_.environment("CREDENTIALS_DIRECTORY");
      if (!folder) {
        return Error(ErrorKind::kUsage,
                     fmt::format("credential `{}`: systemd passed none", printable(reference.name)),
                     "run under a unit with LoadCredential=, or use {file: PATH}");
      }
      if (reference.name.find('/') != std::string::npos || reference.name.starts_with('.')) {
        return Error(ErrorKind::kUsage,
                     fmt::format("`{}` is no name of a credential", printable(reference.name)));
      }
      TRY(out, outside_.read_file(*folder + "/" + reference.name, content));
      break;
    }
  }
  std::string_view text = out.reveal();
  if (text.ends_with('\n')) {
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    out = Secret(text);
  }
  if (out.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("{} `{}` is empty", name_of(reference.source),
                                                printable(reference.name)));
  }
  return out;
}

Result<Secret> References::secret(const Reference& reference) const {
  return read(reference, Content::kSecret);
}

Result<std::string> References::material(const Reference& reference) const {
  TRY(const Secret text, read(reference, Content::kPublic));
  return std::string(text.reveal());
}

Result<Secret> References::key(const Reference& reference) const {
  auto text = read(reference, Content::kSecret);
  if (!text.ok()) {
    return Error(text.error().kind(), text.error().message(),
                 text.error().hint().starts_with("chmod") ? text.error().hint()
                                                          : "`sallyport init` makes one");
  }
  auto bytes = from_hex(text->reveal());
  if (!bytes || bytes->size() != kKeyBytes) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} `{}` holds no key: it should be {} hexadecimal digits",
                             name_of(reference.source), printable(reference.name), 2 * kKeyBytes),
                 "`sallyport init` makes one");
  }
  Secret out(as_text(*bytes));
  wipe(*bytes);
  return out;
}

}  // namespace sally::app
