// The recorder, the keys and the store together, on real files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "base/encoding.h"
#include "capture/recorder.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::capture {
namespace {

using test::at_second;

constexpr std::string_view kPrompt = "the patient is called Ada Lovelace";
constexpr std::string_view kAnswer = "I cannot say anything about patients";

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
// Every byte of every file below `folder`.
std::string slurp_all(const std::filesystem::path& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      out += slurp(entry.path());
    }
  }
  return out;
}
void flip(const std::filesystem::path& path, size_t at) {
  std::string bytes = slurp(path);
  bytes.at(at) = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
}

class Capture : public testing::Test {
 protected:
  static Secret root(char fill = 'r') { return Secret(std::string(32, fill)); }
  static bool nothing_held(const SubjectTag&, WallTime) { return false; }

  std::unique_ptr<SubjectKeys> keys(
      SubjectKeys::IfMissing if_missing = SubjectKeys::IfMissing::kCreate) {
    auto out = SubjectKeys::open(folder_.path(), root(), if_missing,
                                 std::make_unique<SeededRandom>(++seed_));
    EXPECT_TRUE(out.ok()) << out.error().to_string();
    return std::move(*out);
  }
  std::unique_ptr<ContentStore> store(ContentLimits limits = {}) {
    auto out = ContentStore::open(folder_.path() / "content", limits);
    EXPECT_TRUE(out.ok());
    return std::move(*out);
  }
  std::shared_ptr<Recorder> recorder(Mode mode) {
    auto out = Recorder::open(
        {.folder = folder_.path(), .mode = mode, .end_user_field = "x-user", .body_bytes = 1'024},
        root(), clock_, log_);
    EXPECT_TRUE(out.ok()) << out.error().to_string();
    return std::move(*out);
  }
  Ulid id() { return Ulid::make(clock_.now(), random_); }
  Commitments record(Recorder& recorder, const ContentSubject& subject, const Ulid& id) {
    const auto recording = recorder.begin(subject, id);
    EXPECT_NE(recording, nullptr);
    recording->feed(Direction::kRequest, as_bytes(kPrompt.substr(0, 7)));
    recording->feed(Direction::kRequest, as_bytes(kPrompt.substr(7)));
    recording->feed(Direction::kResponse, as_bytes(kAnswer));
    return recording->finish();
  }
  [[nodiscard]] std::filesystem::path subjects() const { return folder_.path() / "subjects"; }

  test::TempFolder folder_;
  uint64_t seed_ = 0;
  SeededRandom random_{99};
  FakeClock clock_{at_second(1'795'000'000)};
  int null_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  Logger log_{null_, LogFormat::kJson, LogLevel::kError, clock_};
};

// ---- commitments ----

TEST_F(Capture, WhoHasTheContentAndTheKeyOpensACommitment) {
  const Ulid one = id();
  Commitments made;
  SubjectTag tag;
  {
    const auto recorder = this->recorder(Mode::kCommitments);
    made = record(*recorder, {"key_1", ""}, one);
    tag = recorder->keys().tag_of(SubjectKind::kPrincipal, "key_1");
  }
  const auto keys = this->keys(SubjectKeys::IfMissing::kFail);
  const auto key = keys->find(tag);
  ASSERT_TRUE(key.ok()) << "the key outlives the process";
  EXPECT_TRUE(opens(made.request, **key, one, Direction::kRequest, as_bytes(kPrompt)));
  EXPECT_TRUE(opens(made.response, **key, one, Direction::kResponse, as_bytes(kAnswer)));
  EXPECT_FALSE(opens(made.request, **key, one, Direction::kRequest, as_bytes("another")));
  EXPECT_FALSE(opens(made.request, **key, one, Direction::kResponse, as_bytes(kPrompt)));
  EXPECT_FALSE(opens(made.request, **key, id(), Direction::kRequest, as_bytes(kPrompt)));
}

TEST_F(Capture, TheSameContentIsCommittedToDifferentlyEachTime) {
  const auto recorder = this->recorder(Mode::kCommitments);
  const Ulid one = id();
  const std::string first = record(*recorder, {"key_1", ""}, one).request;
  EXPECT_EQ(first.size(), 55U);
  EXPECT_NE(record(*recorder, {"key_1", ""}, id()).request, first);
  EXPECT_NE(record(*recorder, {"key_2", ""}, one).request, first);
  EXPECT_NE(record(*recorder, {"key_1", "ada"}, one).request, first);
}

TEST_F(Capture, AnEndUserIsAnotherSubjectThanThePrincipalOfThatName) {
  const auto keys = this->keys();
  EXPECT_NE(keys->tag_of(SubjectKind::kPrincipal, "ada"),
            keys->tag_of(SubjectKind::kEndUser, "ada"));
}

TEST_F(Capture, ADirectionThatWasNotFedHasNoCommitment) {
  const auto recorder = this->recorder(Mode::kCommitments);
  const auto recording = recorder->begin({"key_1", ""}, id());
  recording->feed(Direction::kRequest, as_bytes(kPrompt));
  recording->feed(Direction::kResponse, as_bytes(kAnswer));
  recording->withdraw_response();
  const Commitments made = recording->finish();
  EXPECT_NE(made.request, "");
  EXPECT_EQ(made.response, "");
}

TEST_F(Capture, NothingThatIsStoredShowsWhoTheSubjectsAre) {
  record(*recorder(Mode::kContent), {"key_1", "ada@example.com"}, id());
  const std::string all = slurp_all(folder_.path());
  EXPECT_EQ(all.find("ada"), std::string::npos);
  EXPECT_EQ(all.find("key_1"), std::string::npos);
  EXPECT_EQ(all.find("Lovelace"), std::string::npos);
  EXPECT_EQ(all.find("patients"), std::string::npos);
}

// ---- keys ----

TEST_F(Capture, KeysOfAnotherRootAreRefused) {
  keys();
  const auto other = SubjectKeys::open(folder_.path(), root('x'), SubjectKeys::IfMissing::kCreate,
                                       std::make_unique<SeededRandom>(1));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(Capture, AMissingRingIsNotReplacedWhereKeysNeedIt) {
  keys();
  std::filesystem::remove(folder_.path() / "ring");
  const auto again = SubjectKeys::open(folder_.path(), root(), SubjectKeys::IfMissing::kCreate,
                                       std::make_unique<SeededRandom>(1));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(Capture, AForgottenSubjectIsGoneFromEveryByteOfTheFiles) {
  const auto recorder = this->recorder(Mode::kContent);
  record(*recorder, {"key_1", ""}, id());
  record(*recorder, {"key_2", ""}, id());
  recorder->flush();
  const SubjectTag tag = recorder->keys().tag_of(SubjectKind::kPrincipal, "key_1");
  const SubjectTag other = recorder->keys().tag_of(SubjectKind::kPrincipal, "key_2");
  const std::string slot = slurp(subjects()).substr(128, 128);
  ASSERT_NE(slurp_all(folder_.path()).find(as_text(tag)), std::string::npos);

  const auto mine = keys(SubjectKeys::IfMissing::kFail);
  const auto content = store();
  EXPECT_EQ(mine->forget(tag).value_or(0), 1U);
  EXPECT_EQ(content->forget(tag).value_or(0), 2U) << "request and answer";

  const std::string left = slurp_all(folder_.path());
  EXPECT_EQ(left.find(as_text(tag)), std::string::npos);
  for (size_t i = 44; i + 8 <= 104; ++i) {
    EXPECT_EQ(left.find(slot.substr(i, 8)), std::string::npos) << "the wrapped key, at " << i;
  }
  EXPECT_NE(left.find(as_text(other)), std::string::npos) << "others stay";
  EXPECT_EQ(mine->find(tag).error().kind(), ErrorKind::kNotFound);
  EXPECT_TRUE(mine->find(other).ok());
  EXPECT_EQ(mine->forget(tag).value_or(9), 0U);
}

TEST_F(Capture, ARunningGateLetsGoOfWhatAnotherProcessForgot) {
  const auto recorder = this->recorder(Mode::kCommitments);
  const Ulid one = id();
  const std::string before = record(*recorder, {"key_1", ""}, one).request;
  const auto mine = keys(SubjectKeys::IfMissing::kFail);
  ASSERT_EQ(mine->forget(mine->tag_of(SubjectKind::kPrincipal, "key_1")).value_or(0), 1U);
  EXPECT_EQ(record(*recorder, {"key_1", ""}, one).request, before) << "not told yet";
  recorder->keep_house();
  EXPECT_NE(record(*recorder, {"key_1", ""}, one).request, before) << "a fresh key";
}

TEST_F(Capture, ForgettingAgainTellsAGateThatTheFirstTimeDidNotReach) {
  const auto recorder = this->recorder(Mode::kCommitments);
  const Ulid one = id();
  const std::string before = record(*recorder, {"key_1", ""}, one).request;
  // Somebody was ended when the key was overwritten and nobody told yet.
  const std::string whole = slurp(subjects());
  std::ofstream(subjects(), std::ios::binary) << whole.substr(0, 128) + std::string(128, '\0');
  recorder->keep_house();
  EXPECT_EQ(record(*recorder, {"key_1", ""}, one).request, before) << "nobody told it";

  const auto mine = keys(SubjectKeys::IfMissing::kFail);
  EXPECT_EQ(mine->forget(mine->tag_of(SubjectKind::kPrincipal, "key_1")).value_or(9), 0U);
  recorder->keep_house();
  EXPECT_NE(record(*recorder, {"key_1", ""}, one).request, before);
}

TEST_F(Capture, EndUsersCannotTakeTheRoomOfPrincipals) {
  const auto opened = SubjectKeys::open(folder_.path(), root(), SubjectKeys::IfMissing::kCreate,
                                        std::make_unique<SeededRandom>(1), /*most_subjects=*/2);
  ASSERT_TRUE(opened.ok());
  SubjectKeys& keys = **opened;
  EXPECT_NE(keys.find_or_make(SubjectKind::kEndUser, "ada", clock_.now()), nullptr);
  EXPECT_NE(keys.find_or_make(SubjectKind::kEndUser, "bob", clock_.now()), nullptr);
  EXPECT_EQ(keys.find_or_make(SubjectKind::kEndUser, "eve", clock_.now()), nullptr);
  EXPECT_NE(keys.find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now()), nullptr);
  EXPECT_NE(keys.find_or_make(SubjectKind::kEndUser, "ada", clock_.now()), nullptr);
}

TEST_F(Capture, AFileKnowsThatAnotherTookItsPlace) {
  const std::filesystem::path path = folder_.path() / "one";
  ASSERT_TRUE(replace_file(path, "first").ok());
  const auto file = File::open(path, Access::kWrite);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->in_place().value_or(false));
  ASSERT_TRUE(replace_file(path, "second").ok());
  EXPECT_FALSE(file->in_place().value_or(true));
}

TEST_F(Capture, ATornLastSlotIsWrittenOver) {
  const auto first = keys();
  ASSERT_NE(first->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now()), nullptr);
  ASSERT_NE(first->find_or_make(SubjectKind::kPrincipal, "key_2", clock_.now()), nullptr);
  const std::string whole = slurp(subjects());
  for (size_t length = 256; length < 384; ++length) {
    std::ofstream(subjects(), std::ios::binary) << whole.substr(0, length);
    const auto again = keys(SubjectKeys::IfMissing::kFail);
    EXPECT_EQ(again->subjects(), 1U);
    ASSERT_NE(again->find_or_make(SubjectKind::kPrincipal, "key_3", clock_.now()), nullptr);
    EXPECT_EQ(slurp(subjects()).size(), 384U);
    EXPECT_EQ(keys()->subjects(), 2U);
  }
}

TEST_F(Capture, AnAlteredSlotIsNoKey) {
  const auto first = keys();
  ASSERT_NE(first->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now()), nullptr);
  const std::string whole = slurp(subjects());
  for (size_t at = 128; at < 236; at += 5) {
    flip(subjects(), at);
    EXPECT_EQ(keys()->subjects(), 0U) << at;
    std::ofstream(subjects(), std::ios::binary) << whole;
  }
  flip(subjects(), 3);
  EXPECT_FALSE(SubjectKeys::open(folder_.path(), root(), SubjectKeys::IfMissing::kFail,
                                 std::make_unique<SeededRandom>(1))
                   .ok());
}

TEST_F(Capture, RotationKeepsEveryKeyAndNoOldWrap) {
  auto first = keys();
  const SubjectKeyPtr key = first->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now());
  const SubjectTag tag = first->tag_of(SubjectKind::kPrincipal, "key_1");
  const std::string old_wrap = slurp(subjects()).substr(128 + 44, 60);
  const std::string old_ring = slurp(folder_.path() / "ring");
  const Ulid one = id();
  crypto::HmacStream stream = key->commit(one, Direction::kRequest);
  stream.update(as_bytes(kPrompt));
  const std::string commitment = commitment_text(stream.finish());

