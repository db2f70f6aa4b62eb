// State: what a gate, or a fleet of them, must not forget. Transactional; a port with one engine
// for one machine (SQLite) and room for one that a fleet shares.
//
// Every engine passes tests/support/state_conformance.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/grants.h"
#include "store/tool_pins.h"

namespace sally::store {

// One API key, as stored: never its text, only a keyed digest of it.
struct KeyRecord {
  KeyId id;
  std::string name;
  TeamId team;                         // may be empty
  std::array<std::byte, 32> digest{};  // unique
  WallTime created;
  std::optional<WallTime> expires;
  std::optional<WallTime> revoked;
  std::optional<WallTime> last_used;  // coarse
  std::vector<RouteId> routes;        // no duplicates; read back in order of name
  std::vector<ModelId> models;        // the same
  uint32_t requests_per_minute = 0;

  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

// The API keys. Keys are not deleted: a revoked one still names the caller in old records.
class KeyRepository {
 public:
  // kConflict when the id or the digest is taken.
  [[nodiscard]] virtual Result<> create(const KeyRecord& record) = 0;
  // kNotFound.
  [[nodiscard]] virtual Result<KeyRecord> find(const KeyId& id) = 0;
  // All of them, oldest first (the same instant: by id).
  [[nodiscard]] virtual Result<std::vector<KeyRecord>> list() = 0;
  // Marks the key as revoked from `at` on. One already revoked keeps its time. kNotFound.
  [[nodiscard]] virtual Result<> revoke(const KeyId& id, WallTime at) = 0;
  // Lets the key end at `at`, in place of whatever was set. kNotFound.
  [[nodiscard]] virtual Result<> set_expiry(const KeyId& id, WallTime at) = 0;
  // Notes a use; a time before the one noted changes nothing. Not a change that `generation` shows.
  // kNotFound.
  [[nodiscard]] virtual Result<> touch_last_used(const KeyId& id, WallTime at) = 0;

 protected:
  ~KeyRepository() = default;
};

// What a revocation takes from whoever has it. The order is that of the records on disk: a new kind
// goes to the end.
enum class RevokedKind : uint8_t { kKey, kSession, kToken, kAgent, kUser, kWorkload, kGrant };
inline constexpr size_t kRevokedKinds = 7;
// `key`, `session`, `token`, `agent`, `user`, `workload`, `grant`.
[[nodiscard]] std::string_view name_of(RevokedKind kind);
[[nodiscard]] std::optional<RevokedKind> parse_revoked_kind(std::string_view text);

// One revocation. The same thing may be revoked several times; it is free again when none of them
// is in force.
struct RevocationRecord {
  std::string id;  // a ULID: they sort by when they were made
  RevokedKind kind = RevokedKind::kKey;
  std::string target;  // as a Principal has it: `key_...`, `ISSUER/SUBJECT`, `ISSUER/JTI`
  WallTime requested;
  // Only what was issued before this instant; nothing: whatever there is.
  std::optional<WallTime> issued_before;
  std::optional<WallTime> until;  // in force before this instant; nothing: until it is lifted
  std::optional<WallTime> lifted;
  std::string who;     // as a ChangeEvent has it
  std::string reason;  // never empty
  friend bool operator==(const RevocationRecord&, const RevocationRecord&) = default;
};

class RevocationRepository {
 public:
  // kConflict when the id is taken.
  [[nodiscard]] virtual Result<> add(const RevocationRecord& record) = 0;
  // kNotFound.
  [[nodiscard]] virtual Result<RevocationRecord> find(std::string_view id) = 0;
  // Those after the id `after` (empty: from the first) in order of id, at most `most`.
  [[nodiscard]] virtual Result<std::vector<RevocationRecord>> list(std::string_view after,
                                                                   size_t most) = 0;
  // All that were not lifted and whose end is not before `now`, in order of id.
  [[nodiscard]] virtual Result<std::vector<RevocationRecord>> in_force(WallTime now) = 0;
  // Takes the revocation back from `at` on. One lifted already keeps its time. kNotFound.
  [[nodiscard]] virtual Result<> lift(std::string_view id, WallTime at) = 0;
  // Deletes those that were lifted or ended before `before` and returns how many that were.
  [[nodiscard]] virtual Result<size_t> forget(WallTime before) = 0;

