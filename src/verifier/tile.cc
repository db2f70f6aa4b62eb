#include "verifier/tile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"
#include "verifier/checkpoint.h"

namespace sally::verifier {
namespace {

Error os_error(ErrorKind kind, const std::filesystem::path& path) {
  return Error(kind, fmt::format("cannot read `{}`: {}", path.string(),
                                 std::generic_category().message(errno)));
}

// Three digits of a path element; nullopt for anything else.
std::optional<uint64_t> three_digits(std::string_view text) {
  if (text.size() != 3 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  return static_cast<uint64_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
}

// Takes the element before the next slash off `path`.
std::string_view take_element(std::string_view& path) {
  const size_t slash = path.find('/');
  const std::string_view out = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return out;
}

std::optional<unsigned> parse_width(std::string_view text) {
  const auto width = parse_decimal(text);
  return width && *width >= 1 && *width < kTileWidth
             ? std::optional<unsigned>(static_cast<unsigned>(*width))
             : std::nullopt;
}

}  // namespace

std::string tile_path(int level, uint64_t index, unsigned width) {
  std::string number = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    number.insert(0, fmt::format("x{:03}/", index % 1000));
  }
  const std::string folder = level == kBundles ? "entries" : std::to_string(level);
  return fmt::format("tile/{}/{}{}", folder, number,
                     width == kTileWidth ? "" : fmt::format(".p/{}", width));
}

std::optional<TileName> parse_tile_path(std::string_view path) {
  const std::string_view whole = path;
  if (take_element(path) != "tile") {
    return std::nullopt;
  }
  TileName out{.level = kBundles, .index = 0, .width = kTileWidth};
  const std::string_view folder = take_element(path);
  if (folder != "entries") {
    const auto level = parse_decimal(folder);
    if (!level || *level > kTopLevel) {
      return std::nullopt;
    }
    out.level = static_cast<int>(*level);
  }
  for (size_t elements = 0; elements < 7; ++elements) {
    std::string_view element = take_element(path);
    const bool more = element.starts_with('x');
    const bool partial = element.ends_with(".p");
    element.remove_prefix(more ? 1 : 0);
    element.remove_suffix(partial ? 2 : 0);
    const auto digits = three_digits(element);
    if (!digits || (more && partial) ||
        out.index > (UINT64_MAX - *digits) / 1000) {  // the number would not fit
      return std::nullopt;
    }
    out.index = out.index * 1000 + *digits;
    if (more) {
      continue;
    }
    if (partial) {
      const auto width = parse_width(path);
      if (!width) {
        return std::nullopt;
      }
      out.width = *width;
    } else if (!path.empty()) {
      return std::nullopt;
    }
    // One spelling for each tile: no leading `x000`.
    return tile_path(out.level, out.index, out.width) == whole ? std::optional(out) : std::nullopt;
  }
  return std::nullopt;
}

Result<> read_file(const std::filesystem::path& path, size_t most, Bytes& out) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) {
    return os_error(errno == ENOENT || errno == ENOTDIR ? ErrorKind::kNotFound : ErrorKind::kIo,
                    path);
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) {
    return os_error(ErrorKind::kIo, path);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kIo, fmt::format("`{}` is no regular file", path.string()));
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size > most) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("`{}` has {} bytes: more than {}", path.string(), size, most));
  }
  out.resize(size);
  size_t length = 0;
  while (length < size) {
    const ssize_t got = ::read(fd.get(), out.data() + length, size - length);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return os_error(ErrorKind::kIo, path);
    }
    if (got == 0) {
      break;
    }
    length += static_cast<size_t>(got);
  }
  out.resize(length);
  return ok();
}

std::vector<unsigned> partial_widths(const std::filesystem::path& folder, int level,
                                     uint64_t index) {
  std::vector<unsigned> out;
  std::error_code error;
  std::filesystem::directory_iterator files(folder / (tile_path(level, index) + ".p"), error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    if (const auto width = parse_width(files->path().filename().string())) {
      out.push_back(*width);
    }
  }
  std::ranges::sort(out);
  return out;
}

Result<> read_tile(const std::filesystem::path& folder, int level, uint64_t index, unsigned width,
                   size_t most, TileFile& out) {
  const auto read = [&](unsigned of_width) {
    out.path = tile_path(level, index, of_width);
    return read_file(folder / out.path, most, out.bytes);
  };
  Result<> done = read(width);
  if (done.ok() || done.error().kind() != ErrorKind::kNotFound || width == kTileWidth) {
    return done;
  }
  // The log went on since its checkpoint, and may remove a partial tile once the full one is there.
  Result<> full = read(kTileWidth);
  if (full.ok() || full.error().kind() != ErrorKind::kNotFound) {
    return full;
  }
  for (const unsigned wider : partial_widths(folder, level, index)) {
    if (wider > width) {
      return read(wider);
    }
  }
  out.path = tile_path(level, index, width);
  return done;
}

Bundle Bundle::cut(ByteView bytes, unsigned width) {
  Bundle out;
  out.ends_.reserve(width);
  size_t at = 0;
  while (out.ends_.size() < width && bytes.size() - at >= 2) {
    const size_t length =
        (std::to_integer<size_t>(bytes[at]) << 8) | std::to_integer<size_t>(bytes[at + 1]);
    if (bytes.size() - at - 2 < length) {
      break;
    }
    at += 2 + length;
    out.ends_.push_back(at);
  }
  return out;
}

}  // namespace sally::verifier
