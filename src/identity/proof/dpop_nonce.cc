#include "identity/proof/dpop_nonce.h"

#include <array>

#include "base/encoding.h"

namespace sally::identity {
namespace {

constexpr size_t kNonceBytes = 16;
constexpr std::string_view kPurpose = "sallyport dpop nonce";

int64_t slot_of(WallTime now) {
  return now.time_since_epoch() / Micros(DpopNonces::kSlot);
}

}  // namespace

std::string DpopNonces::of_slot(int64_t slot) const {
  std::array<std::byte, sizeof slot> number{};
  for (size_t i = 0; i < number.size(); ++i) {
    number[i] = static_cast<std::byte>(static_cast<uint64_t>(slot) >> (8 * i));
  }
  crypto::HmacStream digest = key_.begin();
  digest.update(as_bytes(kPurpose));
  digest.update(number);
  return to_base64(ByteView(digest.finish()).first(kNonceBytes), Base64::kUrl, Padding::kNone);
}

std::string DpopNonces::current(WallTime now) const {
  return of_slot(slot_of(now));
}

bool DpopNonces::accepts(std::string_view nonce, WallTime now) const {
  const int64_t slot = slot_of(now);
  const bool current = constant_time_equal(as_bytes(of_slot(slot)), as_bytes(nonce));
  const bool previous = constant_time_equal(as_bytes(of_slot(slot - 1)), as_bytes(nonce));
  return current || previous;
}

}  // namespace sally::identity
