#include "policy/policy_texts.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/temp_folder.h"

namespace sally::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

PolicyTexts some_texts() {
  return {{"schema.cedarschema", "entity User;\n"},
          {"own.cedar", "// \"ours\" \xc3\xa9\u0001\n"},
          {"cases/one.case", "allow\n"}};
}

void write(const test::TempFolder& folder, const std::string& name, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
  std::ofstream(folder.file(name), std::ios::binary) << text;
}

TEST(PolicyTexts, AreReadFromAFolderByTheirNames) {
  const test::TempFolder folder;
  write(folder, "schema.cedarschema", "entity User;");
  write(folder, "b.cedar", "b");
  write(folder, "a.cedar.json", "a");
  write(folder, "entities.json", "[]");
  write(folder, "cases/c.case", "c");
  write(folder, "cases/notes.txt", "no");
  write(folder, "README.md", "no");
  write(folder, ".b.cedar.swp", "no");
  write(folder, ".hidden.cedar", "no");
  const auto texts = read_policy_texts(folder.path().string());
  ASSERT_TRUE(texts.ok()) << texts.error().message();
  EXPECT_THAT(*texts, ElementsAre(Key("a.cedar.json"), Key("b.cedar"), Key("cases/c.case"),
                                  Key("entities.json"), Key("schema.cedarschema")));
  EXPECT_EQ(texts->at("b.cedar"), "b");
}

TEST(PolicyTexts, OfAPolicyWhoseNameIsNotAllowedAreRefusedNotLeftOut) {
  const test::TempFolder folder;
  write(folder, "schema.cedarschema", "entity User;");
  write(folder, "no mail.cedar", "forbid (principal, action, resource);");
  const auto texts = read_policy_texts(folder.path().string());
  ASSERT_FALSE(texts.ok());
  EXPECT_EQ(texts.error().kind(), ErrorKind::kUsage);
  EXPECT_THAT(texts.error().message(), HasSubstr("no mail.cedar"));
}

TEST(PolicyTexts, FollowLinksToFilesAndNothingElse) {
  const test::TempFolder folder;
  write(folder, "..data/own.cedar", "linked");
  std::filesystem::create_symlink("..data/own.cedar", folder.file("own.cedar"));
  EXPECT_EQ(read_policy_texts(folder.path().string())->at("own.cedar"), "linked");
  ASSERT_EQ(::mkfifo(folder.file("pipe.cedar").c_str(), 0600), 0);
  const auto pipe = read_policy_texts(folder.path().string());
  ASSERT_FALSE(pipe.ok());
  EXPECT_THAT(pipe.error().message(), HasSubstr("pipe.cedar` is no regular file"));
}

