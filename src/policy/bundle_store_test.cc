#include "policy/bundle_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "policy/test_signer.h"
#include "support/temp_folder.h"

namespace sally::policy {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Texts that differ by `word`.
PolicyTexts texts(const std::string& word) {
  return {{"schema.cedarschema", "entity User;\n"}, {"own.cedar", "// " + word + "\n"}};
}

std::string hash_of(const PolicyTexts& texts) {
  return bundle_hash(*to_bundle(texts));
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// A store in a folder of its own, with one key.
class Store {
 public:
  Store() : signer_(test::signer()), trusted_{signer_.verifier_key()} {}

  [[nodiscard]] BundleStore open(OnStep on_step = {}) const {
    return BundleStore(folder_.file("store"), std::move(on_step));
  }
  Result<BundleStore::Changed> activate(const std::string& word,
                                        Purpose purpose = Purpose::kEnforce, OnStep on_step = {}) {
    return open(std::move(on_step)).activate(change(word, purpose), signer_, trusted_, 0);
  }
  // `word` empty: no policies.
  static BundleStore::Change change(const std::string& word, Purpose purpose = Purpose::kEnforce) {
    BundleStore::Change out{.purpose = purpose,
                            .time = WallTime(std::chrono::seconds(1'800'000'000)),
                            .who = "uid=7 (ann)",
                            .reason = "because of " + word};
    if (!word.empty()) {
      out.files = texts(word);
    }
    return out;
  }
  [[nodiscard]] Result<CurrentPolicies> current(uint64_t at_least = 0) const {
    return open().read_current(trusted_, at_least);
  }
  [[nodiscard]] std::filesystem::path note(uint64_t sequence) const {
    std::string number = std::to_string(sequence);
    return path() / "activations" / (std::string(8 - number.size(), '0') + number + ".note");
  }
  [[nodiscard]] std::filesystem::path bundle(const std::string& word) const {
    return path() / "bundles" / (hash_of(texts(word)) + ".json");
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "store"; }
  [[nodiscard]] const tlog::NoteSigner& key() const { return signer_; }
  [[nodiscard]] const std::vector<tlog::VerifierKey>& trusted() const { return trusted_; }

 private:
  sally::test::TempFolder folder_;
  tlog::NoteSigner signer_;
  std::vector<tlog::VerifierKey> trusted_;
};

// That nothing is taken from the store, and the message names the file.
void expect_refused(const Store& store, const std::string& file, std::string_view word = "") {
  const auto current = store.current();
  ASSERT_FALSE(current.ok());
  EXPECT_EQ(current.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(current.error().message(), AllOf(HasSubstr(file), HasSubstr(std::string(word))));
}

TEST(BundleStore, ThatIsNotThereHoldsNothing) {
  const Store store;
  const auto current = store.current();
  ASSERT_TRUE(current.ok());
  EXPECT_EQ(current->sequence, 0U);
  EXPECT_FALSE(current->enforce);
  EXPECT_EQ(*store.open().newest(0), 0U);
  EXPECT_TRUE(store.open().history(store.trusted(), 0)->empty());
  EXPECT_FALSE(store.open().read_bundle(std::string(64, 'a')).ok());
  EXPECT_FALSE(fs::exists(store.path()));
}

TEST(BundleStore, GivesBackWhatWasActivated) {
  Store store;
  const auto changed = store.activate("one");
  ASSERT_TRUE(changed.ok()) << changed.error().message();
  EXPECT_TRUE(changed->is_new);
  EXPECT_EQ(changed->before, "");
  const auto current = store.current();
  ASSERT_TRUE(current.ok()) << current.error().message();
  EXPECT_EQ(current->sequence, 1U);
  ASSERT_TRUE(current->enforce);
  EXPECT_EQ(current->enforce->sequence, 1U);
  EXPECT_EQ(current->enforce->bundle, hash_of(texts("one")));
  EXPECT_EQ(current->enforce->files, texts("one"));
  EXPECT_EQ(current->enforce->who, "uid=7 (ann)");
  EXPECT_EQ(current->enforce->reason, "because of one");
  EXPECT_EQ(current->enforce->time, WallTime(std::chrono::seconds(1'800'000'000)));
  EXPECT_FALSE(current->shadow);
}

TEST(BundleStore, KeepsTheShadowAndTheEnforcedApart) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  ASSERT_TRUE(store.activate("two", Purpose::kShadow).ok());
  ASSERT_TRUE(store.activate("three").ok());
  auto current = store.current();
  ASSERT_TRUE(current.ok()) << current.error().message();
  EXPECT_EQ(current->sequence, 3U);
  EXPECT_EQ(current->enforce->files, texts("three"));
  EXPECT_EQ(current->shadow->files, texts("two"));
  EXPECT_EQ(current->shadow->sequence, 2U);
  EXPECT_EQ(current->shadow->reason, "because of two");

  const auto emptied = store.activate("", Purpose::kShadow);
  ASSERT_TRUE(emptied.ok()) << emptied.error().message();
  EXPECT_EQ(emptied->before, hash_of(texts("two")));
  current = store.current();
  EXPECT_FALSE(current->shadow);
  EXPECT_EQ(current->enforce->sequence, 3U);
  EXPECT_FALSE(store.activate("").ok());
}

TEST(BundleStore, GoesBackByAnActivationOfItsOwn) {
  Store store;
  for (const char* word : {"one", "two", "one"}) {
    ASSERT_TRUE(store.activate(word).ok());
  }
  EXPECT_EQ(store.current()->enforce->files, texts("one"));
  EXPECT_EQ(store.current()->enforce->sequence, 3U);
  const auto history = store.open().history(store.trusted(), 0);
  ASSERT_TRUE(history.ok());
  std::vector<std::string> bundles;
  for (const Activation& activation : *history) {
    bundles.push_back(activation.enforce->bundle);
  }
  EXPECT_THAT(bundles,
              ElementsAre(hash_of(texts("one")), hash_of(texts("two")), hash_of(texts("one"))));
  EXPECT_EQ(*store.open().read_bundle(bundles[1]), texts("two"));
}

TEST(BundleStore, LeavesAloneWhatIsInForceAlready) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const auto again = store.activate("one");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->now.sequence, 1U);
  EXPECT_EQ(store.current()->sequence, 1U);
  // Enforced, but not in the shadow; and nothing is there to be emptied.
  EXPECT_FALSE(store.activate("", Purpose::kShadow)->is_new);
  EXPECT_TRUE(store.activate("one", Purpose::kShadow)->is_new);
}

TEST(BundleStore, EmptiesNoShadowThatNeverWas) {
  Store store;
  EXPECT_FALSE(store.activate("", Purpose::kShadow)->is_new);
  EXPECT_EQ(store.current()->sequence, 0U);
}

TEST(BundleStore, NeverBelievesAKeyThatIsNotTrusted) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const auto stranger = test::signer('s');
  const std::vector theirs{stranger.verifier_key()};
  const auto current = store.open().read_current(theirs, 0);
  ASSERT_FALSE(current.ok());
  EXPECT_THAT(current.error().message(), HasSubstr("00000001.note`: no trusted key"));
  // Nor does it let them sign what nobody would believe.
  const auto change = Store::change("two");
  EXPECT_EQ(store.open().activate(change, stranger, store.trusted(), 0).error().kind(),
            ErrorKind::kUsage);
  EXPECT_EQ(store.open().activate(change, stranger, theirs, 0).error().kind(), ErrorKind::kCorrupt);
  EXPECT_EQ(store.current()->sequence, 1U);
}

TEST(BundleStore, LetsAKeyBeReplacedByAnother) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const auto fresh = test::signer('f', "example.test/policy2");
  const std::vector both{store.key().verifier_key(), fresh.verifier_key()};
  const std::vector only_fresh{fresh.verifier_key()};
  EXPECT_FALSE(store.open().read_current(only_fresh, 0).ok());
  // The same policies, by the new key: that is new.
  const auto renewed = store.open().activate(Store::change("one"), fresh, both, 0);
  ASSERT_TRUE(renewed.ok());
  EXPECT_TRUE(renewed->is_new);
  const auto current = store.open().read_current(only_fresh, 0);
  ASSERT_TRUE(current.ok()) << current.error().message();
  EXPECT_EQ(current->enforce->sequence, 2U);
  // The new signature vouches for what the old key signed before.
  EXPECT_EQ(store.open().history(only_fresh, 0)->size(), 2U);
}

TEST(BundleStore, TellsWhenTheNewestWereTakenAway) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  ASSERT_TRUE(store.activate("two").ok());
  fs::remove(store.note(2));
  EXPECT_TRUE(store.current(1).ok());
  const auto current = store.current(2);
  ASSERT_FALSE(current.ok());
  EXPECT_EQ(current.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(current.error().message(), HasSubstr("ends with activation 1, but 2"));
  EXPECT_FALSE(store.open().newest(2).ok());
  EXPECT_FALSE(store.open().history(store.trusted(), 2).ok());
  fs::remove_all(store.path());
  EXPECT_FALSE(store.current(2).ok());
  EXPECT_FALSE(store.open().newest(2).ok());
}

TEST(BundleStore, CountsOnFromWhatIsKnown) {
  Store store;
  for (const char* word : {"one", "two", "three"}) {
    ASSERT_TRUE(store.activate(word).ok());
  }
  EXPECT_EQ(*store.open().newest(0), 3U);
  EXPECT_EQ(*store.open().newest(2), 3U);
  EXPECT_EQ(*store.open().newest(3), 3U);
  EXPECT_FALSE(store.open().newest(4).ok());
}

TEST(BundleStore, RefusesAGap) {
  Store store;
  for (const char* word : {"one", "two", "three"}) {
    ASSERT_TRUE(store.activate(word).ok());
  }
  fs::remove(store.note(1));
  expect_refused(store, "00000002.note", "`00000001.note` is missing");
  EXPECT_FALSE(store.activate("four").ok());
}

TEST(BundleStore, RefusesANoteUnderAnotherNumber) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  ASSERT_TRUE(store.activate("two").ok());
  // The old one once more, as if it were the newest.
  fs::copy_file(store.note(1), store.note(3));
  expect_refused(store, "00000003.note", "holds activation 1");
  fs::rename(store.note(3), store.note(2));
  expect_refused(store, "00000002.note", "holds activation 1");
}

TEST(BundleStore, RefusesAnotherHistory) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  ASSERT_TRUE(store.activate("two").ok());
  Store other;
  ASSERT_TRUE(other.activate("other").ok());
  fs::copy_file(other.note(1), store.note(1), fs::copy_options::overwrite_existing);
  expect_refused(store, "00000001.note", "is not the one that");
}

TEST(BundleStore, ShowsNoHistoryOfWhichALineWasChanged) {
  Store store;
  for (const char* word : {"one", "two", "three", "four"}) {
    ASSERT_TRUE(store.activate(word).ok());
  }
  std::string note = read_file(store.note(2));
  note.replace(note.find("ann"), 3, "eve");
  write_file(store.note(2), note);
  // The newest vouches for the one before it; that one for the one that was changed.
  EXPECT_TRUE(store.current().ok());
  const auto history = store.open().history(store.trusted(), 0);
  ASSERT_FALSE(history.ok());
  EXPECT_THAT(history.error().message(), HasSubstr("00000002.note"));
}

TEST(BundleStore, RefusesANoteCutAnywhere) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const std::string note = read_file(store.note(1));
  for (size_t size = 0; size < note.size(); ++size) {
    write_file(store.note(1), note.substr(0, size));
    ASSERT_FALSE(store.current().ok()) << size;
  }
  expect_refused(store, "00000001.note");
}