  {
    const auto second = keys();
    EXPECT_EQ(first->rotate().error().kind(), ErrorKind::kConflict) << "somebody else has it open";
  }
  EXPECT_EQ(first->rotate().value_or(0), 2U);
  EXPECT_EQ(first->tag_of(SubjectKind::kPrincipal, "key_1"), tag);
  first.reset();
  const auto again = keys(SubjectKeys::IfMissing::kFail);
  const auto found = again->find(tag);
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_TRUE(opens(commitment, **found, one, Direction::kRequest, as_bytes(kPrompt)));
  EXPECT_EQ(slurp_all(folder_.path()).find(old_wrap), std::string::npos);
  EXPECT_NE(slurp(folder_.path() / "ring"), old_ring);
}

// ---- content ----

TEST_F(Capture, ContentIsReadBackByWhoHasTheKey) {
  const Ulid one = id();
  Commitments made;
  {
    const auto recorder = this->recorder(Mode::kContent);
    made = record(*recorder, {"key_1", ""}, one);
    record(*recorder, {"key_1", ""}, id());
  }
  const auto mine = keys();
  const auto kept = store()->find(one, [&](const SubjectTag& tag) { return mine->find(tag); });
  ASSERT_TRUE(kept.ok()) << kept.error().to_string();
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_EQ((*kept)[0].content.reveal(), kPrompt);
  EXPECT_EQ((*kept)[1].content.reveal(), kAnswer);
  EXPECT_EQ((*kept)[1].head.original_bytes, kAnswer.size());
  EXPECT_TRUE(opens(made.request, **mine->find((*kept)[0].head.tag), one, Direction::kRequest,
                    as_bytes((*kept)[0].content.reveal())));
}

