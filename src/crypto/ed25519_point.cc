#include "crypto/ed25519_point.h"

#include <openssl/err.h>

#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

// RFC 8032, section 5.1: the field, and d of -x^2 + y^2 = 1 + d x^2 y^2.
constexpr const char* kField = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
constexpr const char* kD = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
// The y of the points whose order divides 8: the neutral one, that of order 2, two of order 4 and
// four of order 8.
constexpr const char* kSmallOrder[] = {
    "1",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    "0",
    "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
    "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
};

BignumPtr number(const char* hex) {
  BIGNUM* out = nullptr;
  return BN_hex2bn(&out, hex) == 0 ? nullptr : BignumPtr(out);
}

using BignumContextPtr = std::unique_ptr<BN_CTX, Release<BN_CTX_free>>;

// x^2 = (y^2 - 1) / (d y^2 + 1) has a root where u v, which differs from u / v by a square, is one.
PointFault check(const BIGNUM* y) {
  const BignumContextPtr context(BN_CTX_new());
  const BignumPtr p = number(kField);
  const BignumPtr d = number(kD);
  const BignumPtr u(BN_new());
  const BignumPtr v(BN_new());
  if (!context || !p || !d || !u || !v || BN_cmp(y, p.get()) >= 0) {
    return PointFault::kNoPoint;
  }
  for (const char* hex : kSmallOrder) {
    const BignumPtr small = number(hex);
    if (!small || BN_cmp(y, small.get()) == 0) {
      return PointFault::kSmallOrder;
    }
  }
  const bool computed = BN_mod_sqr(u.get(), y, p.get(), context.get()) == 1 &&
                        BN_mod_mul(v.get(), u.get(), d.get(), p.get(), context.get()) == 1 &&
                        BN_sub_word(u.get(), 1) == 1 && BN_add_word(v.get(), 1) == 1 &&
                        BN_mod_mul(u.get(), u.get(), v.get(), p.get(), context.get()) == 1;
  // x = 0 stands only at y = 1 and y = -1, which are of small order: both signs of x are points.
  return computed && BN_kronecker(u.get(), p.get(), context.get()) == 1 ? PointFault::kNone
                                                                        : PointFault::kNoPoint;
}

}  // namespace

PointFault check_point(const Ed25519PublicKey& key) {
  Ed25519PublicKey little = key;
  little.back() &= std::byte{0x7F};  // the sign of x
  const BignumPtr y(BN_lebin2bn(as_u8(ByteView(little)), static_cast<int>(little.size()), nullptr));
  const PointFault fault = y ? check(y.get()) : PointFault::kNoPoint;
  ERR_clear_error();
  return fault;
}

}  // namespace sally::crypto
