// SimulatedDisk: a disk in memory that crashes as real ones do, at the operation that a test names.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "ledger/disk.h"

namespace sally::ledger {

enum class Crash : uint8_t {
  kProcess,  // kill -9: everything that was written stays
  kMachine,  // power: what was not made durable is there, not there, or there in part
};

class SimulatedDisk final : public Disk {
 public:
  // What a disk writes as a whole.
  static constexpr size_t kSector = 512;

  explicit SimulatedDisk(Random& random) : random_(random) {}

  // Operations that change the disk, so far.
  [[nodiscard]] uint64_t operations() const { return operations_; }
  // The operation with this number is done in part, and it and every later one fail.
  void crash_at(uint64_t operation) { crash_at_ = operation; }
  [[nodiscard]] bool has_crashed() const { return crashed_; }
  // That many of the next writes or syncs fail, as a disk that is full or broken.
  void fail_writes(uint64_t count) { failing_writes_ = count; }
  void fail_syncs(uint64_t count) { failing_syncs_ = count; }

  // The machine (or the process) comes up again.
  void restart(Crash crash) {
    if (crash == Crash::kMachine) {
      lose();
    }
    crashed_ = false;
    crash_at_ = UINT64_MAX;
    failing_writes_ = failing_syncs_ = 0;
    locked_ = false;
  }

  // The kernel may write any page back at any time.
  void write_back_some_pages() {
    for (auto& [path, node] : names_) {
      if (node->mapped) {
        node->durable.resize(node->bytes.size());
        for (size_t at = 0; at < node->bytes.size(); at += kSector) {
          if (chance(4)) {
            copy_sector(*node, at);
          }
        }
      }
    }
  }

  [[nodiscard]] std::string* bytes_of(const Path& path) {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : &found->second->bytes;
  }
  [[nodiscard]] std::vector<Path> files() const {
    std::vector<Path> out;
    for (const auto& [path, node] : names_) {
      out.push_back(path);
    }
    return out;
  }

  Result<std::unique_ptr<DiskFile>> create(const Path& path) override {
    TRY_OK(begin(true));
    auto node = std::make_shared<Node>();
    set_name(path, node);
    TRY_OK(end());
    return std::make_unique<File>(*this, std::move(node));
  }
  Result<std::unique_ptr<DiskFile>> open(const Path& path) override {
    TRY_OK(begin(false));
    const auto found = names_.find(path);
    if (found == names_.end()) {
      return missing(path);
    }
    return std::make_unique<File>(*this, found->second);
  }
  Result<std::unique_ptr<DiskMapping>> map(const Path& path, size_t size) override {
    TRY_OK(begin(true));
    auto found = names_.find(path);
    if (found == names_.end() || found->second->bytes.size() != size) {
      auto node = std::make_shared<Node>();
      node->bytes.assign(size, '\0');
      node->mapped = true;
      set_name(path, node);
      found = names_.find(path);
    }
    TRY_OK(end());
    return std::make_unique<Mapping>(found->second);
  }
  Result<std::unique_ptr<DiskLock>> lock(const Path& path) override {
    if (locked_) {
      return Error(ErrorKind::kConflict, "locked: " + path.string());
    }
    return std::make_unique<DiskLock>();
  }
  Result<> rename(const Path& from, const Path& to) override {
    TRY_OK(begin(true));
    const auto found = names_.find(from);
    if (found == names_.end()) {
      return missing(from);
    }
    const std::shared_ptr<Node> node = found->second;
    names_.erase(found);
    names_[to] = node;
    unsynced_names_.push_back({from, to, node});
    return end();
  }
  Result<> remove(const Path& path) override {
    TRY_OK(begin(true));
    if (names_.erase(path) > 0) {
      unsynced_names_.push_back({path, {}, nullptr});
    }
    return end();
  }
  // Folders are there without being made: what matters is the names in them.
  Result<> make_folder(const Path&) override { return begin(false); }
  Result<> sync_folder(const Path& path) override {
    TRY_OK(begin(true));
    if (crashed_) {
      return gone();
    }
    std::erase_if(unsynced_names_, [&](const NameChange& change) {
      const bool is_here = change.from.parent_path() == path || change.to.parent_path() == path;
      if (is_here) {
        apply(durable_names_, change);
      }
      return is_here;
    });
    return ok();
  }
  Result<> sync_tree(const Path& path) override {
    TRY_OK(begin(true));
    const bool fails = failing_syncs_ > 0;
    failing_syncs_ -= fails ? 1 : 0;
    for (auto& [name, node] : names_) {
      if (!node->mapped && name.string().starts_with(path.string())) {
        (crashed_ || fails) ? lose(*node) : settle(*node);
      }
    }
    if (crashed_ || fails) {
      return crashed_ ? gone() : Error(ErrorKind::kIo, "sync failed");
    }
    for (const NameChange& change : unsynced_names_) {
      apply(durable_names_, change);
    }
    unsynced_names_.clear();
    return ok();
  }
  Result<std::vector<std::string>> list(const Path& path) override {
    TRY_OK(begin(false));
    std::vector<std::string> out;
    for (auto at = names_.lower_bound(path); at != names_.end(); ++at) {
      if (at->first.parent_path() == path) {
        out.push_back(at->first.filename().string());
      } else if (!at->first.string().starts_with(path.string())) {
        break;
      }
    }
    std::ranges::sort(out);
    return out;
  }
  Result<std::string> read_file(const Path& path, size_t most) override {
    TRY_OK(begin(false));
    const auto found = names_.find(path);
    if (found == names_.end()) {
      return missing(path);
    }
    if (found->second->bytes.size() > most) {
      return Error(ErrorKind::kTooLarge, "too large: " + path.string());
    }
    return found->second->bytes;
  }

