// GrantService: the rules of grants over the state. For the command line, the admin API and the
// housekeeper, not for the path of a request.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "identity/grants/rules.h"
#include "store/state.h"

namespace sally::identity {

// What is done to a grant, inside the transaction that does it: whoever records changes does so
// here.
struct GrantChange {
  // `access.request`, `access.break_glass`, `access.approve`, `access.activate`, `access.deny`,
  // `access.end`, `access.expire`.
  std::string_view what;
  const store::GrantRecord& grant;  // as it is then
  const GrantActor& actor;          // `sallyport`, from nowhere, for what happens by itself
  std::string_view reason;          // may be empty
};
using OnGrantChange = std::function<Result<>(store::Transaction&, const GrantChange&)>;

// What one principal may have requested and active at once: a record names all of them.
inline constexpr size_t kMaxGrants = 4;

// Belongs to one thread at a time (for its Random). All calls wait for the disk. Errors are those
// of the rules, kNotFound for an id or a role that there is not, and those of the state.
class GrantService {
 public:
  // All outlive the service.
  GrantService(store::State& state, const Roles& roles, Random& random,
               OnGrantChange on_change = {})
      : state_(state), roles_(roles), random_(random), on_change_(std::move(on_change)) {}

  // kConflict where the principal has the role, or asked for it, already.
  Result<store::GrantRecord> request(std::string_view role, const GrantActor& actor,
                                     const GrantWish& wish, WallTime now);
  Result<store::GrantRecord> break_glass(std::string_view role, const GrantActor& actor,
                                         const GrantWish& wish, WallTime now);
  Result<store::GrantRecord> approve(std::string_view id, const GrantActor& actor, WallTime now);
  Result<store::GrantRecord> deny(std::string_view id, const GrantActor& actor,
                                  std::string_view reason, WallTime now);
  Result<store::GrantRecord> end(std::string_view id, const GrantActor& actor,
                                 std::string_view reason, WallTime now);

  Result<store::GrantRecord> find(std::string_view id);
  // The newest, at most `most`, newest first.
  Result<std::vector<store::GrantRecord>> list(size_t most);

  // Notes what ended or expired by itself, once: how many.
  Result<size_t> settle(WallTime now);

 private:
  Result<const Role*> role(std::string_view name) const;
  Result<store::GrantRecord> create(const store::GrantRecord& grant, const GrantActor& actor);
  // Changes one grant by `change`, stores it, and tells of it as `what`.
  Result<store::GrantRecord> change(
      std::string_view id, std::string_view what, const GrantActor& actor, std::string_view reason,
      const std::function<Result<>(store::GrantRecord&, const Role*)>& change);
  Result<> tell(store::Transaction& transaction, const GrantChange& change) const;

  store::State& state_;
  const Roles& roles_;
  Random& random_;
  const OnGrantChange on_change_;
};

}  // namespace sally::identity