  // Notes that the event of this name, which asks for revocations, was received. False where it had
  // been before. Not a change that `generation` shows.
  [[nodiscard]] virtual Result<bool> note_event(std::string_view name, WallTime at) = 0;
  // Forgets those that were received before `before`.
  [[nodiscard]] virtual Result<> forget_events(WallTime before) = 0;

 protected:
  ~RevocationRepository() = default;
};

// Small facts about the state itself, by name.
class ValueRepository {
 public:
  [[nodiscard]] virtual Result<std::optional<std::string>> get(std::string_view name) = 0;
  [[nodiscard]] virtual Result<> put(std::string_view name, std::string_view value) = 0;

 protected:
  ~ValueRepository() = default;
};

// What must still be told elsewhere: an entry is added in the transaction that makes the change it
// tells of, so that neither is without the other, and removed when it was told.
struct OutboxEntry {
  std::string id;
  std::string entry;
  // Where the first attempt to tell it began, as `note_attempt` said: whoever finds this looks
  // there before telling it again.
  std::optional<uint64_t> attempted;
  friend bool operator==(const OutboxEntry&, const OutboxEntry&) = default;
};

class OutboxRepository {
 public:
  // kConflict when the id is taken.
  [[nodiscard]] virtual Result<> add(std::string_view id, std::string_view entry) = 0;
  // In the order in which they were added, at most `most`.
  [[nodiscard]] virtual Result<std::vector<OutboxEntry>> list(size_t most) = 0;
  // Keeps the first position that was noted. kNotFound.
  [[nodiscard]] virtual Result<> note_attempt(std::string_view id, uint64_t position) = 0;
  // kNotFound.
  [[nodiscard]] virtual Result<> remove(std::string_view id) = 0;

 protected:
  ~OutboxRepository() = default;
};

// What can be done inside a transaction. Lives as long as the transaction's body runs.
class Transaction {
 public:
  [[nodiscard]] virtual KeyRepository& keys() = 0;
  [[nodiscard]] virtual RevocationRepository& revocations() = 0;
  [[nodiscard]] virtual GrantRepository& grants() = 0;
  [[nodiscard]] virtual ToolPinRepository& tool_pins() = 0;
  [[nodiscard]] virtual ValueRepository& values() = 0;
  [[nodiscard]] virtual OutboxRepository& outbox() = 0;

 protected:
  ~Transaction() = default;
};

// Safe from every thread; calls wait for one another and for the disk, so never from a loop thread.
// Failures: kUnavailable (busy, unreachable; worth another try), kCorrupt (what is stored does not
// verify), kIo, and what the body returned.
class State {
 public:
  using Body = std::function<Result<>(Transaction&)>;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  // Runs `body` on one consistent view. A write in it fails with kInternal. `body` does not call
  // the State itself.
  [[nodiscard]] virtual Result<> read(const Body& body) = 0;
  // Runs `body` alone among writers. Its success is durable when the call returns; its failure
  // leaves no trace and is returned.
  [[nodiscard]] virtual Result<> write(const Body& body) = 0;
  // Writes everything that is stored now to the new file `path`, as one consistent view. kConflict
  // where something stands there.
  [[nodiscard]] virtual Result<> copy_to(const std::string& path) = 0;
  // A number that is another one after any process committed a change (a noted use is none, and the
  // outbox is none). Cheap: meant to be asked several times a second.
  [[nodiscard]] virtual Result<uint64_t> generation() = 0;
};

enum class IfMissing : uint8_t { kCreate, kFail };

// Opens the state that `url` names: `sqlite:PATH`. kUsage for another scheme; kNotFound where there
// is none and it is not to be made.
[[nodiscard]] Result<std::unique_ptr<State>> open_state(std::string_view url, IfMissing if_missing);

}  // namespace sally::store
