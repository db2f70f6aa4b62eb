#include "content/privacy/privacy_rewriter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "content/anonymise/map_vault.h"

namespace sally::content {
namespace {

using anonymise::Block;
using anonymise::MapVault;
using anonymise::Mask;
using anonymise::OperatorTable;
using anonymise::Replace;
using anonymise::Token;

constexpr std::string_view kMail = "ann.miller@example.com";

std::shared_ptr<const TextFinder> finder() {
  static const auto kFinder = std::make_shared<const TextFinder>(*TextFinder::create());
  return kFinder;
}

std::string applied(std::string_view text, const std::vector<TextEdit>& edits) {
  std::string out;
  size_t at = 0;
  for (const TextEdit& edit : edits) {
    EXPECT_GE(edit.begin, at);
    out += text.substr(at, edit.begin - at);
    out += edit.with;
    at = edit.end;
  }
  return out += text.substr(at);
}

class Rewrites : public testing::Test {
 protected:
  Rewrites() {
    settings_.request.set("EMAIL_ADDRESS", Token{});
    settings_.response.set("US_SSN", Replace{});
    caller_.kind = PrincipalKind::kApiKey;
    caller_.id = "key_1";
  }

  std::unique_ptr<Rewriting> begin() {
    rewriter_ = std::make_unique<PrivacyRewriter>(settings_, finder(), vault_,
                                                  Secret(std::string(32, 'r')));
    return rewriter_->begin({caller_, ""}, WallTime{});
  }

  // What goes up in place of `text`; the error where nothing does.
  std::string up(Rewriting& rewriting, std::string_view text, bool fixed = false) {
    std::vector<TextEdit> edits;
    const Result<> done = rewriting.rewrite(text, "content", Direction::kRequest, TextForm::kPlain,
                                            fixed, findings_, edits);
    if (!done) {
      return done.error().message();
    }
    if (rewriting.has_to_keep()) {
      if (const Result<> kept = rewriting.keep(); !kept) {
        return kept.error().message();
      }
    }
    for (TextEdit& edit : edits) {
      edit.with = rewriting.stands_for(edit.kept);
    }
    return applied(text, edits);
  }
  std::string down(Rewriting& rewriting, std::string_view text, TextForm form = TextForm::kPlain) {
    std::vector<TextEdit> edits;
    EXPECT_TRUE(
        rewriting.rewrite(text, "content", Direction::kResponse, form, false, findings_, edits)
            .ok());
    return applied(text, edits);
  }
  std::string streamed(Rewriting& rewriting, std::string_view text, const std::vector<size_t>& cuts,
                       TextForm form = TextForm::kPlain) {
    const auto stream = rewriting.stream("content", form);
    std::vector<TextEdit> edits;
    size_t begin = 0;
    for (const size_t cut : cuts) {
      EXPECT_TRUE(stream->feed(text.substr(begin, cut - begin), findings_, edits).ok());
      begin = cut;
    }
    EXPECT_TRUE(stream->feed(text.substr(begin), findings_, edits).ok());
    EXPECT_TRUE(stream->finish(findings_, edits).ok());
    return applied(text, edits);
  }

  PrivacySettings settings_;
  Principal caller_;
  std::shared_ptr<MapVault> vault_ = std::make_shared<MapVault>();
  std::unique_ptr<PrivacyRewriter> rewriter_;
  Findings findings_;
};

TEST_F(Rewrites, AValueOnItsWayUpAndBack) {
  const auto rewriting = begin();
  const std::string sent = up(*rewriting, "write to ann.miller@example.com now");
  EXPECT_EQ(sent.find("ann.miller"), std::string::npos);
  EXPECT_TRUE(sent.starts_with("write to [EMAIL_ADDRESS_1_")) << sent;
  EXPECT_EQ(down(*rewriting, sent), "write to ann.miller@example.com now");
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].rule, "EMAIL_ADDRESS");
  EXPECT_EQ(findings_[0].offset, 9U);
  EXPECT_EQ(findings_[0].length, kMail.size());
  EXPECT_EQ(findings_[0].handling, Handling::kReplaced);
  EXPECT_EQ(findings_[0].severity, Severity::kLow);
}

