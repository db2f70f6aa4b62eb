#include "ledger/file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::ledger {
namespace {

namespace fs = std::filesystem;

bool contains_ignoring_case(std::string_view text, std::string_view wanted) {
  const auto same = [](char a, char b) { return to_lower(a) == to_lower(b); };
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

Error in_line(const ReadFile& file, uint64_t line, const Error& error) {
  return Error(ErrorKind::kCorrupt,
               fmt::format("`{}` line {}: {}", file.path().string(), line, error.message()),
               "`sallyport audit verify` lists every line that is wrong");
}

// How many lines end before `offset`: only to name the place of an error.
uint64_t lines_before(const ReadFile& file, uint64_t offset) {
  ForwardLines lines(file);
  uint64_t count = 0;
  while (lines.offset() < offset) {
    auto line = lines.next();
    if (!line || !*line) {
      break;
    }
    ++count;
  }
  return count;
}

Result<Visit> show(const Query& query, std::string_view line,
                   const RecordReader::Visitor& visitor) {
  // A text that is not in the line saves the parsing.
  if (!query.text.empty() && !contains_ignoring_case(line, query.text)) {
    return Visit::kContinue;
  }
  TRY(const RecordedEvent event, parse_line(line));
  return matches(query, event, line) ? visitor(event, line) : Visit::kContinue;
}

Result<Visit> visit_forward(const ReadFile& file, const Query& query,
                            const RecordReader::Visitor& visitor) {
  ForwardLines lines(file);
  for (uint64_t number = 1;; ++number) {
    TRY(const auto line, lines.next());
    if (!line) {
      return Visit::kContinue;
    }
    auto shown = show(query, *line, visitor);
    if (!shown) {
      return in_line(file, number, shown.error());
    }
    if (*shown == Visit::kStop) {
      return Visit::kStop;
    }
  }
}

Result<Visit> visit_backward(const ReadFile& file, const Query& query,
                             const RecordReader::Visitor& visitor) {
  TRY(auto lines, BackwardLines::at_end(file));
  while (true) {
    TRY(const auto line, lines.next());
    if (!line) {
      return Visit::kContinue;
    }
    auto shown = show(query, line->text, visitor);
    if (!shown) {
      return in_line(file, lines_before(file, line->offset) + 1, shown.error());
    }
    if (*shown == Visit::kStop) {
      return Visit::kStop;
    }
  }
}

}  // namespace

bool matches(const Query& query, const RecordedEvent& recorded, std::string_view line) {
  const AccessEvent& event = recorded.event;
  const auto same = [](const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
  };
  return (!query.since || event.time >= *query.since) &&
         (!query.until || event.time < *query.until) &&
         (query.principal.empty() || query.principal == event.principal ||
          query.principal == event.principal_name) &&
         same(query.model, event.model) && same(query.route, event.route) &&
         same(query.action, event.action) && (!query.outcome || *query.outcome == event.outcome) &&
         (!query.status || *query.status == event.status) &&
         (query.text.empty() || contains_ignoring_case(line, query.text));
}

Result<RecordReader> RecordReader::open(const fs::path& path) {
  // The current file first: when it is rotated in between, it is met again among the rotated ones
  // and known by its identity. The other way round it would be missed.
  std::vector<ReadFile> files;
  std::optional<ReadFile> current;
  std::optional<std::pair<uint64_t, uint64_t>> identity;
  if (auto opened = ReadFile::open(path); opened) {
    TRY(identity, opened->identity());
    current.emplace(std::move(*opened));
  } else if (opened.error().kind() != ErrorKind::kNotFound) {
    return std::move(opened).error();
  }
  TRY(const auto rotated, rotated_files(path));
  for (const RotatedFile& file : rotated) {
    auto opened = ReadFile::open(file.path);
    if (!opened) {
      if (opened.error().kind() == ErrorKind::kNotFound) {
        continue;  // removed in between, as one too many
      }
      return std::move(opened).error();
    }
    TRY(const auto its_identity, opened->identity());
    if (its_identity != identity) {
      files.push_back(std::move(*opened));
    }
  }
  if (current) {
    files.push_back(std::move(*current));
  }
  if (files.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no record at `{}`", path.string()),
                 "it begins with the first request that the gate answers");
  }
  return RecordReader(std::move(files));
}

Result<> RecordReader::visit(const Query& query, Order order, const Visitor& visitor) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    const bool forward = order == Order::kOldestFirst;
    const ReadFile& file = files_[forward ? i : files_.size() - 1 - i];
    TRY(const Visit next,
        forward ? visit_forward(file, query, visitor) : visit_backward(file, query, visitor));
    if (next == Visit::kStop) {
      break;
    }
  }
  return ok();
}

Result<RecordedEvent> RecordReader::find(std::string_view id) const {
  TRY(const Ulid wanted, Ulid::parse(id));
  // No text inside a line can hold this: its quotes would be escaped.
  const std::string needle = fmt::format("\"uid\":\"{}\"", wanted.str());
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    TRY(auto lines, BackwardLines::at_end(*file));
    while (true) {
      TRY(const auto line, lines.next());
      if (!line) {
        break;
      }
      if (::memmem(line->text.data(), line->text.size(), needle.data(), needle.size()) != nullptr) {
        auto found = parse_line(line->text);
        if (!found) {
          return in_line(*file, lines_before(*file, line->offset) + 1, found.error());
        }
        return found;
      }
    }
  }
  return Error(ErrorKind::kNotFound,
               fmt::format("no event with the id `{}` is in the record", wanted.str()),
               "it may have been removed with the oldest files, or belong to another gate");
}

