#include "identity/pepper.h"

#include <utility>

#include "base/encoding.h"
#include "crypto/keyfile.h"

namespace sally::identity {
namespace {

constexpr std::string_view kMarkName = "identity.pepper";
// No API key has this text, so the mark is the digest of none.
constexpr std::string_view kMarkText = "sallyport identity pepper mark 1";

}  // namespace

Result<Pepper> Pepper::bind(const Secret& secret, store::State& state) {
  if (secret.size() < crypto::kKeyFileBytes) {
    return Error(ErrorKind::kUsage, "the pepper is shorter than 32 bytes",
                 "use a key file as `sallyport init` makes it");
  }
  Pepper pepper{crypto::HmacKey(secret)};
  const std::string mark = to_hex(pepper.digest(kMarkText));
  std::optional<std::string> present;
  TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
    TRY(present, transaction.values().get(kMarkName));
    return ok();
  }));
  if (!present) {
    TRY_OK(state.write([&](store::Transaction& transaction) -> Result<> {
      TRY(present, transaction.values().get(kMarkName));
      return present ? ok() : transaction.values().put(kMarkName, mark);
    }));
  }
  if (present && !constant_time_equal(as_bytes(*present), as_bytes(mark))) {
    return Error(
        ErrorKind::kConflict, "the pepper is not the one this state's keys were made with",
        "restore the pepper file that belongs to the state, or make new keys in a new state");
  }
  return pepper;
}

}  // namespace sally::identity
