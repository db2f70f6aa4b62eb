#include "app/log_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <system_error>

#include "base/text.h"

namespace sally::app {
namespace {

using ledger::AnyEvent;
using ledger::EventIndex;
using ledger::EventQuery;
using ledger::IndexOrder;
using ledger::Visit;

constexpr int kLooks = 5;
constexpr size_t kPage = 4'096;      // numbers asked of the index at a time
constexpr uint64_t kTogether = 256;  // entries this near are read at once: those of one bundle

}  // namespace

Result<LogView> LogView::open(const std::filesystem::path& folder) {
  TRY(auto source, ledger::LogSource::open(folder));
  return LogView(folder, std::move(source));
}

Result<uint64_t> LogView::read(uint64_t from, uint64_t most, const Visitor& visitor) {
  uint64_t next = from;
  Result<> wrong = ok();
  TRY_OK(source_->reader().read(from, most, [&](uint64_t seq, std::string_view entry) {
    next = seq + 1;
    auto event = ledger::parse_any(entry);
    if (!event.ok()) {
      ++unreadable_;
      return Visit::kContinue;
    }
    if (auto* const access = std::get_if<ledger::RecordedEvent>(&*event)) {
      access->seq = seq;
    }
    auto shown = visitor(seq, *event, entry);
    if (!shown.ok()) {
      wrong = std::move(shown).error();
      return Visit::kStop;
    }
    return *shown;
  }));
  TRY_OK(std::move(wrong));
  return next;
}

Result<std::optional<EventIndex>> LogView::index() {
  const std::filesystem::path file = ledger::index_file(folder_);
  std::error_code ignored;  // opening the file tells
  std::filesystem::create_directory(file.parent_path(), ignored);
  auto opened = EventIndex::open(file);
  if (!opened.ok()) {
    notes_.push_back(
        fmt::format("read the whole log, without an index: {}", opened.error().message()));
    return std::optional<EventIndex>();
  }
  auto news = opened->catch_up(*source_);
  if (!news.ok() && news.error().kind() != ErrorKind::kUnavailable) {
    return std::move(news).error();
  }
  if (news.ok()) {
    indexed_ = news->indexed;
    if (!news->rebuilt.empty()) {
      notes_.push_back(fmt::format("the index was made again: {}", news->rebuilt));
    }
    unreadable_ = news->unreadable;
  }
  TRY(const uint64_t position, opened->position());
  TRY(const uint64_t end, size());
  if (position < end) {
    notes_.push_back(
        fmt::format("events {} to {} are not in the index yet: not searched", position, end - 1));
  }
  return std::optional<EventIndex>(*std::move(opened));
}

Result<> LogView::show(std::span<const uint64_t> seqs, const Visitor& visitor) {
  while (!seqs.empty()) {
    size_t together = 1;
    while (together < seqs.size() && seqs[together] - seqs.front() < kTogether) {
      ++together;
    }
    const std::span<const uint64_t> wanted = seqs.first(together);
    TRY_OK(read(wanted.front(), wanted.back() - wanted.front() + 1,
                [&](uint64_t seq, const AnyEvent& event, std::string_view entry) -> Result<Visit> {
                  return std::ranges::binary_search(wanted, seq) ? visitor(seq, event, entry)
                                                                 : Visit::kContinue;
                }));
    seqs = seqs.subspan(together);
  }
  return ok();
}

Result<> LogView::search(const EventQuery& query, uint64_t count, const Visitor& visitor) {
  if (first() > 0) {
    notes_.push_back(fmt::format("events 0 to {} were pruned: not searched", first() - 1));
  }
  TRY(auto index, this->index());
  const uint64_t unreadable = unreadable_;
  if (!index) {
    TRY_OK(search_all(query, count, visitor));
  } else if (count > 0) {
    TRY(std::vector<uint64_t> seqs,
        index->find(query, IndexOrder::kNewestFirst, UINT64_MAX, count));
    std::ranges::reverse(seqs);
    TRY_OK(show(seqs, visitor));
  } else {
    uint64_t from = 0;
    while (true) {
      TRY(const std::vector<uint64_t> seqs,
          index->find(query, IndexOrder::kOldestFirst, from, kPage));
      if (seqs.empty()) {
        break;
      }
      TRY_OK(show(seqs, visitor));
      from = seqs.back() + 1;
    }
  }
  if (index) {
    unreadable_ = unreadable;  // of the whole log, not of what was shown
  }
  TRY(std::string unread, unread_end());
  if (!unread.empty()) {
    notes_.push_back(std::move(unread) + ": not searched");
  }
  if (unreadable_ > 0) {
    notes_.push_back(fmt::format("{} entr{} of the log {}: not searched", unreadable_,
                                 unreadable_ == 1 ? "y" : "ies",
                                 unreadable_ == 1 ? "is no event" : "are no events"));
  }
  return ok();
}

Result<std::string> LogView::unread_end() {
  ledger::UnreadTail tail;
  uint64_t end = 0;
  // A writer at work is in the middle of a frame for microseconds.
  for (int i = 0; i < kLooks; ++i) {
    TRY(end, size());
    TRY(tail, source_->reader().unread_tail());
    if (tail.bytes == 0) {
      return std::string();
    }
  }
  if (tail.is_damage) {
    return fmt::format("`{}` is damaged at byte {}; events from {} on, where there are any",
                       printable(tail.file), tail.offset, end);
  }
  return fmt::format("{} bytes at the end of `{}`, of a write that goes on or was cut short",
                     tail.bytes, printable(tail.file));
}

Result<> LogView::search_all(const EventQuery& query, uint64_t count, const Visitor& visitor) {
  struct Kept {
    uint64_t seq;
    std::string entry;
  };
  std::deque<Kept> kept;
  TRY_OK(read(first(), UINT64_MAX,
              [&](uint64_t seq, const AnyEvent& event, std::string_view entry) -> Result<Visit> {
                if (!ledger::matches(query, event)) {
                  return Visit::kContinue;
                }
                if (count == 0) {
                  return visitor(seq, event, entry);
                }
                if (kept.size() == count) {
                  kept.pop_front();
                }
                kept.push_back({seq, std::string(entry)});
                return Visit::kContinue;
              }));
  for (const Kept& one : kept) {
    TRY(const AnyEvent event, ledger::parse_any(one.entry));
    TRY(const Visit visit, visitor(one.seq, event, one.entry));
    if (visit == Visit::kStop) {
      break;
    }
  }
  return ok();
}

Result<> LogView::find(const Ulid& id, const Visitor& visitor) {
  bool found = false;
  const Visitor only = [&](uint64_t seq, const AnyEvent& event,
                           std::string_view entry) -> Result<Visit> {
    if (ledger::id_of(event) != id) {
      return Visit::kContinue;
    }
    found = true;
    TRY_OK(visitor(seq, event, entry));
    return Visit::kStop;
  };
  TRY(auto index, this->index());
  if (index) {
    TRY(const std::vector<uint64_t> near, index->near(id));
    TRY_OK(show(near, only));
  } else {
    TRY_OK(read(first(), UINT64_MAX, only));
  }
  if (!found) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("no event with the id `{}` is in the log", id.str()),
                 first() == 0 ? fmt::format("looked in `{}`", folder_.string())
                              : fmt::format("looked in `{}`; events 0 to {} were pruned",
                                            folder_.string(), first() - 1));
  }
  return ok();
}

}  // namespace sally::app
