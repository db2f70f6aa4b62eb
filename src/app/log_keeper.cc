#include "app/log_keeper.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "app/changes.h"
#include "base/encoding.h"
#include "formats/json/writer.h"
#include "ledger/outbox.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace sally::app {
namespace {

// So many take some hundredths of a second.
constexpr uint64_t kEntriesAtOnce = 20'000;

std::string minimum_json(uint64_t minimum) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("minimum_index", minimum);
  json.end_object();
  json.finish();
  return out;
}

}  // namespace

ChangeEvent prune_event(ChangeEvent event, const ledger::PrunePlan& plan) {
  event.before = minimum_json(plan.present);
  event.after = minimum_json(plan.minimum);
  return event;
}

Result<ledger::PrunePlan> plan_prune_of(const std::filesystem::path& folder, Millis keep,
                                        WallTime now, const ledger::Holds& holds, uint64_t most) {
  TRY(auto reader, ledger::LogReader::open(folder));
  TRY(const std::string bytes, reader.checkpoint());
  if (bytes.empty()) {
    return ledger::PrunePlan{};
  }
  TRY(const tlog::Note note, tlog::Note::parse(bytes));
  TRY(const tlog::Checkpoint checkpoint, tlog::Checkpoint::parse(note.text));
  return ledger::plan_prune(reader, checkpoint.size, keep, now, holds, most);
}

LogKeeper::LogKeeper(const Parts& parts)
    : parts_(parts),
      holds_(parts.ledger.verifier_key().name()),
      learn_until_(parts.ledger.status().size) {}

Result<size_t> LogKeeper::deliver() {
  ledger::OutboxTarget target = ledger::outbox_target(parts_.ledger, parts_.folder);
  // An earlier attempt brought it there and did not live to hear so: it may be a hold.
  target.has = [this, has = std::move(target.has)](uint64_t from,
                                                   std::string_view entry) -> Result<bool> {
    TRY(const bool found, has(from, entry));
    if (found) {
      holds_known_ = false;
      reader_.reset();
      learn_until_ = std::max(learn_until_, parts_.ledger.status().size);
    }
    return found;
  };
  target.append = [this](std::string_view entry) -> Result<> {
    TRY(const uint64_t seq, parts_.ledger.append(entry));
    if (holds_known_) {
      holds_.take(seq, entry);
    } else {
      learn_until_ = std::max(learn_until_, seq + 1);
    }
    return ok();
  };
  return ledger::deliver_outbox(parts_.state, target);
}

Result<> LogKeeper::learn_holds() {
  if (holds_known_) {
    return ok();
  }
  if (!reader_) {
    TRY(reader_, ledger::LogReader::open(parts_.folder));
  }
  const uint64_t from = std::max(holds_.position(), reader_->first());
  const uint64_t left = learn_until_ - std::min(learn_until_, from);
  TRY_OK(reader_->read(from, std::min(left, kEntriesAtOnce),
                       [this](uint64_t seq, std::string_view entry) {
                         holds_.take(seq, entry);
                         return ledger::Visit::kContinue;
                       }));
  // What was written since, and is no request, came through deliver().
  if (std::max(holds_.position(), from) >= learn_until_) {
    holds_known_ = true;
    reader_.reset();
  }
  return ok();
}

Result<bool> LogKeeper::prune() {
  if (parts_.retention <= Millis(0) || !holds_known_) {
    return false;
  }
  TRY(const ledger::PrunePlan plan,
      plan_prune_of(parts_.folder, parts_.retention, parts_.clock.now(), holds_, kEntriesAtOnce));
  if (!plan.does_something()) {
    return false;
  }
  // In the log before it is done: a minimum index that the log does not speak of is a theft.
  TRY_OK(record_change(
      parts_.state,
      prune_event(change_by_program(parts_.clock, random_, ledger::kPruned, {}), plan)));
  TRY_OK(deliver());
  TRY_OK(ledger::prune(parts_.folder, plan));
  return true;
}

capture::IsHeld LogKeeper::is_held() const {
  if (!holds_known_) {
    return [](const capture::SubjectTag&, WallTime) { return true; };
  }
  struct Rule {
    std::string subject;  // empty: everybody
    WallTime since;
  };
  std::vector<Rule> rules;
  for (const auto& [id, active] : holds_.active()) {
    rules.push_back({active.hold.subject, active.hold.since.value_or(WallTime{})});
  }
  return [rules = std::move(rules)](const capture::SubjectTag& tag, WallTime time) {
    return std::ranges::any_of(rules, [&](const Rule& rule) {
      return time >= rule.since && (rule.subject.empty() || rule.subject == to_hex(tag));
    });
  };
}

}  // namespace sally::app