 private:
  struct Write {
    uint64_t offset;
    std::string bytes;
  };
  struct Node {
    std::string bytes;    // as every process sees it
    std::string durable;  // as it would be found after a crash of the machine, but for `unsynced`
    std::vector<Write> unsynced;
    bool mapped = false;
  };
  struct NameChange {
    Path from;  // goes away; empty for a new file
    Path to;    // names `node` from now on; empty for a removal
    std::shared_ptr<Node> node;
  };
  using Names = std::map<Path, std::shared_ptr<Node>>;

  class File final : public DiskFile {
   public:
    File(SimulatedDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    Result<> write(uint64_t offset, std::string_view bytes) override {
      TRY_OK(disk_.begin(true));
      bool fails = disk_.crashed_;
      if (disk_.failing_writes_ > 0) {
        --disk_.failing_writes_;
        fails = true;
      }
      // In part, where it fails.
      const std::string_view done =
          fails ? bytes.substr(0, disk_.random_.next_u64() % (bytes.size() + 1)) : bytes;
      if (node_->bytes.size() < offset + done.size()) {
        node_->bytes.resize(offset + done.size());
      }
      node_->bytes.replace(offset, done.size(), done);
      node_->unsynced.push_back({offset, std::string(done)});
      return fails ? Error(ErrorKind::kIo, "write failed") : ok();
    }
    Result<> read(uint64_t offset, size_t length, std::string& out) const override {
      TRY_OK(disk_.begin(false));
      out = offset < node_->bytes.size() ? node_->bytes.substr(offset, length) : std::string();
      return ok();
    }
    Result<uint64_t> size() const override { return node_->bytes.size(); }
    Result<> sync() override {
      TRY_OK(disk_.begin(true));
      if (disk_.crashed_) {
        return gone();
      }
      if (disk_.failing_syncs_ > 0) {
        --disk_.failing_syncs_;
        disk_.lose(*node_);  // and what every process sees is as if it were there
        return Error(ErrorKind::kIo, "sync failed");
      }
      settle(*node_);
      return ok();
    }

   private:
    SimulatedDisk& disk_;
    std::shared_ptr<Node> node_;
  };