TEST_F(Rewrites, OnlyWhatItsOperatorSays) {
  const auto rewriting = begin();
  EXPECT_EQ(up(*rewriting, "the host is 203.0.113.7"), "the host is 203.0.113.7");
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].handling, Handling::kSeen);
}

TEST_F(Rewrites, NothingThatNamesSomething) {
  const auto rewriting = begin();
  EXPECT_EQ(up(*rewriting, kMail, true), kMail);
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].handling, Handling::kSeen);
}

TEST_F(Rewrites, NothingThatMustNotGoOn) {
  settings_.request.set("EMAIL_ADDRESS", Block{});
  const auto rewriting = begin();
  EXPECT_NE(up(*rewriting, kMail).find("must not go on"), std::string::npos);
}

TEST_F(Rewrites, NothingWithoutAVault) {
  vault_->fails = true;
  const auto rewriting = begin();
  const std::string sent = up(*rewriting, kMail);
  EXPECT_EQ(sent.find(kMail), std::string::npos) << sent;
}

TEST_F(Rewrites, AnAnswerThatSaysMoreThanItMay) {
  const auto rewriting = begin();
  const std::string said = "his social security number is 536-90-4399, and that is all.";
  const std::string clean = "his social security number is <US_SSN>, and that is all.";
  EXPECT_EQ(down(*rewriting, said), clean);
  for (size_t first = 0; first <= said.size(); ++first) {
    for (size_t second = first; second <= said.size(); second += 5) {
      ASSERT_EQ(streamed(*rewriting, said, {first, second}), clean) << first << ' ' << second;
    }
  }
}

TEST_F(Rewrites, AStreamInWhichPlaceholdersAndFindingsStandSideBySide) {
  const auto rewriting = begin();
  const std::string token = up(*rewriting, kMail);
  const std::string said = "mail " + token + token +
                           ", his social security number is 536-90-4399 " + token +
                           " [EMAIL_ADDRESS_9_aaaaaaaa] [";
  const std::string clean = "mail " + std::string(kMail) + std::string(kMail) +
                            ", his social security number is <US_SSN> " + std::string(kMail) +
                            " [EMAIL_ADDRESS_9_aaaaaaaa] [";
  for (size_t first = 0; first <= said.size(); first += 2) {
    for (size_t second = first; second <= said.size(); second += 7) {
      // Each a call of its own: after many placeholders that are none, no more are looked up.
      ASSERT_EQ(streamed(*begin(), said, {first, second}), clean) << first << ' ' << second;
    }
  }
}

TEST_F(Rewrites, NoMoreIsHeldBackThanMayBe) {
  const auto first = begin();
  const std::string token = up(*first, kMail);
  std::string said;
  for (int i = 0; i < 40; ++i) {
    said += "xxxxxxxx[[" + token + "yyyyyyy[EMAIL_ADDRESS_1_";
  }
  const auto rewriting = begin();
  const auto stream = rewriting->stream("content", TextForm::kPlain);
  std::vector<TextEdit> edits;
  for (const char c : said) {
    const auto held = stream->feed({&c, 1}, findings_, edits);
    ASSERT_TRUE(held.ok());
    EXPECT_LE(*held, 256U);
  }
  ASSERT_TRUE(stream->finish(findings_, edits).ok());
  EXPECT_EQ(applied(said, edits).find(token), std::string::npos);
}

TEST_F(Rewrites, TheArgumentsOfAToolAsJson) {
  settings_.request = OperatorTable(anonymise::Keep{});
  settings_.request.set("PERSON", Token{});
  const auto rewriting = begin();
  const std::string token = up(*rewriting, "My name is Ann \"Andy\" Miller.");
  const size_t begin = token.find('[');
  ASSERT_NE(begin, std::string::npos) << token;
  const std::string placeholder = token.substr(begin, token.find(']') + 1 - begin);
  const std::string json = R"({"name":")" + placeholder + R"("})";
  const std::string whole = down(*rewriting, json, TextForm::kJson);
  EXPECT_EQ(streamed(*rewriting, json, {5, 12}, TextForm::kJson), whole);
  EXPECT_EQ(whole.find(placeholder), std::string::npos);
}

