// Any octets as a hold, as the release of one, and as a signed release: what is accepted is written
// back the same way, and no signature that is not there counts.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "ledger/hold.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::ledger;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto hold = Hold::parse(text)) {
    SALLY_CHECK(hold->check().ok());
    const auto again = Hold::parse(hold->to_text());
    SALLY_CHECK(again.ok() && again->to_text() == hold->to_text());
    SALLY_CHECK(!check_release(*hold, text, hold->placed).ok());
  }
  if (const auto release = HoldRelease::parse(text)) {
    const auto again = HoldRelease::parse(release->to_text());
    SALLY_CHECK(again.ok() && again->to_text() == release->to_text());
  }
  SeededRandom random(1);
  Hold hold{.id = Ulid::make(WallTime{}, random), .log = "l", .placed = WallTime{}, .matter = "m"};
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
  hold.officers = {tlog::NoteSigner::make("o", *std::move(key))->verifier_key()};
  SALLY_CHECK(!check_release(hold, text, WallTime{}).ok());
  Holds holds("l");
  holds.take(0, text);
  return 0;
}
