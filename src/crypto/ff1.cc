#include "crypto/ff1.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

constexpr unsigned kRounds = 10;
constexpr size_t kBlockSize = 16;
using Block = std::array<std::byte, kBlockSize>;

// The names of the algorithm's values are the specification's: n numerals in halves of u and v, a
// half is written with b bytes, a round draws d.
constexpr size_t kMostHalf = Ff1::kMostNumerals / 2;

// A number below 2^224, the least significant limb first: room for 36^32 and for the d <= 28 bytes
// that a round draws.
constexpr size_t kLimbs = 7;
using Number = std::array<uint32_t, kLimbs>;
static_assert(kMostHalf * 6 <= kLimbs * 32 - 32, "a half of base 36, and the 4 bytes beyond it");

void multiply_add(Number& number, uint32_t factor, uint32_t summand) {
  uint64_t carry = summand;
  for (uint32_t& limb : number) {
    carry += uint64_t{limb} * factor;
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
}

// Divides and gives the remainder.
uint32_t divide(Number& number, uint32_t divisor) {
  uint64_t remainder = 0;
  for (size_t i = kLimbs; i-- > 0;) {
    remainder = remainder << 32 | number[i];
    number[i] = static_cast<uint32_t>(remainder / divisor);
    remainder %= divisor;
  }
  return static_cast<uint32_t>(remainder);
}

Number number_of(std::span<const uint8_t> numerals, uint32_t radix) {
  Number out{};
  for (const uint8_t numeral : numerals) {
    multiply_add(out, radix, numeral);
  }
  return out;
}

size_t bits_of(const Number& number) {
  for (size_t i = kLimbs; i-- > 0;) {
    if (number[i] != 0) {
      return i * 32 + static_cast<size_t>(std::bit_width(number[i]));
    }
  }
  return 0;
}

Number number_of(ByteView big_endian) {
  Number out{};
  for (size_t i = 0; i < big_endian.size(); ++i) {
    const size_t place = big_endian.size() - 1 - i;
    out[place / 4] |= std::to_integer<uint32_t>(big_endian[i]) << (place % 4 * 8);
  }
  return out;
}

void write_big_endian(const Number& number, MutableBytes out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t place = out.size() - 1 - i;
    out[i] = static_cast<std::byte>(number[place / 4] >> (place % 4 * 8));
  }
}

// numerals = (numerals +- number) mod radix^numerals.size()
void add(std::span<uint8_t> numerals, Number number, uint32_t radix) {
  uint32_t carry = 0;
  for (size_t i = numerals.size(); i-- > 0;) {
    const uint32_t sum = numerals[i] + divide(number, radix) + carry;
    carry = sum >= radix ? 1 : 0;
    numerals[i] = static_cast<uint8_t>(sum - carry * radix);
  }
}
void subtract(std::span<uint8_t> numerals, Number number, uint32_t radix) {
  uint32_t borrow = 0;
  for (size_t i = numerals.size(); i-- > 0;) {
    const uint32_t less = divide(number, radix) + borrow;
    borrow = numerals[i] < less ? 1 : 0;
    numerals[i] = static_cast<uint8_t>(numerals[i] + borrow * radix - less);
  }
}

void put_u32(std::byte* out, size_t value) {
  for (int i = 3; i >= 0; --i) {
    *out++ = static_cast<std::byte>(value >> (i * 8));
  }
}

const char* cipher_for(size_t key_size) {
  switch (key_size) {
    case 16:
      return "AES-128-ECB";
    case 24:
      return "AES-192-ECB";
    case 32:
      return "AES-256-ECB";
    default:
      return nullptr;
  }
}

Error failed() {
  return openssl_error(ErrorKind::kInternal, "aes is not at hand");
}

// AES of single blocks under one key.
class BlockCipher {
 public:
  static Result<BlockCipher> make(const EVP_CIPHER* cipher, const Secret& key) {
    BlockCipher out{CipherContextPtr(EVP_CIPHER_CTX_new())};
    if (!out.context_ ||
        EVP_EncryptInit_ex2(out.context_.get(), cipher, as_u8(as_bytes(key.reveal())), nullptr,
                            nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(out.context_.get(), 0) != 1) {
      return failed();
    }
    return out;
  }
  [[nodiscard]] Result<> encrypt(Block& block) const {
    int length = 0;
    const auto octets = as_u8(MutableBytes(block));
    if (EVP_EncryptUpdate(context_.get(), octets, &length, octets, kBlockSize) != 1) {
      return failed();
    }
    return ok();
  }

 private:
  explicit BlockCipher(CipherContextPtr context) : context_(std::move(context)) {}
  CipherContextPtr context_;
};

void mix(Block& into, ByteView block) {
  std::ranges::transform(into, block, into.begin(), std::bit_xor<>());
}

}  // namespace