TEST_F(Capture, ALongBodyIsCommittedToWholeAndKeptInPart) {
  const Ulid one = id();
  const std::string body(5'000, 'b');
  std::string commitment;
  {
    const auto recorder = this->recorder(Mode::kContent);
    const auto recording = recorder->begin({"key_1", ""}, one);
    for (size_t at = 0; at < body.size(); at += 500) {
      recording->feed(Direction::kRequest, as_bytes(body).subspan(at, 500));
    }
    commitment = recording->finish().request;
  }
  const auto mine = keys();
  const auto kept = store()->find(one, [&](const SubjectTag& tag) { return mine->find(tag); });
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ((*kept)[0].content.size(), 1'024U);
  EXPECT_EQ((*kept)[0].head.original_bytes, 5'000U);
  EXPECT_TRUE(opens(commitment, **mine->find((*kept)[0].head.tag), one, Direction::kRequest,
                    as_bytes(body)));
}

TEST_F(Capture, CommitmentsAloneKeepNoContent) {
  record(*recorder(Mode::kCommitments), {"key_1", ""}, id());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "content"));
}

TEST_F(Capture, AnAlteredRecordIsNotGivenOut) {
  const Ulid one = id();
  record(*recorder(Mode::kContent), {"key_1", ""}, one);
  std::filesystem::path segment;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "content")) {
    segment = entry.path();
  }
  const std::string whole = slurp(segment);
  const auto mine = keys();
  const auto key_of = [&](const SubjectTag& tag) { return mine->find(tag); };
  const size_t first = 128 + kPrompt.size() + 28;
  for (size_t at = 0; at < first; ++at) {
    flip(segment, at);
    const auto kept = store()->find(one, key_of);
    // A head that does not verify ends the segment; content that does not verify is an error.
    const bool padding = at >= 87 && at < 128;
    EXPECT_TRUE(!kept.ok() || kept->size() < 2 || padding) << at;
    std::ofstream(segment, std::ios::binary) << whole;
  }
  for (size_t length = 0; length < whole.size(); ++length) {
    std::ofstream(segment, std::ios::binary) << whole.substr(0, length);
    const auto kept = store()->find(one, key_of);
    EXPECT_TRUE(!kept.ok() || kept->size() < 2) << length;
  }
}

