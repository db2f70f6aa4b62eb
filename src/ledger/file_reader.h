// RecordReader: reads a record that may be written to at the same time.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/event_json.h"
#include "ledger/record_file.h"
#include "ledger/visit.h"

namespace sally::ledger {

// What is asked for; what is empty or absent asks for nothing. All of it must hold.
struct Query {
  std::optional<WallTime> since{};  // events at or after
  std::optional<WallTime> until{};  // events before
  std::string principal{};          // the key's id or its name
  std::string model{};
  std::string route{};
  std::string action{};
  std::optional<Outcome> outcome{};
  std::optional<uint16_t> status{};
  std::string text{};  // stands anywhere in the line, in upper or lower case (ASCII)
};
[[nodiscard]] bool matches(const Query& query, const RecordedEvent& event, std::string_view line);

enum class Order : uint8_t { kOldestFirst, kNewestFirst };

// What `verify` saw. It looks at form: whoever may write the files may rewrite them without a
// trace.
struct VerifyReport {
  struct Problem {
    std::filesystem::path file;
    uint64_t line;  // in that file, from 1; 0: the file as a whole
    std::string what;
  };
  size_t files = 0;
  uint64_t events = 0;
  uint64_t first_seq = 0;  // greater than 1 when older files were removed
  uint64_t last_seq = 0;
  uint64_t torn_bytes = 0;        // behind the last line: being written, or torn by a crash
  uint64_t problem_count = 0;     // all of them
  std::vector<Problem> problems;  // the first kProblemsListed
  [[nodiscard]] bool good() const { return problem_count == 0; }

  static constexpr size_t kProblemsListed = 100;
};

class RecordReader {
 public:
  // Opens the files that the record at `path` has now. kNotFound when there is none.
  static Result<RecordReader> open(const std::filesystem::path& path);

  using Visitor = std::function<Visit(const RecordedEvent& event, std::string_view line)>;
  // Shows the events that match. A torn last line is passed over; kCorrupt, naming file and number
  // of the line, for any other that is no event.
  Result<> visit(const Query& query, Order order, const Visitor& visitor) const;

  // The event of this request, newest files first. kNotFound.
  [[nodiscard]] Result<RecordedEvent> find(std::string_view id) const;

  // Every line a whole event, numbers without gaps, ids unique. Fails only where it cannot read.
  [[nodiscard]] Result<VerifyReport> verify() const;

 private:
  explicit RecordReader(std::vector<ReadFile> files) : files_(std::move(files)) {}
  std::vector<ReadFile> files_;  // oldest first
};

// RecordTail: the events that are written from now on, across rotations.
class RecordTail {
 public:
  // Begins behind the last whole line, or, with `last`, that many events earlier (as far as the
  // current file holds them). A record that does not exist yet begins when it does.
  static Result<RecordTail> at_end(std::filesystem::path path, size_t last = 0);

  // Shows what is new since the last call; returns when there is no more. Does not wait.
  Result<> poll(const RecordReader::Visitor& visitor);

 private:
  explicit RecordTail(std::filesystem::path path) : path_(std::move(path)) {}
  // Shows what else is in the current file.
  Result<Visit> drain(const RecordReader::Visitor& visitor);
  // Whether the file at the record's path is another one than the one being read.
  [[nodiscard]] Result<bool> rotated() const;
  // Goes on with the oldest file that holds events not shown yet.
  Result<> move_on();

  std::filesystem::path path_;
  // Behind a pointer, so that the reader's reference to it stays good when the tail moves.
  std::unique_ptr<ReadFile> file_;
  std::optional<ForwardLines> lines_;
  uint64_t next_seq_ = 1;
};

}  // namespace sally::ledger