TEST(BundleStore, RefusesWhatIsTooLarge) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const std::string note = read_file(store.note(1));
  // As large as the disk, and nothing of it is read beyond the limit.
  fs::resize_file(store.note(1), uintmax_t{1} << 40);
  expect_refused(store, "00000001.note", "more than");
  write_file(store.note(1), note);
  ASSERT_TRUE(store.current().ok());
  fs::resize_file(store.bundle("one"), uintmax_t{1} << 40);
  EXPECT_THAT(store.current().error().message(), HasSubstr("more than"));
}

TEST(BundleStore, RefusesAnotherBundleUnderTheName) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  ASSERT_TRUE(store.activate("two").ok());
  fs::copy_file(store.bundle("one"), store.bundle("two"), fs::copy_options::overwrite_existing);
  expect_refused(store, hash_of(texts("two")), "not the bundle that its name says");
  // A writer does not build on it either.
  ASSERT_TRUE(store.activate("one").ok());
  EXPECT_EQ(store.activate("two").error().kind(), ErrorKind::kCorrupt);
  fs::remove(store.bundle("one"));
  EXPECT_THAT(store.current().error().message(), HasSubstr(hash_of(texts("one"))));
}

TEST(BundleStore, FollowsNoLinks) {
  for (const std::string name : {"note", "bundle", "bundles", "activations"}) {
    Store store;
    ASSERT_TRUE(store.activate("one").ok());
    const fs::path path = name == "note"     ? store.note(1)
                          : name == "bundle" ? store.bundle("one")
                                             : store.path() / name;
    const fs::path moved = store.path() / "moved";
    fs::rename(path, moved);
    fs::create_symlink(moved, path);
    EXPECT_FALSE(store.current().ok()) << name;
    EXPECT_FALSE(store.activate("two").ok() && name != "bundle") << name;
  }
}