TEST_F(Capture, OldContentIsDeletedAndHeldContentIsNot) {
  const auto mine = keys();
  const auto key = mine->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now());
  const auto content = store({.keep = std::chrono::hours(24)});
  const auto add = [&] {
    EXPECT_TRUE(content
                    ->add(*key, id(), Direction::kRequest, clock_.now(), as_bytes(kPrompt),
                          kPrompt.size(), random_)
                    .ok());
  };
  add();
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(content->prune(clock_.now(), nothing_held).value_or(9), 0U);
  clock_.advance(std::chrono::hours(3));
  add();
  const auto held = [&](const SubjectTag& tag, WallTime) { return tag == key->tag(); };
  EXPECT_EQ(content->prune(clock_.now(), held).value_or(9), 0U);
  EXPECT_GT(content->prune(clock_.now(), nothing_held).value_or(0), kPrompt.size());
  EXPECT_GT(content->bytes().value_or(0), kPrompt.size()) << "the young one stays";
}

TEST_F(Capture, TheOldestGoesWhenTheStoreIsFullAndNothingGoesThatIsHeld) {
  const auto mine = keys();
  const auto key = mine->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now());
  const auto content = store({.total_bytes = 4'000, .segment_bytes = 1'000});
  const auto add = [&] {
    clock_.advance(std::chrono::seconds(1));
    return content->add(*key, id(), Direction::kRequest, clock_.now(), as_bytes(kPrompt),
                        kPrompt.size(), random_);
  };
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(add().ok());
  }
  const auto everything = [](const SubjectTag&, WallTime) { return true; };
  EXPECT_EQ(content->prune(clock_.now(), everything).value_or(9), 0U);
  EXPECT_EQ(add().error().kind(), ErrorKind::kTooMany);
  EXPECT_GT(content->prune(clock_.now(), nothing_held).value_or(0), 0U);
  EXPECT_LE(content->bytes().value_or(9'999), 4'000U);
  EXPECT_TRUE(add().ok());
}

