#include "policy/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace sally::policy {
namespace {

// Policies are no secret; who signs them need not be who reads them.
constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;
// What a writer has not finished; the next one begins by removing it.
constexpr const char* kUnfinished = ".unfinished";

Error failed(std::string_view what, const std::string& path, int error) {
  const ErrorKind kind = error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
  return Error(kind,
               fmt::format("cannot {} `{}`: {}", what, printable(path, 400), std::strerror(error)));
}

int link_flags(Links links) {
  return links == Links::kRefuse ? O_NOFOLLOW : 0;
}

Result<> step(const OnStep& on_step, std::string_view what, std::string_view name) {
  return on_step ? on_step(what, name) : ok();
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

Result<Folder> Folder::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return failed("open", path, errno);
  }
  return Folder(std::move(fd), path);
}

Result<Folder> Folder::make(const std::string& path) {
  std::string_view shorter = path;
  while (shorter.size() > 1 && shorter.ends_with('/')) {
    shorter.remove_suffix(1);
  }
  const size_t name = shorter.rfind('/') + 1;  // 0 where there is none
  TRY(const Folder above, open(name == 0 ? "." : path.substr(0, name)));
  TRY_OK(above.make_folder(std::string(shorter.substr(name))));
  return open(path);
}

Result<Folder> Folder::inside(const std::string& name, Links links) const {
  UniqueFd fd(
      ::openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | link_flags(links)));
  if (!fd) {
    return failed("open", path_of(name), errno);
  }
  return Folder(std::move(fd), path_of(name));
}

std::string Folder::path_of(std::string_view name) const {
  return fmt::format("{}{}{}", path_, path_.ends_with('/') ? "" : "/", name);
}

Result<std::string> Folder::read(const std::string& name, size_t most, Links links) const {
  // Without waiting: what is named may be a pipe.
  const UniqueFd fd(
      ::openat(fd_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | link_flags(links)));
  struct stat found{};
  if (!fd && errno == ELOOP) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` is a symbolic link", printable(path_of(name), 400)));
  }
  if (!fd || ::fstat(fd.get(), &found) != 0) {
    return failed("read", path_of(name), errno);
  }
  if (!S_ISREG(found.st_mode)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` is no regular file", printable(path_of(name), 400)));
  }
  // It may grow while it is read: one byte more than allowed is enough to know.
  std::string out(std::min(static_cast<size_t>(found.st_size), most) + 1, '\0');
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::read(fd.get(), out.data() + done, out.size() - done);
    if (count < 0 && errno != EINTR) {
      return failed("read", path_of(name), errno);
    }
    if (count == 0) {
      break;
    }
    done += static_cast<size_t>(std::max<ssize_t>(count, 0));
    if (done == out.size() && done <= most) {
      out.resize(std::min(2 * done, most + 1));
    }
  }
  if (done > most) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("`{}` has more than {} bytes", printable(path_of(name), 400), most));
  }
  out.resize(done);
  return out;
}

Result<bool> Folder::has(const std::string& name) const {
  struct stat found{};
  if (::fstatat(fd_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    return true;
  }
  if (errno == ENOENT) {
    return false;
  }
  return failed("look at", path_of(name), errno);
}

Result<std::vector<std::string>> Folder::list(size_t most) const {
  const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseFolder> folder(fd < 0 ? nullptr : ::fdopendir(fd));
  if (folder == nullptr) {
    const int error = errno;
    const UniqueFd left(fd);
    return failed("list", path_, error);
  }
  std::vector<std::string> out;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) {
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (out.size() == most) {
      return Error(ErrorKind::kTooMany,
                   fmt::format("`{}` holds more than {} names", printable(path_, 400), most));
    }
    out.emplace_back(name);
  }
  if (errno != 0) {
    return failed("list", path_, errno);
  }
  std::ranges::sort(out);
  return out;
}

Result<> Folder::make_folder(const std::string& name) const {
  if (::mkdirat(fd_.get(), name.c_str(), kFolderMode) == 0 || errno == EEXIST) {
    return sync();
  }
  return failed("make", path_of(name), errno);
}

Result<> Folder::write_unfinished(std::string_view name, std::string_view bytes,
                                  const OnStep& on_step) const {
  TRY_OK(step(on_step, "create", name));
  if (::unlinkat(fd_.get(), kUnfinished, 0) != 0 && errno != ENOENT) {
    return failed("remove", path_of(kUnfinished), errno);
  }
  const UniqueFd fd(::openat(fd_.get(), kUnfinished,
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!fd) {
    return failed("make", path_of(kUnfinished), errno);
  }
  // In two halves, so that a test can stop between them.
  for (std::string_view part :
       {bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)}) {
    TRY_OK(step(on_step, "write", name));
    while (!part.empty()) {
      const ssize_t count = ::write(fd.get(), part.data(), part.size());
      if (count < 0 && errno != EINTR) {
        return failed("write", path_of(kUnfinished), errno);
      }
      part.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
  }
  TRY_OK(step(on_step, "sync", name));
  return ::fsync(fd.get()) == 0 ? ok() : Result<>(failed("sync", path_of(kUnfinished), errno));
}

Result<> Folder::write_new(const std::string& name, std::string_view bytes,
                           const OnStep& on_step) const {
  TRY_OK(write_unfinished(name, bytes, on_step));
  // A link, not a rename: it fails where the name is taken.
  TRY_OK(step(on_step, "link", name));
  if (::linkat(fd_.get(), kUnfinished, fd_.get(), name.c_str(), 0) != 0) {
    return errno == EEXIST ? Error(ErrorKind::kConflict, fmt::format("`{}` stands there already",
                                                                     printable(path_of(name), 400)))
                           : failed("make", path_of(name), errno);
  }
  TRY_OK(step(on_step, "unlink", name));
  if (::unlinkat(fd_.get(), kUnfinished, 0) != 0) {
    return failed("remove", path_of(kUnfinished), errno);
  }
  TRY_OK(step(on_step, "sync folder", name));
  return sync();
}

Result<> Folder::sync() const {
  return ::fsync(fd_.get()) == 0 ? ok() : Result<>(failed("sync", path_, errno));
}

Result<UniqueFd> Folder::lock(const std::string& name) const {
  UniqueFd fd(
      ::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!fd) {
    return failed("open", path_of(name), errno);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? Error(ErrorKind::kConflict,
                       fmt::format("another process writes in `{}`", printable(path_, 400)),
                       "try again when it is done")
               : failed("lock", path_of(name), errno);
  }
  return fd;
}

}  // namespace sally::policy
