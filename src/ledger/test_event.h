// Events and a folder for the tests and benches of this room.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/event.h"
#include "core/event_source.h"
#include "core/example_event.h"
#include "ledger/event_json.h"

namespace sally::ledger {

inline WallTime test_time(int64_t seconds = 0) {
  return WallTime(std::chrono::seconds(1'795'000'000 + seconds));
}

// What a usual allowed chat request leaves behind.
inline AccessEvent test_event(Random& random, int64_t seconds = 0) {
  AccessEvent event = example_chat(test_time(seconds), random);
  event.stream = true;
  return event;
}

inline AccessEvent test_refusal(Random& random, int64_t seconds = 0) {
  AccessEvent event{.id = Ulid::make(test_time(seconds), random), .time = test_time(seconds)};
  event.outcome = Outcome::kRefused;
  event.status = 403;
  event.method = "POST";
  event.path = "/v1/chat/completions";
  event.http = "2";
  event.source = "2001:db8::7";
  event.principal = "anonymous";
  event.action = "openai:chat.completions";
  event.model = "a \"model\"\nof two lines";
  event.refusal = Refusal{.stage = Stage::kInspection,
                          .kind = ErrorKind::kDenied,
                          .rule = "inspection.request",
                          .seen = "finding `openai-api-key` in messages[0].content",
                          .expected = "no finding",
                          .hint = "remove the key from the prompt"};
  event.findings.push_back({.inspector = "secrets",
                            .rule = "openai-api-key",
                            .severity = Severity::kCritical,
                            .direction = Direction::kRequest,
                            .place = "messages[0].content",
                            .offset = 17,
                            .length = 51});
  event.request_coverage = Coverage::kPartial;
  event.duration_us = 412;
  return event;
}

// A folder that is removed with all that is in it. In memory where the system offers that: hundreds
// of files are written over, which a disk is slow at.
class TestFolder {
 public:
  TestFolder() {
    namespace fs = std::filesystem;
    const fs::path memory = "/dev/shm";
    std::string name =
        (fs::is_directory(memory) ? memory : fs::temp_directory_path()) / "sally-ledger-XXXXXX";
    path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "access.jsonl"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A log in memory.
class MemorySource final : public EventSource {
 public:
  std::vector<std::string> entries;
  uint64_t pruned = 0;

  void add(const AccessEvent& event) { append_event(entries.emplace_back(), event); }
  void add(const ChangeEvent& event) { append_change(entries.emplace_back(), event); }
  void add(const NoticeEvent& event) { append_notice(entries.emplace_back(), event); }

  [[nodiscard]] uint64_t first() const override { return pruned; }
  Result<uint64_t> read(uint64_t position, size_t most, const Visitor& visitor) override {
    if (position < pruned) {
      return Error(ErrorKind::kNotFound, "pruned");
    }
    if (position > entries.size()) {
      return Error(ErrorKind::kCorrupt, "behind the end");
    }
    for (; most > 0 && position < entries.size(); --most, ++position) {
      visitor({.seq = position, .json = entries[position]});
    }
    return position;
  }
};

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spew(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace sally::ledger
