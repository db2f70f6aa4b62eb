// RevocationService: revoking, taking a revocation back, and telling what there is. For the command
// line, the admin API and the receiver of events, not for the path of a request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/state.h"

namespace sally::identity {

struct RevocationRequest {
  store::RevokedKind kind = store::RevokedKind::kKey;
  std::string target;  // see RevocationRecord
  std::string reason;  // 1 to 512 characters of text
  std::optional<WallTime> issued_before{};
  std::optional<WallTime> until{};
};

// What is done, inside the transaction that does it: whoever records changes does so here.
struct RevocationChange {
  std::string_view what;                  // `revocation.create`, `revocation.lift`
  const store::RevocationRecord* before;  // null for a new one
  const store::RevocationRecord& after;
  std::string_view reason;  // of this change
};
using OnRevocationChange = std::function<Result<>(store::Transaction&, const RevocationChange&)>;

// Belongs to one thread at a time (for its Random). All calls wait for the disk.
class RevocationService {
 public:
  static constexpr size_t kMaxTarget = 1024;
  static constexpr size_t kMaxReason = 512;

  // All outlive the service. `who` is what records say of whoever asks.
  RevocationService(store::State& state, Random& random, std::string who,
                    OnRevocationChange on_change)
      : state_(state), random_(random), who_(std::move(who)), on_change_(std::move(on_change)) {}

  // kUsage for a target that cannot be one of its kind, a reason that does not fit, an end that is
  // past; kNotFound for a key or a grant that does not exist: somebody mistyped it.
  [[nodiscard]] Result<store::RevocationRecord> revoke(const RevocationRequest& request,
                                                       WallTime now);
  // The same within a transaction of the caller's.
  [[nodiscard]] Result<store::RevocationRecord> revoke(store::Transaction& transaction,
                                                       const RevocationRequest& request,
                                                       WallTime now);
  // The revocation as it is then. kNotFound; kConflict where it is over already.
  [[nodiscard]] Result<store::RevocationRecord> lift(std::string_view id, std::string_view reason,
                                                     WallTime now);
  [[nodiscard]] Result<store::RevocationRecord> find(std::string_view id);
  // Oldest first, those that are over included: those after the id `after`, at most `most`.
  [[nodiscard]] Result<std::vector<store::RevocationRecord>> list(std::string_view after,
                                                                  size_t most);
  // Forgets what is over for kKeptAfterEnd, and which events were received before kKeptEvents. The
  // ledger keeps it. How many revocations that were.
  static constexpr Micros kKeptAfterEnd = std::chrono::days(30);
  static constexpr Micros kKeptEvents = std::chrono::days(14);
  [[nodiscard]] static Result<size_t> forget(store::State& state, WallTime now);

 private:
  store::State& state_;
  Random& random_;
  const std::string who_;
  const OnRevocationChange on_change_;
};

// `in force`, `lifted`, `ended`.
[[nodiscard]] std::string_view state_of(const store::RevocationRecord& record, WallTime now);

}  // namespace sally::identity
