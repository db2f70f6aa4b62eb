#include "ledger/hold.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

tlog::NoteSigner officer(const std::string& name, char seed) {
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, seed)));
  EXPECT_TRUE(key.ok());
  auto signer = tlog::NoteSigner::make(name, *std::move(key));
  EXPECT_TRUE(signer.ok());
  return std::move(*signer);
}

class HoldTest : public testing::Test {
 protected:
  Hold hold() {
    Hold out{.id = Ulid::make(test_time(), random_),
             .log = "example.com/gate",
             .placed = test_time(100),
             .matter = "Doe v. Example, 4 O 17/26"};
    out.threshold = 2;
    out.officers = {a_.verifier_key(), b_.verifier_key(), c_.verifier_key()};
    return out;
  }
  static HoldRelease release_of(const Hold& hold, int64_t seconds = 200) {
    return {.log = hold.log, .hold = hold.id, .matter = hold.matter, .time = test_time(seconds)};
  }
  static std::string sign(const std::string& text,
                          std::initializer_list<const tlog::NoteSigner*> signers) {
    std::string note = text + "\n";
    for (const tlog::NoteSigner* signer : signers) {
      note += signer->sign(text).value_or("");
    }
    return note;
  }
  std::string entry(std::string_view what, const Ulid& target, std::string after,
                    int64_t seconds = 300) {
    std::string out;
    append_change(out, {.id = Ulid::make(test_time(seconds), random_),
                        .time = test_time(seconds),
                        .what = std::string(what),
                        .target = std::string(target.str()),
                        .who = "uid=0",
                        .after = std::move(after)});
    return out;
  }
  std::string placed(const Hold& hold) { return entry(kHoldPlaced, hold.id, hold.to_text()); }

  SeededRandom random_{5};
  tlog::NoteSigner a_ = officer("alice", 'a');
  tlog::NoteSigner b_ = officer("bob", 'b');
  tlog::NoteSigner c_ = officer("carol", 'c');
  tlog::NoteSigner mallory_ = officer("mallory", 'm');
};

TEST_F(HoldTest, ItsTextIsReadBack) {
  Hold out = hold();
  out.principal = "key_1";
  out.since = test_time(50);
  const std::string text = out.to_text();
  const auto again = Hold::parse(text);
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  EXPECT_EQ(again->to_text(), text);
  EXPECT_EQ(again->matter, out.matter);
  EXPECT_EQ(again->since, out.since);
  EXPECT_EQ(again->officers.size(), 3U);
}

TEST_F(HoldTest, TextTruncatedAtEveryByteIsRefusedOrLosesWholeOfficers) {
  const std::string text = hold().to_text();
  for (size_t length = 0; length < text.size(); ++length) {
    const auto parsed = Hold::parse(text.substr(0, length));
    if (parsed.ok()) {
      EXPECT_EQ(text[length - 1], '\n') << length;
      EXPECT_EQ(parsed->officers.size(), 2U) << length;
    } else {
      EXPECT_EQ(parsed.error().kind(), ErrorKind::kInvalidInput) << length;
    }
  }
}

TEST_F(HoldTest, AHoldThatMakesNoSenseIsRefused) {
  const auto refused = [&](auto change) {
    Hold one = hold();
    change(one);
    const auto checked = one.check();
    return !checked.ok() && checked.error().kind() == ErrorKind::kUsage &&
           !Hold::parse(one.to_text()).ok();
  };
  EXPECT_TRUE(hold().check().ok());
  EXPECT_TRUE(refused([](Hold& one) { one.threshold = 0; }));
  EXPECT_TRUE(refused([](Hold& one) { one.threshold = 4; }));
  EXPECT_TRUE(refused([](Hold& one) { one.officers.clear(); }));
  EXPECT_TRUE(refused([](Hold& one) { one.matter = ""; }));
  EXPECT_TRUE(refused([](Hold& one) { one.matter = "two\nthreshold 1"; }));
  EXPECT_TRUE(refused([](Hold& one) { one.officers[1] = one.officers[0]; }));
  // The same key under two names would be two voices of one person.
  EXPECT_TRUE(refused([](Hold& one) { one.officers[1] = officer("bob", 'a').verifier_key(); }));
}

TEST_F(HoldTest, ItTakesTheSignaturesOfSeveral) {
  const Hold one = hold();
  const std::string text = release_of(one).to_text();
  const WallTime now = test_time(300);
  EXPECT_TRUE(check_release(one, sign(text, {&a_, &c_}), now).ok());
  EXPECT_TRUE(check_release(one, sign(text, {&mallory_, &b_, &c_}), now).ok());
  EXPECT_EQ(check_release(one, sign(text, {&a_}), now).error().kind(), ErrorKind::kDenied);
  EXPECT_EQ(check_release(one, sign(text, {&a_, &a_}), now).error().kind(), ErrorKind::kDenied)
      << "one person does not count twice";
  EXPECT_EQ(check_release(one, sign(text, {&a_, &mallory_}), now).error().kind(),
            ErrorKind::kDenied);
  const tlog::NoteSigner false_bob = officer("bob", 'm');
  EXPECT_FALSE(check_release(one, sign(text, {&a_, &false_bob}), now).ok());
}

