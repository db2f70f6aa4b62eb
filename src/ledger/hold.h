// Legal holds: what may not be pruned or forgotten, placed by one person and lifted only by
// several.
//
// A hold is an entry of the log itself (`hold.place`), and so is its release (`hold.release`): a
// signed note with the signatures of at least `threshold` of the officers whose keys stand in the
// hold. Nothing else lifts it: no file beside the log says anything about it, and a log without the
// entry does not verify. Whoever prunes or forgets rebuilds the holds from the log.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "ledger/event_json.h"
#include "tlog/note.h"

namespace sally::ledger {

inline constexpr std::string_view kHoldPlaced = "hold.place";
inline constexpr std::string_view kHoldReleased = "hold.release";

// What a hold protects: everything from `since` on (everything, where there is none), or what is
// about one principal or one subject.
struct Hold {
  static constexpr size_t kMostOfficers = 16;
  static constexpr size_t kMostMatter = 200;
  static constexpr size_t kMostText = 8'000;

  Ulid id;
  std::string log;  // the origin of the log it stands in
  WallTime placed;
  std::string matter;     // one line: what it is for
  std::string principal;  // empty: any
  std::string subject;    // the tag of an end user in hexadecimal; empty: any
  std::optional<WallTime> since;
  uint32_t threshold = 1;                   // of signatures that release it
  std::vector<tlog::VerifierKey> officers;  // no two of the same name, or of the same key

  // As it stands in the log. Made of lines, so that a person can read it.
  [[nodiscard]] std::string to_text() const;
  // Backwards. kInvalidInput; hostile input, bounded.
  static Result<Hold> parse(std::string_view text);
  // kUsage where it makes no sense: no officer, a threshold above their number, twice the same key.
  [[nodiscard]] Result<> check() const;

  // Whether it protects what is about a principal (its public id) or an end user (a tag). What a
  // principal sent may stand under any end user, so a hold of a principal protects them all.
  [[nodiscard]] bool protects_principal(std::string_view id_of_principal) const;
  [[nodiscard]] bool protects_subject(std::string_view tag) const;
};

// What the officers sign.
struct HoldRelease {
  std::string log;
  Ulid hold;
  std::string matter;
  WallTime time;

  [[nodiscard]] std::string to_text() const;
  static Result<HoldRelease> parse(std::string_view text);
};

// Whether `note` (a signed note over a HoldRelease) lifts `hold` at `now`. kDenied, saying how many
// signatures are missing; kInvalidInput where it is another hold's, or not of this time.
Result<> check_release(const Hold& hold, std::string_view note, WallTime now);

// The holds of a log, rebuilt from its entries.
class Holds {
 public:
  struct Active {
    Hold hold;
    uint64_t seq;  // of the entry that placed it
  };

  // Of the log `origin`. Entries that speak of another log are none of it.
  explicit Holds(std::string origin) : origin_(std::move(origin)) {}

  // Every entry, in the order of the log. Entries that are no holds cost one search for a text.
  void take(uint64_t seq, std::string_view entry);
  // Behind the last entry that was taken.
  [[nodiscard]] uint64_t position() const { return position_; }

  // By id.
  [[nodiscard]] const std::map<Ulid, Active>& active() const { return active_; }
  // kDenied, naming the hold, where one protects it.
  [[nodiscard]] Result<> allow_forgetting_principal(std::string_view principal) const;
  [[nodiscard]] Result<> allow_forgetting_subject(std::string_view tag) const;

 private:
  const std::string origin_;
  std::map<Ulid, Active> active_;
  uint64_t position_ = 0;
};

}  // namespace sally::ledger