TEST(BundleStore, DoesNotWaitForAPipe) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  fs::remove(store.note(1));
  ASSERT_EQ(::mkfifo(store.note(1).c_str(), 0600), 0);
  expect_refused(store, "00000001.note", "no regular file");
}

TEST(BundleStore, PassesOverWhatIsNoNote) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  for (const char* name : {"README", ".unfinished", "7.note", "0000000x.note", "00000009.note~"}) {
    write_file(store.path() / "activations" / name, "anything");
  }
  ASSERT_TRUE(store.current().ok());
  EXPECT_TRUE(store.activate("two").ok());
  EXPECT_EQ(store.current()->sequence, 2U);
}

TEST(BundleStore, HasOneWriterAtATime) {
  Store store;
  ASSERT_TRUE(store.activate("one").ok());
  const auto root = Folder::open(store.path().string());
  {
    const auto lock = root->lock("lock");
    ASSERT_TRUE(lock.ok());
    EXPECT_EQ(store.activate("two").error().kind(), ErrorKind::kConflict);
    EXPECT_TRUE(store.current().ok());
  }
  EXPECT_TRUE(store.activate("two").ok());
}

TEST(BundleStore, WritesWhatIsNamedBeforeWhatNamesIt) {
  Store store;
  std::vector<std::string> steps;
  const auto changed =
      store.activate("one", Purpose::kEnforce, [&](std::string_view step, std::string_view name) {
        steps.push_back(std::string(step) + " " + std::string(name));
        return ok();
      });
  ASSERT_TRUE(changed.ok());
  std::vector<std::string> expected;
  for (const std::string& name : {hash_of(texts("one")) + ".json", std::string("00000001.note")}) {
    for (const char* step : {"create", "write", "write", "sync", "link", "unlink", "sync folder"}) {
      expected.push_back(std::string(step) + " " + name);
    }
  }
  EXPECT_EQ(steps, expected);
}