  class Mapping final : public DiskMapping {
   public:
    explicit Mapping(std::shared_ptr<Node> node) : node_(std::move(node)) {}
    MutableBytes bytes() override {
      return std::as_writable_bytes(std::span(node_->bytes.data(), node_->bytes.size()));
    }

   private:
    std::shared_ptr<Node> node_;
  };

  static Error missing(const Path& path) {
    return Error(ErrorKind::kNotFound, "no such file: " + path.string());
  }
  static Error gone() { return Error(ErrorKind::kIo, "the machine is down"); }

  bool chance(uint64_t in) { return random_.next_u64() % in == 0; }

  Result<> begin(bool changes) {
    if (crashed_) {
      return gone();
    }
    if (changes && operations_++ == crash_at_) {
      crashed_ = true;  // the caller does what a half-done operation does, and fails
    }
    return ok();
  }
  // An operation on names is done or not; where the crash came with it, the caller never knows.
  Result<> end() { return crashed_ ? Result<>(gone()) : ok(); }

  void set_name(const Path& path, const std::shared_ptr<Node>& node) {
    names_[path] = node;
    unsynced_names_.push_back({{}, path, node});
  }
  static void apply(Names& names, const NameChange& change) {
    if (!change.from.empty()) {
      names.erase(change.from);
    }
    if (!change.to.empty()) {
      names[change.to] = change.node;
    }
  }

  static void copy_sector(Node& node, size_t at) {
    const size_t length = std::min(kSector, node.bytes.size() - at);
    node.durable.replace(at, length, node.bytes, at, length);
  }

  // What was written since is durable; what an earlier failure lost stays lost.
  static void settle(Node& node) {
    for (const Write& write : node.unsynced) {
      if (node.durable.size() < write.offset + write.bytes.size()) {
        node.durable.resize(write.offset + write.bytes.size());
      }
      node.durable.replace(write.offset, write.bytes.size(), write.bytes);
    }
    node.unsynced.clear();
  }

  // Each write that was not synced: there, not there, or sector by sector.
  void lose(Node& node) {
    if (node.mapped) {
      node.durable.resize(node.bytes.size());
      for (size_t at = 0; at < node.bytes.size(); at += kSector) {
        if (chance(2)) {
          copy_sector(node, at);
        }
      }
    }
    for (const Write& write : node.unsynced) {
      const uint64_t fate = random_.next_u64() % 4;
      for (size_t at = 0; at < write.bytes.size();) {
        const uint64_t place = write.offset + at;
        const size_t length = std::min(write.bytes.size() - at, kSector - place % kSector);
        if (fate == 0 || (fate == 1 && chance(2))) {
          if (node.durable.size() < place + length) {
            node.durable.resize(place + length);
          }
          node.durable.replace(place, length, write.bytes, at, length);
        }
        at += length;
      }
    }
    node.unsynced.clear();
  }

  void lose() {
    // Changes of one name happen in their order; the last ones may not have happened.
    std::set<Path> stopped;
    for (const NameChange& change : unsynced_names_) {
      const bool is_stopped = stopped.contains(change.from) || stopped.contains(change.to);
      if (!is_stopped && !chance(2)) {
        apply(durable_names_, change);
      } else {
        stopped.insert(change.from);
        stopped.insert(change.to);
        stopped.erase(Path());
      }
    }
    unsynced_names_.clear();
    names_ = durable_names_;
    for (auto& [path, node] : names_) {
      lose(*node);
      node->bytes = node->durable;
    }
  }

  Random& random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;
  uint64_t operations_ = 0;
  uint64_t crash_at_ = UINT64_MAX;
  uint64_t failing_writes_ = 0;
  uint64_t failing_syncs_ = 0;
  bool crashed_ = false;
  bool locked_ = false;
};

}  // namespace sally::ledger