TEST(PolicyTexts, OfWhatIsNoPolicyFolderAreRefused) {
  const test::TempFolder folder;
  const auto empty = read_policy_texts(folder.path().string());
  ASSERT_FALSE(empty.ok());
  EXPECT_THAT(empty.error().message(), HasSubstr("holds no policies"));
  const auto missing = read_policy_texts(folder.file("missing"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind(), ErrorKind::kUsage);
  write(folder, "own.cedar", "\xff");
  const auto binary = read_policy_texts(folder.path().string());
  ASSERT_FALSE(binary.ok());
  EXPECT_THAT(binary.error().message(), HasSubstr("no UTF-8"));
}

TEST(PolicyTexts, AreBounded) {
  const test::TempFolder folder;
  write(folder, "own.cedar", std::string(kMaxPolicyBytes, ' '));
  EXPECT_TRUE(read_policy_texts(folder.path().string()).ok());
  write(folder, "one.cedar", " ");
  const auto large = read_policy_texts(folder.path().string());
  ASSERT_FALSE(large.ok());
  EXPECT_THAT(large.error().message(), HasSubstr("bytes together"));
  write(folder, "own.cedar", std::string(kMaxPolicyBytes + 1, ' '));
  EXPECT_FALSE(read_policy_texts(folder.path().string()).ok());
}

TEST(PolicyFileKind, IsToldByTheName) {
  struct Row {
    std::string name;
    PolicyFileKind kind;
  };
  const std::string longest(128 - 6, 'a');
  for (const Row& row :
       std::initializer_list<Row>{{"schema.cedarschema", PolicyFileKind::kSchema},
                                  {"schema.cedarschema.json", PolicyFileKind::kSchema},
                                  {"entities.json", PolicyFileKind::kEntities},
                                  {"a.cedar", PolicyFileKind::kPolicies},
                                  {"A-b_c.1.cedar.json", PolicyFileKind::kPolicies},
                                  {"cases/a.case", PolicyFileKind::kCase},
                                  {longest + ".cedar", PolicyFileKind::kPolicies},
                                  {longest + "a.cedar", PolicyFileKind::kNone},
                                  {"", PolicyFileKind::kNone},
                                  {".cedar", PolicyFileKind::kNone},
                                  {"..cedar", PolicyFileKind::kNone},
                                  {"../a.cedar", PolicyFileKind::kNone},
                                  {"/a.cedar", PolicyFileKind::kNone},
                                  {"a\\b.cedar", PolicyFileKind::kNone},
                                  {"sub/a.cedar", PolicyFileKind::kNone},
                                  {"cases/../a.case", PolicyFileKind::kNone},
                                  {"cases/.case", PolicyFileKind::kNone},
                                  {"cases/", PolicyFileKind::kNone},
                                  {"cases/a.cedar", PolicyFileKind::kNone},
                                  {"a.case", PolicyFileKind::kNone},
                                  {"other.json", PolicyFileKind::kNone},
                                  {std::string("a\0.cedar", 8), PolicyFileKind::kNone}}) {
    EXPECT_EQ(kind_of(row.name), row.kind) << row.name;
  }
}

TEST(Bundle, HoldsTheTextsAndNothingElse) {
  const auto bundle = to_bundle(some_texts());
  ASSERT_TRUE(bundle.ok());
  EXPECT_EQ(*bundle,
            "{\"format\":\"sallyport-policy-bundle/1\",\"files\":{\"cases/one.case\":\"allow\\n\","
            "\"own.cedar\":\"// \\\"ours\\\" \xc3\xa9\\u0001\\n\","
            "\"schema.cedarschema\":\"entity User;\\n\"}}");
  const auto texts = parse_bundle(*bundle);
  ASSERT_TRUE(texts.ok()) << texts.error().message();
  EXPECT_EQ(*texts, some_texts());
  EXPECT_EQ(bundle_hash(*bundle),
            "42b2842839605415282f1891899b1b822a79487903ade0aa85e5959296298ae3");
  EXPECT_TRUE(is_bundle_hash(bundle_hash(*bundle)));
}

TEST(Bundle, WithAnyByteLessIsRefused) {
  const std::string bundle = *to_bundle(some_texts());
  for (size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_FALSE(parse_bundle(std::string_view(bundle).substr(0, size)).ok()) << size;
  }
}

TEST(Bundle, ThatIsNotInItsCanonicalFormIsRefused) {
  for (const std::string_view bundle : {
           R"({"format":"sallyport-policy-bundle/1", "files":{"a.cedar":""}})",
           R"({"files":{"a.cedar":""},"format":"sallyport-policy-bundle/1"})",
           R"({"format":"sallyport-policy-bundle/1","files":{"b.cedar":"","a.cedar":""}})",
           R"({"format":"sallyport-policy-bundle/1","files":{"a.cedar":"\u0041"}})",
           R"({"format":"sallyport-policy-bundle/1","files":{"a.cedar":"","a.cedar":""}})",
           R"({"format":"sallyport-policy-bundle/1","files":{"../a.cedar":""}})",
           R"({"format":"sallyport-policy-bundle/1","files":{"a.cedar":1}})",
           R"({"format":"sallyport-policy-bundle/1","files":{"a.cedar":{}}})",
           R"({"format":"sallyport-policy-bundle/1","files":["a.cedar"]})",
           R"({"format":"sallyport-policy-bundle/1","files":{},"more":1})",
           R"({"format":"sallyport-policy-bundle/2","files":{}})",
           R"({"format":"sallyport-policy-bundle/1"})",
           R"([])",
       }) {
    EXPECT_FALSE(parse_bundle(bundle).ok()) << bundle;
  }
  EXPECT_TRUE(
      parse_bundle(R"({"format":"sallyport-policy-bundle/1","files":{"a.cedar":"A"}})").ok());
}

TEST(Bundle, TakesNoTextThatIsNotAllowed) {
  EXPECT_FALSE(to_bundle({{"../a.cedar", ""}}).ok());
  EXPECT_FALSE(to_bundle({{"a.cedar", "\xff"}}).ok());
  EXPECT_EQ(to_bundle({{"a.cedar", std::string(kMaxPolicyBytes + 1, ' ')}}).error().kind(),
            ErrorKind::kTooLarge);
  // Six bytes for each.
  EXPECT_EQ(to_bundle({{"a.cedar", std::string(kMaxPolicyBytes, '\x01')}}).error().kind(),
            ErrorKind::kTooLarge);
  PolicyTexts many;
  for (size_t i = 0; i <= kMaxPolicyFiles; ++i) {
    many.emplace(std::to_string(i) + ".cedar", "");
  }
  EXPECT_EQ(to_bundle(many).error().kind(), ErrorKind::kTooLarge);
  many.erase(many.begin());
  EXPECT_TRUE(parse_bundle(*to_bundle(many)).ok());
}

TEST(BundleHash, IsSixtyFourLowerCaseDigits) {
  EXPECT_TRUE(is_bundle_hash(std::string(64, 'a')));
  EXPECT_FALSE(is_bundle_hash(std::string(64, 'A')));
  EXPECT_FALSE(is_bundle_hash(std::string(63, 'a')));
  EXPECT_FALSE(is_bundle_hash("../" + std::string(61, 'a')));
}

}  // namespace
}  // namespace sally::policy
