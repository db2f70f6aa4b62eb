// Grants: roles that somebody asks for, others approve, and that end by themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sally::store {

// The order is that of the records on disk: a new state goes to the end.
enum class GrantState : uint8_t {
  kRequested,  // waits for approvals
  kActive,
  kEnded,    // was active
  kDenied,   // or withdrawn
  kExpired,  // nobody approved in time
};
inline constexpr size_t kGrantStates = 5;
// `requested`, `active`, `ended`, `denied`, `expired`.
[[nodiscard]] std::string_view name_of(GrantState state);

struct GrantApproval {
  std::string who;   // as a ChangeEvent has it
  std::string from;  // the same
  WallTime at;
  friend bool operator==(const GrantApproval&, const GrantApproval&) = default;
};

// One grant, from the request on. What is above `approvals` never changes.
struct GrantRecord {
  std::string id;  // a ULID: they sort by when they were asked for
  std::string role;
  std::string principal;  // whose it is, and who asked: Principal::id
  std::string from;       // where it was asked: ChangeEvent::from
  std::string reason;
  bool break_glass = false;  // taken by a holder alone
  uint32_t needed = 0;       // approvals; 0 for one that breaks the glass
  Millis lasts{0};           // once it is active
  WallTime requested;
  WallTime lapses;  // unless it is active before

  std::vector<GrantApproval> approvals{};  // in order of `who`, each once
  GrantState state = GrantState::kRequested;
  std::optional<WallTime> activated{};
  std::optional<WallTime> ends{};    // at the latest; of an active one
  std::optional<WallTime> closed{};  // when it ended, was denied or expired
  std::string closed_by{};           // as a ChangeEvent has it
  std::string closed_why{};

  friend bool operator==(const GrantRecord&, const GrantRecord&) = default;
};

// Grants are not deleted: old records name them.
class GrantRepository {
 public:
  // kConflict when the id is taken.
  [[nodiscard]] virtual Result<> create(const GrantRecord& record) = 0;
  // kNotFound.
  [[nodiscard]] virtual Result<GrantRecord> find(std::string_view id) = 0;
  // The newest, at most `most`, newest first.
  [[nodiscard]] virtual Result<std::vector<GrantRecord>> list(size_t most) = 0;
  // All that are requested or active, oldest first.
  [[nodiscard]] virtual Result<std::vector<GrantRecord>> open() = 0;
  // Puts everything from `approvals` on in place of what was stored; an approval is added, never
  // taken away. kNotFound.
  [[nodiscard]] virtual Result<> update(const GrantRecord& record) = 0;

 protected:
  ~GrantRepository() = default;
};

}  // namespace sally::store
