#include "crypto/envelope.h"

#include <gtest/gtest.h>

namespace sally::crypto {
namespace {

class Ring : public testing::Test {
 protected:
  static Secret root(char fill = 'r') { return Secret(std::string(kAeadKeySize, fill)); }
  KeyRing make() {
    auto ring = KeyRing::make("subjects", random_);
    EXPECT_TRUE(ring.ok());
    return std::move(*ring);
  }
  std::string text(const KeyRing& ring, const Secret& under) {
    auto out = ring.to_text(under, random_);
    EXPECT_TRUE(out.ok());
    return *out;
  }
  DataKey data_key(const KeyRing& ring, std::string_view context) {
    auto out = ring.make_data_key(as_bytes(context), random_);
    EXPECT_TRUE(out.ok());
    return std::move(*out);
  }

  SeededRandom random_{3};
};

TEST_F(Ring, ADataKeyIsHadAgainThroughAStoredRing) {
  const KeyRing ring = make();
  const DataKey key = data_key(ring, "a");
  EXPECT_EQ(key.plain.size(), kDataKeySize);
  const auto again = KeyRing::open("subjects", root(), text(ring, root()));
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  const auto plain = again->unwrap(key.wrapped, as_bytes("a"));
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(*plain == key.plain);
}

TEST_F(Ring, EveryDataKeyIsAnother) {
  const KeyRing ring = make();
  EXPECT_FALSE(data_key(ring, "a").plain == data_key(ring, "a").plain);
}

TEST_F(Ring, AWrappedKeyIsGoodForItsContextAlone) {
  const KeyRing ring = make();
  const DataKey key = data_key(ring, "a");
  const auto other = ring.unwrap(key.wrapped, as_bytes("b"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(Ring, AnAlteredWrappedKeyIsNoticed) {
  const KeyRing ring = make();
  const DataKey key = data_key(ring, "a");
  for (size_t i = 0; i < key.wrapped.sealed.size(); ++i) {
    WrappedKey changed = key.wrapped;
    changed.sealed[i] ^= std::byte{1};
    EXPECT_FALSE(ring.unwrap(changed, as_bytes("a")).ok()) << i;
  }
  WrappedKey renumbered = key.wrapped;
  renumbered.version = 2;
  const auto missing = ring.unwrap(renumbered, as_bytes("a"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind(), ErrorKind::kNotFound);
}

TEST_F(Ring, RotationKeepsTheDataKeyAndLetsTheOldVersionGo) {
  KeyRing ring = make();
  const DataKey key = data_key(ring, "a");
  ASSERT_TRUE(ring.rotate(random_).ok());
  ASSERT_TRUE(ring.unwrap(key.wrapped, as_bytes("a")).ok()) << "old versions still open";
  const auto moved = ring.rewrap(key.wrapped, as_bytes("a"), random_);
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->version, 2U);
  ring.retire_old();
  EXPECT_EQ(ring.versions(), 1U);
  EXPECT_FALSE(ring.unwrap(key.wrapped, as_bytes("a")).ok());
  const auto again = KeyRing::open("subjects", root(), text(ring, root()));
  ASSERT_TRUE(again.ok());
  const auto plain = again->unwrap(*moved, as_bytes("a"));
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(*plain == key.plain);
}

TEST_F(Ring, ANewRootKeySealsTheRingAnew) {
  const KeyRing ring = make();
  const DataKey key = data_key(ring, "a");
  const std::string sealed = text(ring, root('n'));
  EXPECT_FALSE(KeyRing::open("subjects", root('r'), sealed).ok());
  const auto again = KeyRing::open("subjects", root('n'), sealed);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->unwrap(key.wrapped, as_bytes("a")).ok());
}

TEST_F(Ring, TextThatWasAlteredAnywhereIsRefused) {
  KeyRing ring = make();
  ASSERT_TRUE(ring.rotate(random_).ok());
  const std::string whole = text(ring, root());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto opened = KeyRing::open("subjects", root(), changed);
    ASSERT_FALSE(opened.ok()) << i;
    EXPECT_EQ(opened.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST_F(Ring, TextTruncatedAtEveryByteIsRefusedOrLacksWholeVersions) {
  KeyRing ring = make();
  ASSERT_TRUE(ring.rotate(random_).ok());
  const std::string whole = text(ring, root());
  const size_t first_line = whole.find('\n') + 1;
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto opened = KeyRing::open("subjects", root(), whole.substr(0, length));
    EXPECT_EQ(opened.ok(), length == first_line) << length;
  }
}

TEST_F(Ring, ANameHasLettersDigitsAndHyphensOnly) {
  for (const std::string& name : {std::string(), std::string("A"), std::string("a b"),
                                  std::string("a\n"), std::string(33, 'a')}) {
    EXPECT_FALSE(KeyRing::make(name, random_).ok()) << name;
  }
}

}  // namespace
}  // namespace sally::crypto