TEST_F(Rewrites, TheSameForASessionAndForNobodyElse) {
  const std::string token = up(*begin(), kMail);
  EXPECT_EQ(down(*begin(), token), kMail) << "the next call of the session";
  caller_.id = "key_2";
  EXPECT_EQ(down(*begin(), token), token) << "another caller";
}

TEST_F(Rewrites, NothingForAnotherWhomTheSameAgentActsFor) {
  caller_.acts_for = Party{PrincipalKind::kUser, "corp/ada"};
  const std::string token = up(*begin(), kMail);
  EXPECT_EQ(down(*begin(), token), kMail);
  caller_.acts_for->id = "corp/bob";
  EXPECT_EQ(down(*begin(), token), token);
}

TEST_F(Rewrites, ForUnknownCallersOnlyWhatTheRequestBrought) {
  caller_ = Principal();
  const auto first = begin();
  const std::string token = up(*first, kMail);
  EXPECT_EQ(down(*first, token), kMail);
  EXPECT_EQ(down(*begin(), token), token);
}

TEST_F(Rewrites, InATeamOnlyWhatTheRequestBrought) {
  settings_.scope = PlaceholderScope::kTeam;
  caller_.team = TeamId("research");
  const std::string token = up(*begin(), kMail);
  const auto other = begin();
  EXPECT_EQ(down(*other, token), token) << "a colleague cannot ask for it";
  const auto same = begin();
  EXPECT_EQ(up(*same, kMail), token);
  EXPECT_EQ(down(*same, token), kMail);
}

TEST_F(Rewrites, NothingThatWasForgotten) {
  const std::string token = up(*begin(), kMail);
  ASSERT_TRUE(vault_->forget(PrivacyRewriter::subject_of("key_1", "")).ok());
  EXPECT_EQ(down(*begin(), token), token);
}

TEST_F(Rewrites, NothingOfAPathButKnowsWhatNoRecordMayHold) {
  const auto rewriting = begin();
  EXPECT_TRUE(rewriter_->holds("/mail/ann.miller@example.com/inbox"));
  EXPECT_FALSE(rewriter_->holds("/v1/chat/completions"));
}

TEST_F(Rewrites, NothingThatIsLessSureThanAsked) {
  settings_.score = 0.99F;
  EXPECT_EQ(up(*begin(), kMail), kMail);
  EXPECT_TRUE(findings_.empty());
}

TEST_F(Rewrites, APasswordInProseIsToldOf) {
  const std::string text = "my password is Tr0ub4dor&3";
  EXPECT_EQ(up(*begin(), text), text);
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].rule, "SECRET");
  EXPECT_EQ(findings_[0].severity, Severity::kMedium);
}

TEST_F(Rewrites, AKeyThatIsEncodedIsToldOf) {
  // base64 of a token of GitHub
  const std::string text = "Z2hwXzE2QzdlNDJGMjkyYzY5MTJFNzcxMGM4MzgzNDdBZTE3OEI0YQ==";
  EXPECT_EQ(up(*begin(), text), text);
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_GE(findings_[0].severity, Severity::kHigh);
}

TEST_F(Rewrites, AKeyThatTheInspectorOfSecretsFindsIsToldOfOnlyWhereItWasReplaced) {
  const std::string key = std::string("ghp_") + "16C7e42F292c6912E7710c838347Ae178B4a";
  EXPECT_EQ(up(*begin(), key), key);
  EXPECT_TRUE(findings_.empty()) << "the inspector of secrets tells of it";
  settings_.request.set(kSecretType, anonymise::Redact{});
  EXPECT_EQ(up(*begin(), key), "");
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].handling, Handling::kReplaced);
}

}  // namespace
}  // namespace sally::content
