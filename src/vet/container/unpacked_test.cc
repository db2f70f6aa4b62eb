#include "vet/container/unpacked.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "vet/container/spool.h"

namespace sally::vet::container {
namespace {

// As many times `octet` as are asked for, then perhaps damage.
class Repeated : public formats::Source {
 public:
  Repeated(uint64_t count, char octet, bool damaged)
      : left_(count), octet_(octet), damaged_(damaged) {}
  Result<size_t> read(MutableBytes to) override {
    if (left_ == 0 && damaged_) {
      return Error(ErrorKind::kInvalidInput, "damaged");
    }
    const auto count = static_cast<size_t>(std::min<uint64_t>(left_, to.size()));
    std::ranges::fill(to.first(count), static_cast<std::byte>(octet_));
    left_ -= count;
    return count;
  }

 private:
  uint64_t left_;
  char octet_;
  bool damaged_;
};

struct Examined {
  Target target{.path = "file"};
  Outcome outcome;
};

Examined run(uint64_t size, uint64_t packed, bool damaged = false, const Limits& limits = {}) {
  const SystemClock clock;
  const Services services{.clock = clock};
  Examined out;
  Examination examination(out.target, limits, services);
  const Packed what{.open = [=]() -> Result<std::unique_ptr<formats::Source>> {
                      return std::make_unique<Repeated>(size, 'a', damaged);
                    },
                    .packed = packed};
  out.outcome = examine_unpacked(what, "inner", examination);
  return out;
}

TEST(Spool, GivesBackWhatWasPutIn) {
  for (const size_t pieces : {size_t{1}, size_t{40}}) {
    Spool spool;
    std::string whole;
    for (size_t i = 0; i < pieces; ++i) {
      const std::string piece(100'000 + i, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(spool.append(as_bytes(piece)).ok());
      whole += piece;
    }
    ASSERT_EQ(spool.size(), whole.size());
    const auto text = formats::read_all(spool, whole.size());
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(*text, whole);
    Bytes beyond(2);
    EXPECT_FALSE(spool.read(whole.size() - 1, beyond).ok());
    EXPECT_FALSE(spool.read(~uint64_t{0}, beyond).ok());
  }
}

TEST(Unpacked, CountsWhatComesOut) {
  const Examined small = run(300'000, 300'000);
  EXPECT_EQ(small.outcome.size, 300'000U);
  EXPECT_FALSE(small.outcome.damage);
  EXPECT_FALSE(small.outcome.stopped);
  EXPECT_TRUE(small.target.findings.empty());
}

TEST(Unpacked, StopsAtABomb) {
  const Examined bomb = run(uint64_t{1} << 40, 100);
  EXPECT_TRUE(bomb.outcome.stopped);
  EXPECT_LT(bomb.outcome.size, uint64_t{17} << 20);
  ASSERT_EQ(bomb.target.findings.size(), 1U);
  EXPECT_EQ(bomb.target.findings[0].rule, RuleId::kUnpackBomb);
}

TEST(Unpacked, CostsNoMoreThanOneTargetMay) {
  const Examined much = run(uint64_t{1} << 30, uint64_t{1} << 30, false, {.unpacked = 1'000'000});
  EXPECT_TRUE(much.outcome.stopped);
  EXPECT_LT(much.outcome.size, 1'200'000U);
  ASSERT_EQ(much.target.findings.size(), 1U);
  EXPECT_EQ(much.target.findings[0].rule, RuleId::kTooMuch);
}

TEST(Unpacked, KeepsWhatCameBeforeDamage) {
  const Examined damaged = run(5'000, 5'000, true);
  EXPECT_EQ(damaged.outcome.size, 5'000U);
  ASSERT_TRUE(damaged.outcome.damage);
  EXPECT_EQ(damaged.outcome.damage->message(), "damaged");
}

TEST(Unpacked, ExaminesWhatStandsInACompressedFile) {
  // gzip of a safetensors file whose header claims more octets than there are.
  const auto octets = from_hex("1f8b08000000000002034b618080ea5a00c061f9d90a000000");
  ASSERT_TRUE(octets);
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits;
  Target target{.path = "model.safetensors.gz"};
  Examination examination(target, limits, services);
  const formats::MemoryInput input(*octets);
  examination.examine(input, examination.name());
  EXPECT_EQ(target.format, "compressed");
  ASSERT_FALSE(target.findings.empty());
  EXPECT_EQ(target.findings[0].member, "model.safetensors");
}

}  // namespace
}  // namespace sally::vet::container