TEST_F(HoldTest, ASignatureIsForOneHoldAndOneTime) {
  const Hold one = hold();
  const Hold other = hold();
  const WallTime now = test_time(300);
  const auto refused = [&](const HoldRelease& release) {
    return !check_release(one, sign(release.to_text(), {&a_, &b_, &c_}), now).ok();
  };
  EXPECT_FALSE(refused(release_of(one)));
  EXPECT_TRUE(refused(release_of(other)));
  HoldRelease matter = release_of(one);
  matter.matter = "another matter";
  EXPECT_TRUE(refused(matter));
  HoldRelease log = release_of(one);
  log.log = "example.com/another";
  EXPECT_TRUE(refused(log));
  EXPECT_TRUE(refused(release_of(one, 99))) << "before the hold was placed";
  EXPECT_TRUE(refused(release_of(one, 300 + 3'600))) << "in the future";
  const std::string text = release_of(one).to_text();
  EXPECT_FALSE(check_release(one, sign(text, {&a_, &b_}), test_time(200 + 31 * 86'400)).ok())
      << "signed long ago";
  // What was signed is not what is shown.
  std::string altered = sign(text, {&a_, &b_});
  altered.replace(altered.find("Doe"), 3, "Roe");
  EXPECT_FALSE(check_release(one, altered, now).ok());
}

TEST_F(HoldTest, ItIsActiveFromTheEntryThatPlacesItToTheOneThatReleasesIt) {
  const Hold one = hold();
  Holds holds("example.com/gate");
  EXPECT_TRUE(holds.allow_forgetting_principal("key_1").ok());
  std::string access;
  append_event(access, test_event(random_));
  holds.take(0, access);
  holds.take(1, placed(one));
  EXPECT_EQ(holds.position(), 2U);
  ASSERT_EQ(holds.active().size(), 1U);
  EXPECT_EQ(holds.active().begin()->second.seq, 1U);
  EXPECT_EQ(holds.allow_forgetting_principal("key_1").error().kind(), ErrorKind::kDenied);
  EXPECT_EQ(holds.allow_forgetting_subject("ab12").error().kind(), ErrorKind::kDenied);
  const std::string text = release_of(one).to_text();
  holds.take(2, entry(kHoldReleased, one.id, sign(text, {&a_})));
  EXPECT_EQ(holds.active().size(), 1U) << "one signature is not enough";
  holds.take(3, entry(kHoldReleased, one.id, ""));
  holds.take(4, entry(kHoldReleased, one.id, sign(text, {&mallory_, &a_})));
  EXPECT_EQ(holds.active().size(), 1U);
  holds.take(5, entry(kHoldReleased, one.id, sign(text, {&b_, &a_})));
  EXPECT_TRUE(holds.active().empty());
  EXPECT_TRUE(holds.allow_forgetting_principal("key_1").ok());
}

TEST_F(HoldTest, NobodyPlacesAWeakerHoldInItsStead) {
  Hold one = hold();
  Holds holds("example.com/gate");
  holds.take(0, placed(one));
  Hold weaker = hold();
  weaker.id = one.id;
  weaker.threshold = 1;
  weaker.officers = {mallory_.verifier_key()};
  holds.take(1, placed(weaker));
  holds.take(2, entry(kHoldReleased, one.id, sign(release_of(one).to_text(), {&mallory_})));
  EXPECT_EQ(holds.active().size(), 1U);
}

TEST_F(HoldTest, AHoldOfAnotherLogIsNoneOfThis) {
  Hold one = hold();
  one.log = "example.com/another";
  Holds holds("example.com/gate");
  holds.take(0, placed(one));
  EXPECT_TRUE(holds.active().empty());
}

TEST_F(HoldTest, AHoldProtectsWhomItNames) {
  Hold principal = hold();
  principal.principal = "key_1";
  EXPECT_TRUE(principal.protects_principal("key_1"));
  EXPECT_FALSE(principal.protects_principal("key_2"));
  EXPECT_TRUE(principal.protects_subject("ab")) << "what the principal sent may be of any end user";
  Hold subject = hold();
  subject.subject = "ab";
  EXPECT_TRUE(subject.protects_subject("ab"));
  EXPECT_FALSE(subject.protects_subject("cd"));
  EXPECT_FALSE(subject.protects_principal("key_1"));
}

}  // namespace
}  // namespace sally::ledger
