#include "verifier/log_verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>

#include "base/text.h"
#include "verifier/proof_file.h"
#include "verifier/tile.h"

namespace sally::verifier {
namespace {

constexpr size_t kHash = crypto::kSha256Size;
constexpr size_t kMaxTile = kTileWidth * kHash;
constexpr size_t kMaxBundle = kTileWidth * (2 + kMaxEntry);
// So many missing bundles in a row, and the rest is not looked for: the size of a checkpoint that
// nobody signed may be any number.
constexpr uint64_t kMostMissing = 4096;
constexpr uint64_t kProgressEvery = 65'536;

using Hashes = std::vector<Hash>;

// Runs `work(i)` for i in [0, count) on up to `threads` threads, this one among them.
void in_parallel(unsigned threads, unsigned count, const std::function<void(unsigned)>& work) {
  std::atomic<unsigned> next{0};
  const auto run = [&] {
    for (unsigned i = next++; i < count; i = next++) {
      work(i);
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < std::min(threads, count); ++i) {
    others.emplace_back(run);
  }
  run();
  for (std::thread& thread : others) {
    thread.join();
  }
}

// What the hash above a subtree says of it, and whether that hash is itself known to be right.
struct Claim {
  Hash hash;
  bool trusted;
};

class LogVerifier {
 public:
  explicit LogVerifier(const VerifyOptions& options)
      : options_(options),
        threads_(options.threads == 0 ? std::max(1U, std::thread::hardware_concurrency())
                                      : options.threads) {}

  LogReport run() {
    if (read_checkpoint()) {
      read_minimum_index();
      verify_tree();
    }
    look_at_the_rest();
    std::ranges::sort(report_.problems, {}, [](const Problem& problem) {
      return std::tuple(problem.entry.value_or(0), problem.file, problem.offset.value_or(0));
    });
    return std::move(report_);
  }

 private:
  // A tile of hashes as it stands in the folder.
  struct Stored {
    std::string path;
    std::optional<Hashes> hashes;  // nullopt: missing or malformed, and reported
    bool pruned = false;           // absent, and allowed to be
  };

  void problem(Problem one) {
    const std::lock_guard lock(mutex_);
    ++report_.problem_count;
    if (report_.problems.size() < options_.most_problems) {
      report_.problems.push_back(std::move(one));
    }
  }
  void not_verified(std::string what) { report_.not_verified.push_back(std::move(what)); }

  [[nodiscard]] uint64_t size() const { return report_.checkpoint.size; }
  // The first entry below tile `index` of `level`, and the one behind the last (saturating).
  static uint64_t first_entry(int level, uint64_t index) {
    return level >= static_cast<int>(kTopLevel) ? 0 : index << (8 * (std::max(level, 0) + 1));
  }
  static uint64_t entries_of(int level) {
    return level >= static_cast<int>(kTopLevel) ? UINT64_MAX
                                                : uint64_t{1} << (8 * (std::max(level, 0) + 1));
  }
  // The last entry that the tree has below tile `index` of `level`.
  [[nodiscard]] uint64_t last_entry(int level, uint64_t index) const {
    const uint64_t first = first_entry(level, index);
    return first + std::min(size() - 1 - first, entries_of(level) - 1);
  }
  [[nodiscard]] bool may_be_pruned(int level, uint64_t index, unsigned width) const {
    const uint64_t first = first_entry(level, index);
    return width == kTileWidth && first < minimum_index_ &&
           minimum_index_ - first >= entries_of(level);
  }

  bool read_checkpoint();
  void read_minimum_index();
  void verify_tree();
  Stored read_hashes(int level, uint64_t index, unsigned width);
  void report_unreadable(const Error& error, const std::string& path, int level, uint64_t index);
  void check_partial_copies(int level, uint64_t index, const std::string& read, unsigned width,
                            ByteView bytes, const std::function<size_t(unsigned)>& length_of);
  Hashes verify_children(int level, uint64_t index, unsigned width, const Stored& stored,
                         bool trusted);
  Hash verify_tile(int level, uint64_t index, const Claim& claim);
  bool compare_bundle(uint64_t index, unsigned width, const Stored& stored, bool tile_is_right,
                      Hashes& leaves);
  void report_entries(const std::string& path, uint64_t first, const Bundle& bundle,
                      const std::vector<unsigned>& wrong, bool cut_wrongly, const Hashes& expected,
                      const Hashes& found);
  void report_hash(const Stored& stored, int level, uint64_t index, unsigned at,
                   const Hash& expected);
  void told_of(uint64_t entries);
  void look_at_the_rest();

  const VerifyOptions& options_;
  const unsigned threads_;
  LogReport report_;
  uint64_t minimum_index_ = 0;
  std::mutex mutex_;  // of the report's problems
  std::atomic<uint64_t> entries_{0};
  std::atomic<uint64_t> entry_bytes_{0};
  std::atomic<uint64_t> bundles_{0};
  std::atomic<uint64_t> tiles_{0};
  std::atomic<uint64_t> pruned_{0};
  std::atomic<uint64_t> missing_{0};  // bundles in a row, more or less: threads share it
  std::atomic<bool> gave_up_{false};
  uint64_t told_ = 0;
};

bool LogVerifier::read_checkpoint() {
  Bytes bytes;
  const Result<> read = read_file(options_.folder / "checkpoint", kMaxNote, bytes);
  if (!read.ok()) {
    if (read.error().kind() == ErrorKind::kNotFound) {
      std::error_code error;
      if (std::filesystem::exists(options_.folder / "tile", error)) {
        problem({.file = "checkpoint", .what = "there are tiles, but no checkpoint"});
      } else {
        not_verified("anything: the log has no checkpoint yet");
      }
      return false;
    }
    problem({.file = "checkpoint", .what = read.error().message()});
    return false;
  }
  auto parsed = SignedCheckpoint::parse(as_text(bytes));
  if (!parsed.ok()) {
    problem({.file = "checkpoint", .what = parsed.error().message()});
    not_verified("the tree: there is no root to hold it against");
    return false;
  }
  report_.has_checkpoint = true;
  report_.signatures = check_signatures(*parsed, options_.policy);
  report_.checkpoint = std::move(parsed->body);
  for (const std::string& what : report_.signatures.problems()) {
    problem({.file = "checkpoint", .what = what});
  }
  if (!report_.signatures.log_checked) {
    not_verified("the checkpoint's signature: no key was given");
  }
  for (const std::string& name : report_.signatures.unknown) {
    not_verified(fmt::format("the signature of `{}`: its key was not given", printable(name)));
  }
  return true;
}

void LogVerifier::read_minimum_index() {
  constexpr std::string_view kFile = "pruned";
  constexpr size_t kMost = 64;
  if (options_.minimum_index) {
    minimum_index_ = *options_.minimum_index;
    return;
  }
  Bytes bytes;
  const Result<> read = read_file(options_.folder / kFile, kMost, bytes);
  if (!read.ok()) {
    if (read.error().kind() != ErrorKind::kNotFound) {
      problem({.file = std::string(kFile), .what = read.error().message()});
    }
    return;
  }
  std::string_view text = as_text(bytes);
  text.remove_suffix(text.ends_with('\n') ? 1 : 0);
  const auto index = parse_decimal(text);
  if (!index || *index > size()) {
    problem({.file = std::string(kFile),
             .what = fmt::format("`{}` is no index of an entry", printable(text, 40))});
    return;
  }
  minimum_index_ = *index;
}

void LogVerifier::report_unreadable(const Error& error, const std::string& path, int level,
                                    uint64_t index) {
  const uint64_t first = first_entry(level, index);
  problem({.file = path,
           .entry = first,
           .what = error.kind() == ErrorKind::kNotFound
                       ? fmt::format("missing: it covers the entries {} to {}", first,
                                     last_entry(level, index))
                       : error.message()});
}

LogVerifier::Stored LogVerifier::read_hashes(int level, uint64_t index, unsigned width) {
  Stored out;
  TileFile file;
  const Result<> read = read_tile(options_.folder, level, index, width, kMaxTile, file);
  out.path = file.path;
  if (!read.ok()) {
    if (read.error().kind() == ErrorKind::kNotFound && may_be_pruned(level, index, width)) {
      out.pruned = true;
    } else {
      report_unreadable(read.error(), out.path, level, index);
    }
    return out;
  }
  const auto name = parse_tile_path(out.path);
  const unsigned of_width = name ? name->width : width;
  if (file.bytes.size() != of_width * kHash) {
    problem({.file = out.path,
             .entry = first_entry(level, index),
             .offset = std::min<uint64_t>(file.bytes.size(), of_width * kHash),
             .what = "a tile of the wrong length",
             .expected = fmt::format("{} bytes", of_width * kHash),
             .found = fmt::format("{} bytes", file.bytes.size())});
    return out;
  }
  ++tiles_;
  out.hashes.emplace(width);
  std::memcpy(out.hashes->data(), file.bytes.data(), width * kHash);
  check_partial_copies(level, index, out.path, width, file.bytes,
                       [](unsigned count) { return count * kHash; });
  return out;
}

// Partial tiles that were written on the way are the beginning of the wider one.
void LogVerifier::check_partial_copies(int level, uint64_t index, const std::string& read,
                                       unsigned width, ByteView bytes,
                                       const std::function<size_t(unsigned)>& length_of) {
  for (const unsigned narrow : partial_widths(options_.folder, level, index)) {
    const std::string path = tile_path(level, index, narrow);
    if (path == read || narrow > width) {
      continue;
    }
    Bytes copy;
    const Result<> done =
        read_file(options_.folder / path, level == kBundles ? kMaxBundle : kMaxTile, copy);
    if (!done.ok()) {
      if (done.error().kind() != ErrorKind::kNotFound) {  // it may be removed at any time
        problem({.file = path, .what = done.error().message()});
      }
      continue;
    }
    const ByteView expected = bytes.first(length_of(narrow));
    const auto differs = std::ranges::mismatch(expected, copy);
    if (differs.in1 != expected.end() || differs.in2 != copy.end()) {
      problem({.file = path,
               .entry = first_entry(level, index),
               .offset = static_cast<uint64_t>(differs.in1 - expected.begin()),
               .what = fmt::format("is not the beginning of `{}`", read),
               .expected = fmt::format("{} bytes", expected.size()),
               .found = copy.size() == expected.size() ? "other bytes"
                                                       : fmt::format("{} bytes", copy.size())});
    }
  }
}

// The hashes of what lies below a tile, as computed: of its entries, or of the tiles below. Where
// that is not to be had, what the tile itself says. `trusted`: the tile is known to be right.
Hashes LogVerifier::verify_children(int level, uint64_t index, unsigned width, const Stored& stored,
                                    bool trusted) {
  Hashes out(width);
  if (stored.hashes) {
    out = *stored.hashes;
  }
  const auto child = [&](unsigned i) {
    if (!gave_up_) {
      out[i] = verify_tile(level - 1, index * kTileWidth + i,
                           {.hash = out[i], .trusted = trusted && stored.hashes.has_value()});
    }
  };
  if (level == 1) {
    in_parallel(threads_, width, child);
    told_of(entries_ + pruned_);
  } else {
    for (unsigned i = 0; i < width; ++i) {
      child(i);
    }
  }
  return out;
}

void LogVerifier::told_of(uint64_t entries) {
  if (options_.progress && entries - told_ >= kProgressEvery) {
    told_ = entries;
    options_.progress(entries, size());
  }
}

void LogVerifier::report_hash(const Stored& stored, int level, uint64_t index, unsigned at,
                              const Hash& expected) {
  const uint64_t child = index * kTileWidth + at;
  problem({.file = stored.path,
           .entry = level == 0 ? child : first_entry(level - 1, child),
           .offset = uint64_t{at} * kHash,
           .what = level == 0 ? fmt::format("the hash of entry {} is not that of the entry", child)
                              : fmt::format("the hash of `{}` is not that of the tile",
                                            tile_path(level - 1, child)),
           .expected = show_hash(expected),
           .found = show_hash((*stored.hashes)[at])});
}

// Reads the bundle beside a level 0 tile and puts the hashes of its entries into `leaves` (which
// hold what the tile says). Where `tile_is_right`, entries that differ are reported. Whether all of
// its entries were read.
bool LogVerifier::compare_bundle(uint64_t index, unsigned width, const Stored& stored,
                                 bool tile_is_right, Hashes& leaves) {
  thread_local TileFile file;
  const uint64_t first = index * kTileWidth;
  const Result<> read = read_tile(options_.folder, kBundles, index, width, kMaxBundle, file);
  if (!read.ok()) {
    if (read.error().kind() == ErrorKind::kNotFound && may_be_pruned(0, index, width)) {
      pruned_ += width;
    } else {
      report_unreadable(read.error(), file.path, kBundles, index);
      if (read.error().kind() == ErrorKind::kNotFound && ++missing_ >= kMostMissing) {
        gave_up_ = true;
      }
    }
    return false;
  }
  missing_ = 0;
  ++bundles_;
  const Bundle bundle = Bundle::cut(file.bytes, width);
  const bool exact = file.path == tile_path(kBundles, index, width);
  const Hashes expected = leaves;
  std::vector<unsigned> wrong;
  for (unsigned i = 0; i < bundle.size(); ++i) {
    // The zero octet that RFC 6962 puts before an entry takes the place of the last one of its
    // length, so that nothing is copied.
    const size_t before = bundle.begin(i) - 1;
    const std::byte kept = std::exchange(file.bytes[before], std::byte{0});
    leaves[i] = crypto::sha256(ByteView(file.bytes).subspan(before, bundle.end(i) - before));
    file.bytes[before] = kept;
    if (stored.hashes && leaves[i] != expected[i]) {
      wrong.push_back(i);
    }
  }
  // With a wrong length every entry behind it is cut wrongly too.
  const bool cut_wrongly = !wrong.empty() && bundle.size() - wrong.front() == wrong.size() &&
                           (wrong.size() > 1 || bundle.size() < width);
  if (tile_is_right) {
    report_entries(file.path, first, bundle, wrong, cut_wrongly, expected, leaves);
  }
  const uint64_t good = bundle.size() - wrong.size();
  entries_ += good;
  entry_bytes_ += bundle.stops_at();
  if (tile_is_right && cut_wrongly) {
    return bundle.size() == width;
  }
  if (bundle.size() < width) {
    problem({.file = file.path,
             .entry = first + bundle.size(),
             .offset = bundle.stops_at(),
             .what = fmt::format("entry {} runs over the end of the bundle", first + bundle.size()),
             .expected = fmt::format("{} entries", width),
             .found = fmt::format("{} entries", bundle.size())});
  } else if (exact && bundle.stops_at() != file.bytes.size()) {
    problem({.file = file.path,
             .entry = first + width - 1,
             .offset = bundle.stops_at(),
             .what = "bytes behind the last entry of the bundle",
             .expected = fmt::format("{} bytes", bundle.stops_at()),
             .found = fmt::format("{} bytes", file.bytes.size())});
  }
  if (wrong.empty() && bundle.size() == width) {
    check_partial_copies(kBundles, index, file.path, width, file.bytes,
                         [&bundle](unsigned count) { return bundle.end(count - 1); });
  }
  return bundle.size() == width;
}

void LogVerifier::report_entries(const std::string& path, uint64_t first, const Bundle& bundle,
                                 const std::vector<unsigned>& wrong, bool cut_wrongly,
                                 const Hashes& expected, const Hashes& found) {
  for (const unsigned i : wrong) {
    problem({.file = path,
             .entry = first + i,
             .offset = bundle.begin(i) - 2,
             .what = fmt::format("entry {} is not the one in the tree{}", first + i,
                                 cut_wrongly ? ", nor is any behind it in the bundle: its length "
                                               "may be what is wrong"
                                             : ""),
             .expected = show_hash(expected[i]),
             .found = show_hash(found[i])});
    if (cut_wrongly) {
      return;
    }
  }
}

// A full tile and everything below it. Gives its hash as computed from below, or `claim.hash` where
// that is the right one or nothing better is known.
//
// Three hashes speak of the tile: the claim of the tile above, the root of the hashes in it, and
// the root of what was computed from below. A trusted claim decides. Where the claim is not
// trusted, two that agree outvote the third.
Hash LogVerifier::verify_tile(int level, uint64_t index, const Claim& claim) {
  const Stored stored = read_hashes(level, index, kTileWidth);
  if (stored.pruned) {
    // What the missing tile said is gone; bundles below it may still be there, with nothing to hold
    // them against.
    pruned_ += entries_of(level);
    return claim.hash;
  }
  const bool tile_fits = stored.hashes && root_of(*stored.hashes) == claim.hash;
  Hashes below;
  bool known = true;  // something is known of what lies below
  if (level == 0) {
    below = stored.hashes.value_or(Hashes(kTileWidth));
    known = compare_bundle(index, kTileWidth, stored, tile_fits, below) || stored.hashes;
  } else {
    below = verify_children(level, index, kTileWidth, stored, tile_fits && claim.trusted);
  }
  if (tile_fits && (claim.trusted || level == 0)) {
    return claim.hash;  // what is wrong below was reported below
  }
  const Hash computed = root_of(below);
  const auto report_differences = [&] {
    for (unsigned i = 0; stored.hashes && i < kTileWidth; ++i) {
      if (below[i] != (*stored.hashes)[i]) {
        report_hash(stored, level, index, i, below[i]);
      }
    }
  };
  if (!known || tile_fits || computed == claim.hash) {
    report_differences();
    return claim.hash;
  }
  if (stored.hashes && below == *stored.hashes) {
    if (!claim.trusted) {
      return computed;  // the tile above is the one that is wrong, and says so itself
    }
    problem({.file = stored.path,
             .entry = first_entry(level, index),
             .what = fmt::format("rewritten: the tile and the entries {} to {} fit each other, but "
                                 "not the checkpoint",
                                 first_entry(level, index), last_entry(level, index)),
             .expected = show_hash(claim.hash),
             .found = show_hash(computed)});
    return claim.hash;
  }
  if (stored.hashes) {
    report_differences();
    problem({.file = stored.path,
             .entry = first_entry(level, index),
             .what = "the tile is not the one in the tree, and what lies below it is neither",
             .expected = show_hash(claim.hash),
             .found = show_hash(root_of(*stored.hashes))});
  } else if (claim.trusted) {
    problem({.file = stored.path,
             .entry = first_entry(level, index),
             .what = "what lies below the unreadable tile is not what the tree holds",
             .expected = show_hash(claim.hash),
             .found = show_hash(computed)});
  }
  return claim.trusted ? claim.hash : computed;
}

// The root of a tree from its partial tiles, one a level (empty where a level has none).
Hash root_of_edge(const std::array<const Hashes*, kTopLevel + 1>& edge) {
  std::optional<Hash> root;  // of what lies to the right
  for (const Hashes* const hashes : edge) {
    // The full trees of which a partial tile is made, from the right.
    size_t end = hashes->size();
    while (end > 0) {
      const size_t width = size_t{1} << std::countr_zero(end);
      const Hash peak = root_of(std::span(*hashes).subspan(end - width, width));
      root = root ? node_hash(peak, *root) : peak;
      end -= width;
    }
  }
  return root.value_or(empty_root());
}

void LogVerifier::verify_tree() {
  constexpr unsigned kLevels = kTopLevel + 1;
  std::array<Stored, kLevels> stored;
  std::array<Hashes, kLevels> said;  // what the partial tiles say
  std::array<unsigned, kLevels> width{};
  std::array<uint64_t, kLevels> index{};
  std::array<const Hashes*, kLevels> edge{};
  for (unsigned level = 0; level < kLevels; ++level) {
    width[level] = partial_width(static_cast<int>(level), size());
    index[level] = level == kTopLevel ? 0 : size() >> (8 * (level + 1));
    if (width[level] > 0) {
      stored[level] = read_hashes(static_cast<int>(level), index[level], width[level]);
      said[level] = stored[level].hashes.value_or(Hashes(width[level]));
    }
    edge[level] = &said[level];
  }
  const Hash& root = report_.checkpoint.root;
  const bool said_fits = root_of_edge(edge) == root;

  std::array<Hashes, kLevels> below;
  for (unsigned i = 0; i < kLevels && !gave_up_; ++i) {
    const unsigned level = kLevels - 1 - i;  // the oldest entries lie below the highest
    below[level] = said[level];
    if (width[level] == 0) {
      continue;
    }
    if (level == 0) {
      compare_bundle(index[0], width[0], stored[0], said_fits, below[0]);
    } else {
      below[level] = verify_children(static_cast<int>(level), index[level], width[level],
                                     stored[level], said_fits);
    }
  }
  report_.entries = entries_;
  report_.entry_bytes = entry_bytes_;
  report_.bundles = bundles_;
  report_.tiles = tiles_;
  report_.pruned = pruned_;
  if (gave_up_) {
    not_verified(
        fmt::format("all of the {} entries: too many bundles are missing, the search was "
                    "given up",
                    size()));
  }
  if (report_.pruned > 0) {
    not_verified(fmt::format(
        "{} entries before entry {}, gone as pruned{}: only that the tree "
        "still holds what was hashed of them",
        report_.pruned, minimum_index_, options_.minimum_index ? "" : " by the log's own word"));
  }
  if (said_fits || gave_up_) {
    return;
  }
  // Some choice of what the partial tiles say and what was computed may be the tree that was
  // signed; then the other choice is the damage.
  for (unsigned choice = 0; choice < 1U << kLevels; ++choice) {
    for (unsigned level = 0; level < kLevels; ++level) {
      edge[level] = (choice >> level & 1U) != 0 ? &said[level] : &below[level];
    }
    if (root_of_edge(edge) != root) {
      continue;
    }
    for (unsigned level = 0; level < kLevels; ++level) {
      const bool tile_is_right = edge[level] == &said[level];
      for (unsigned i = 0; stored[level].hashes && i < width[level]; ++i) {
        if (said[level][i] == below[level][i]) {
          continue;
        }
        if (!tile_is_right) {
          report_hash(stored[level], static_cast<int>(level), index[level], i, below[level][i]);
        } else {
          const uint64_t child = index[level] * kTileWidth + i;
          const int child_level = static_cast<int>(level) - 1;
          problem({.file = tile_path(child_level, level == 0 ? index[0] : child,
                                     level == 0 ? width[0] : kTileWidth),
                   .entry = level == 0 ? child : first_entry(child_level, child),
                   .what = "is not what the tree holds",
                   .expected = show_hash(said[level][i]),
                   .found = show_hash(below[level][i])});
        }
      }
    }
    return;
  }
  for (unsigned level = 0; level < kLevels; ++level) {
    edge[level] = &below[level];
    for (unsigned i = 0; stored[level].hashes && i < width[level]; ++i) {
      if (said[level][i] != below[level][i]) {
        report_hash(stored[level], static_cast<int>(level), index[level], i, below[level][i]);
      }
    }
  }
  problem({.file = "checkpoint",
           .what = fmt::format("the {} entries in the files are not those of the checkpoint: the "
                               "tree of the files has another root",
                               size()),
           .expected = show_hash(root),
           .found = show_hash(root_of_edge(edge))});
}

// What lies in the folder and no checkpoint speaks of.
void LogVerifier::look_at_the_rest() {
  uint64_t beyond = 0;
  uint64_t strangers = 0;
  std::string stranger;
  std::error_code error;
  const std::filesystem::path tiles = options_.folder / "tile";
  std::filesystem::recursive_directory_iterator files(tiles, error);
  for (; !error && files != std::filesystem::recursive_directory_iterator();
       files.increment(error)) {
    std::error_code gone;
    if (files->is_directory(gone)) {
      continue;
    }
    const std::string path = "tile/" + files->path().lexically_relative(tiles).generic_string();
    const auto name = parse_tile_path(path);
    if (!name) {
      ++strangers;
      stranger = path;
      continue;
    }
    const int level = std::max(name->level, 0);
    const uint64_t count = size() >> (8 * level);
    if (name->index > count / kTileWidth ||
        (name->index == count / kTileWidth && name->width > count % kTileWidth)) {
      ++beyond;
    }
  }
  if (report_.has_checkpoint && beyond > 0) {
    not_verified(fmt::format("{} file{} of tiles that the checkpoint does not cover yet", beyond,
                             beyond == 1 ? "" : "s"));
  }
  if (strangers > 0) {
    not_verified(fmt::format("{} file{} that {} no tile{}, such as `{}`", strangers,
                             strangers == 1 ? "" : "s", strangers == 1 ? "is" : "are",
                             strangers == 1 ? "" : "s", printable(stranger)));
  }
  uint64_t tail = 0;
  std::filesystem::directory_iterator journal(options_.folder / "journal", error);
  for (; !error && journal != std::filesystem::directory_iterator(); journal.increment(error)) {
    std::error_code gone;
    const auto bytes = journal->file_size(gone);
    tail += gone ? 0 : bytes;
  }
  if (tail > 0) {
    not_verified(
        fmt::format("the journal ({} bytes), which holds what no checkpoint covers yet", tail));
  }
}

}  // namespace

Result<LogReport> verify_log(const VerifyOptions& options) {
  TRY_OK(check(options.policy));
  std::error_code error;
  if (!std::filesystem::is_directory(options.folder, error)) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("`{}` is no folder", printable(options.folder.string())));
  }
  return LogVerifier(options).run();
}

}  // namespace sally::verifier
