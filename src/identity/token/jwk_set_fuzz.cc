// Any octets as the keys of an issuer: a set that is read keeps its promises.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "identity/token/jwk.h"

namespace sally::identity {
namespace {

void check(std::string_view text) {
  const auto set = JwkSet::parse(text);
  if (!set.ok()) {
    SALLY_CHECK(set.error().kind() == ErrorKind::kInvalidInput ||
                set.error().kind() == ErrorKind::kTooLarge);
    return;
  }
  SALLY_CHECK(text.size() <= JwkSet::kMaxBytes && set->entries().size() <= JwkSet::kMaxKeys);
  for (const JwkSet::Entry& entry : set->entries()) {
    SALLY_CHECK(entry.key.has_value() == entry.why_not.empty());
    // A key id stands once: what is found by it is the entry itself.
    SALLY_CHECK(!entry.id || set->find(*entry.id) == &entry);
    if (!entry.key) {
      continue;
    }
    const Jwk& key = *entry.key;
    SALLY_CHECK(key.id() == entry.id);
    SALLY_CHECK(!key.algorithm() || key.key().serves(*key.algorithm()));
    SALLY_CHECK(key.algorithm() || key.key().type() == crypto::KeyType::kRsa);
  }
}

}  // namespace
}  // namespace sally::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sally::identity::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