Result<VerifyReport> RecordReader::verify() const {
  VerifyReport report;
  report.files = files_.size();
  std::vector<std::string> ids;
  const auto problem = [&report](const ReadFile& file, uint64_t line, std::string what) {
    if (++report.problem_count <= VerifyReport::kProblemsListed) {
      report.problems.push_back({file.path(), line, std::move(what)});
    }
  };
  for (const ReadFile& file : files_) {
    ForwardLines lines(file);
    uint64_t number = 1;
    for (;; ++number) {
      auto line = lines.next();
      if (!line && line.error().kind() == ErrorKind::kCorrupt) {
        problem(file, number, line.error().message());  // too long: the rest cannot be told apart
        break;
      }
      TRY(const auto text, std::move(line));
      if (!text) {
        break;
      }
      auto event = parse_line(*text);
      if (!event) {
        problem(file, number, event.error().message());
        continue;
      }
      if (report.events == 0) {
        report.first_seq = event->seq;
      } else if (event->seq != report.last_seq + 1) {
        problem(file, number, fmt::format("number {} follows {}", event->seq, report.last_seq));
      }
      report.last_seq = event->seq;
      ++report.events;
      ids.emplace_back(event->event.id.str());
    }
    if (lines.torn_bytes() > 0) {
      report.torn_bytes += lines.torn_bytes();
      if (&file != &files_.back()) {
        problem(file, number, "the file does not end with a whole line");
      }
    }
  }
  std::ranges::sort(ids);
  for (auto at = std::ranges::adjacent_find(ids); at != ids.end();
       at = std::adjacent_find(at + 1, ids.end())) {
    problem(files_.back(), 0, fmt::format("the id `{}` stands twice", *at));
  }
  return report;
}

Result<RecordTail> RecordTail::at_end(fs::path path, size_t last) {
  RecordTail tail(std::move(path));
  auto record = RecordReader::open(tail.path_);
  if (!record) {
    return record.error().kind() == ErrorKind::kNotFound ? Result<RecordTail>(std::move(tail))
                                                         : std::move(record).error();
  }
  TRY_OK(record->visit({}, Order::kNewestFirst, [&](const RecordedEvent& event, std::string_view) {
    tail.next_seq_ = event.seq + 1;
    return Visit::kStop;
  }));
  auto opened = ReadFile::open(tail.path_);
  if (!opened) {
    return opened.error().kind() == ErrorKind::kNotFound ? Result<RecordTail>(std::move(tail))
                                                         : std::move(opened).error();
  }
  tail.file_ = std::make_unique<ReadFile>(std::move(*opened));
  TRY(auto lines, BackwardLines::at_end(*tail.file_));
  TRY(const uint64_t size, tail.file_->size());
  uint64_t begin = size - std::min(size, lines.torn_bytes());
  for (size_t i = 0; i < last; ++i) {
    TRY(const auto line, lines.next());
    if (!line) {
      break;
    }
    begin = line->offset;
  }
  tail.lines_.emplace(*tail.file_, begin);
  return tail;
}

Result<Visit> RecordTail::drain(const RecordReader::Visitor& visitor) {
  while (lines_) {
    TRY(const auto line, lines_->next());
    if (!line) {
      break;
    }
    TRY(const RecordedEvent event, parse_line(*line));
    next_seq_ = event.seq + 1;
    if (visitor(event, *line) == Visit::kStop) {
      return Visit::kStop;
    }
  }
  return Visit::kContinue;
}

Result<bool> RecordTail::rotated() const {
  auto current = ReadFile::open(path_);
  if (!current) {
    return current.error().kind() == ErrorKind::kNotFound ? Result<bool>(false)
                                                          : std::move(current).error();
  }
  if (!file_) {
    return true;
  }
  TRY(const auto here, file_->identity());
  TRY(const auto there, current->identity());
  return here != there;
}

Result<> RecordTail::move_on() {
  TRY(const auto files, rotated_files(path_));
  const auto ahead = std::ranges::find_if(
      files, [&](const RotatedFile& file) { return file.first_seq >= next_seq_; });
  TRY(ReadFile next, ReadFile::open(ahead != files.end() ? ahead->path : path_));
  lines_.reset();
  file_ = std::make_unique<ReadFile>(std::move(next));
  lines_.emplace(*file_);
  return ok();
}

Result<> RecordTail::poll(const RecordReader::Visitor& visitor) {
  while (true) {
    TRY(Visit next, drain(visitor));
    TRY(const bool moved, rotated());
    if (next == Visit::kStop || !moved) {
      return ok();
    }
    // More may have been written between the last line read and the rename, and none since.
    TRY(next, drain(visitor));
    if (next == Visit::kStop) {
      return ok();
    }
    TRY_OK(move_on());
  }
}

}  // namespace sally::ledger