struct Ff1::State {
  CipherPtr cipher;
  Secret key;
  uint32_t radix;
  size_t least;  // numerals of the smallest domain

  // The rounds of algorithms 7 and 8, which differ in the order and in the sign alone.
  [[nodiscard]] Result<> run(std::span<uint8_t> numerals, ByteView tweak, bool forward) const;
};

Ff1::Ff1(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ff1::Ff1(Ff1&&) noexcept = default;
Ff1& Ff1::operator=(Ff1&&) noexcept = default;
Ff1::~Ff1() = default;

Result<Ff1> Ff1::make(const Secret& key, unsigned radix) {
  const char* name = cipher_for(key.size());
  if (name == nullptr || radix < 2 || radix > kMostRadix) {
    return Error(ErrorKind::kUsage, "format-preserving encryption needs an AES key and a radix",
                 "the key has 16, 24 or 32 bytes, the radix is 2 to 36");
  }
  CipherPtr cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
  if (!cipher) {
    return failed();
  }
  size_t least = 0;
  for (uint64_t domain = 1; domain < kLeastDomain; domain *= radix) {
    ++least;
  }
  return Ff1(std::make_unique<State>(State{std::move(cipher), key.clone(), radix, least}));
}

bool Ff1::fits(size_t numerals) const {
  return numerals >= state_->least && numerals <= kMostNumerals;
}

Result<> Ff1::encrypt(std::span<uint8_t> numerals, ByteView tweak) const {
  return state_->run(numerals, tweak, true);
}
Result<> Ff1::decrypt(std::span<uint8_t> numerals, ByteView tweak) const {
  return state_->run(numerals, tweak, false);
}

Result<> Ff1::State::run(std::span<uint8_t> numerals, ByteView tweak, bool forward) const {
  const size_t n = numerals.size();
  if (n < least || n > kMostNumerals || tweak.size() > kMostTweak ||
      !std::ranges::all_of(numerals, [&](uint8_t x) { return x < radix; })) {
    return Error(ErrorKind::kUsage, "these are no numerals for format-preserving encryption");
  }
  const size_t u = n / 2;
  const size_t v = n - u;
  std::array<uint8_t, kMostHalf> highest;
  highest.fill(static_cast<uint8_t>(radix - 1));
  const size_t b = (bits_of(number_of(std::span(highest).first(v), radix)) + 7) / 8;
  const size_t d = (b + 3) / 4 * 4 + 4;

  TRY(const BlockCipher aes, BlockCipher::make(cipher.get(), key));
  Block first{std::byte{1}, std::byte{2}, std::byte{1}, std::byte{0}, std::byte{0}};
  first[5] = static_cast<std::byte>(radix);
  first[6] = std::byte{kRounds};
  first[7] = static_cast<std::byte>(u % 256);
  put_u32(first.data() + 8, n);
  put_u32(first.data() + 12, tweak.size());
  TRY_OK(aes.encrypt(first));

  // Q: the tweak, zeros, the round, a half; padded in front so that it fills blocks.
  const size_t size = (tweak.size() + 1 + b + kBlockSize - 1) / kBlockSize * kBlockSize;
  std::array<std::byte, kMostTweak + 3 * kBlockSize> buffer{};
  const MutableBytes q = MutableBytes(buffer).first(size);
  std::ranges::copy(tweak, q.begin());

  // The halves stay where they stand: in even rounds the left one is changed by the right one.
  const std::span<uint8_t> left = numerals.first(u);
  const std::span<uint8_t> right = numerals.subspan(u);
  for (unsigned step = 0; step < kRounds; ++step) {
    const unsigned round = forward ? step : kRounds - 1 - step;
    const std::span<uint8_t> changed = round % 2 == 0 ? left : right;
    const std::span<uint8_t> source = round % 2 == 0 ? right : left;
    q[size - b - 1] = static_cast<std::byte>(round);
    write_big_endian(number_of(source, radix), q.last(b));
    Block r = first;
    for (size_t at = 0; at < size; at += kBlockSize) {
      mix(r, q.subspan(at, kBlockSize));
      TRY_OK(aes.encrypt(r));
    }
    std::array<std::byte, 2 * kBlockSize> s;
    std::ranges::copy(r, s.begin());
    Block second = r;
    second[kBlockSize - 1] ^= std::byte{1};
    TRY_OK(aes.encrypt(second));
    std::ranges::copy(second, s.begin() + kBlockSize);
    const Number y = number_of(ByteView(s).first(d));
    if (forward) {
      add(changed, y, radix);
    } else {
      subtract(changed, y, radix);
    }
  }
  wipe(std::as_writable_bytes(std::span(buffer)));
  return ok();
}

}  // namespace sally::crypto