// Activates `word`, cut off before the step of that number; whether it got that far.
bool cut_off(Store& store, const std::string& word, size_t at) {
  size_t steps = 0;
  const auto changed =
      store.activate(word, Purpose::kEnforce, [&](std::string_view, std::string_view) {
        return steps++ == at ? Result<>(Error(ErrorKind::kIo, "cut off")) : ok();
      });
  EXPECT_EQ(changed.ok(), steps <= at);
  return steps > at;
}

TEST(BundleStore, IsTheOldOrTheNewWhereverAWriterWasCutOff) {
  size_t at = 0;
  for (bool cut = true; cut; ++at) {
    Store store;
    ASSERT_TRUE(store.activate("one").ok());
    cut = cut_off(store, "two", at);
    const auto current = store.current(1);
    ASSERT_TRUE(current.ok()) << at << ": " << current.error().message();
    const bool is_new = current->sequence == 2;
    EXPECT_EQ(current->enforce->files, texts(is_new ? "two" : "one")) << at;
    EXPECT_EQ(*store.open().newest(1), current->sequence);
    // The next writer goes on from there.
    const auto again = store.activate("two");
    ASSERT_TRUE(again.ok()) << at << ": " << again.error().message();
    EXPECT_EQ(again->is_new, !is_new);
    EXPECT_EQ(store.current()->sequence, 2U);
    EXPECT_EQ(store.current()->enforce->files, texts("two"));
    EXPECT_EQ(store.open().history(store.trusted(), 2)->size(), 2U);
  }
  EXPECT_EQ(at, 15U);  // each of fourteen steps, and none
}

TEST(BundleStore, BeginsWhereverTheFirstWriterWasCutOff) {
  size_t at = 0;
  for (bool cut = true; cut; ++at) {
    Store store;
    cut = cut_off(store, "one", at);
    const auto current = store.current();
    ASSERT_TRUE(current.ok()) << at;
    EXPECT_EQ(current->enforce.has_value(), current->sequence == 1);
    EXPECT_TRUE(store.activate("one").ok());
    EXPECT_EQ(store.current()->sequence, 1U);
  }
  EXPECT_EQ(at, 15U);
}

}  // namespace
}  // namespace sally::policy