TEST_F(Capture, WhatComesFasterThanItIsPrunedIsNotKept) {
  const auto mine = keys();
  const auto key = mine->find_or_make(SubjectKind::kPrincipal, "key_1", clock_.now());
  constexpr uint64_t kTotal = 4'000;
  constexpr uint64_t kSegment = 1'000;
  const auto content = store({.total_bytes = kTotal, .segment_bytes = kSegment});
  const auto add = [&](ContentStore& to) {
    clock_.advance(std::chrono::seconds(1));
    return to.add(*key, id(), Direction::kRequest, clock_.now(), as_bytes(kPrompt), kPrompt.size(),
                  random_);
  };
  EXPECT_FALSE(content->overfull());
  Result<> added = ok();
  for (int i = 0; i < 100 && added.ok(); ++i) {
    added = add(*content);
  }
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().kind(), ErrorKind::kTooMany);
  EXPECT_TRUE(content->overfull());
  EXPECT_LE(content->bytes().value_or(9'999), kTotal + kSegment);
  EXPECT_FALSE(add(*store({.total_bytes = kTotal, .segment_bytes = kSegment})).ok())
      << "it is as full for who opens it";
  EXPECT_GT(content->prune(clock_.now(), nothing_held).value_or(0), 0U);
  EXPECT_FALSE(content->overfull());
  EXPECT_TRUE(add(*content).ok());
}

}  // namespace
}  // namespace sally::capture
