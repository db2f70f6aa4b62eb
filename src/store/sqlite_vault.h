// A vault in one SQLite file of its own: the engine for one machine. Any number of processes may
// have it open. A file of its own, so that no backup of the state holds keys that were forgotten.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "store/state.h"
#include "store/vault.h"

namespace sally::store {

// Opens (or, if asked, makes) the file. `root` is the 32 bytes of a key file (crypto/keyfile.h):
// whoever has both reads every value that was not forgotten. kCorrupt under another root key than
// the vault was made with; else as open_sqlite_state.
//
// Write-ahead log, normal synchronisation: a crash of the machine may lose the last values, whose
// placeholders are then never restored; what `forget` deleted stays deleted.
[[nodiscard]] Result<std::unique_ptr<Vault>> open_sqlite_vault(const std::string& path,
                                                               IfMissing if_missing,
                                                               const Secret& root,
                                                               const VaultLimits& limits,
                                                               std::unique_ptr<Random> random);

}  // namespace sally::store
