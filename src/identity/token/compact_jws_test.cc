#include "identity/token/compact_jws.h"

#include <gmock/gmock.h>

#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using samples::base64url;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHeader = base64url(R"({"alg":"ES256","kid":"k"})");

std::string fault_of(std::string_view text, size_t max_text = kMaxTokenText) {
  const auto jws = CompactJws::parse(text, max_text);
  return std::string(jws.ok() ? "taken" : jws.error().code());
}
std::string fault_of_header(std::string_view json) {
  return fault_of(base64url(json) + ".e30.AAAA");
}

TEST(CompactJws, TakesATokenApart) {
  const std::string text =
      base64url(R"({ "alg":"ES256", "kid":"a/b", "typ":"at+jwt", "cty":"x", "other":[1] })") +
      ".e30.AAEC";
  const auto jws = CompactJws::parse(text);
  ASSERT_TRUE(jws.ok());
  EXPECT_EQ(jws->algorithm(), "ES256");
  EXPECT_EQ(jws->key_id(), "a/b");
  EXPECT_EQ(jws->type(), "at+jwt");
  EXPECT_EQ(jws->content_type(), "x");
  EXPECT_EQ(jws->payload(), "{}");
  EXPECT_EQ(jws->signing_input(), text.substr(0, text.size() - 5));
  EXPECT_EQ(to_hex(jws->signature()), "000102");
}

TEST(CompactJws, TakesAnEmptyPayloadAndNoEmptySignature) {
  EXPECT_EQ(fault_of(kHeader + "..AAAA"), "taken");
  EXPECT_EQ(fault_of(kHeader + ".e30."), "token_format");
}

TEST(CompactJws, HasExactlyThreeParts) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), kHeader, kHeader + ".e30",
        kHeader + ".e30.AAAA.", kHeader + ".e30.AAAA.AAAA", "." + kHeader + ".e30.AAAA",
        std::string(".e30.AAAA"), std::string(10'000, '.')}) {
    EXPECT_THAT(fault_of(text), ::testing::AnyOf("token_format", "token_header")) << text;
  }
}

TEST(CompactJws, OfFivePartsIsEncryptedAndSaysSo) {
  EXPECT_EQ(fault_of(kHeader + ".AAAA.AAAA.AAAA.AAAA"), "token_encrypted");
}

TEST(CompactJws, IsNoJsonSerialisation) {
  const auto jws = CompactJws::parse(R"({"payload":"e30","protected":"e30","signature":"AA"})");
  ASSERT_FALSE(jws.ok());
  EXPECT_THAT(jws.error().to_error().message(), HasSubstr("JSON serialisation"));
}

TEST(CompactJws, IsStrictBase64urlInEveryPart) {
  // Padding, white space, characters of the other alphabet, of none, NUL; a length no octets have;
  // trailing bits that are not zero.
  for (const std::string part :
       {"AA==", "AAA=", "AA A", " AAAA", "AAAA ", "AA\nAA", "AA\tAA", "AA+A", "AA/A", "AA?A",
        "AA%41", "\xC3\xA4", "A", "AAAAA", "AB", "AAB"}) {
    EXPECT_EQ(fault_of(part + ".e30.AAAA"), "token_format") << part;
    EXPECT_EQ(fault_of(kHeader + "." + part + ".AAAA"), "token_format") << part;
    EXPECT_EQ(fault_of(kHeader + ".e30." + part), "token_format") << part;
  }
  EXPECT_EQ(fault_of(kHeader + ".e30." + std::string("AA\0A", 4)), "token_format");
}

TEST(CompactJws, HasAHeaderThatIsOneStrictJsonObject) {
  for (const std::string_view json : {"",
                                      "[]",
                                      "null",
                                      "\"ES256\"",
                                      "{",
                                      R"({"alg":"ES256"}{})",
                                      R"({"alg":"ES256",})",
                                      R"({"alg":"ES256","alg":"ES256"})",
                                      R"({"alg":"ES256","\u0061lg":"none"})",
                                      R"({"kid":"a","alg":"ES256","kid":"b"})",
                                      "{'alg':'ES256'}",
                                      "\xEF\xBB\xBF{\"alg\":\"ES256\"}",
                                      "{\"alg\":\"ES\xFF\"}",
                                      R"({"alg":"ES256"}x)",
                                      "{}",
                                      R"({"kid":"a"})",
                                      R"({"ALG":"ES256"})",
                                      R"({"alg":null})",
                                      R"({"alg":["ES256"]})",
                                      R"({"alg":256})",
                                      R"({"alg":"ES256","kid":7})",
                                      R"({"alg":"ES256","kid":null})",
                                      R"({"alg":"ES256","typ":{}})",
                                      R"({"alg":"ES256","cty":true})"}) {
    EXPECT_EQ(fault_of_header(json), "token_header") << json;
  }
  EXPECT_EQ(fault_of_header("{\n\t\"alg\" : \"ES256\"\r\n}"), "taken");
}

TEST(CompactJws, HasAHeaderOfBoundedDepthAndSize) {
  const std::string deep =
      R"({"alg":"ES256","x":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}";
  EXPECT_EQ(fault_of_header(deep), "token_header");
  std::string wide = R"({"alg":"ES256")";
  for (int i = 0; i < 200; ++i) {
    wide += ",\"" + std::to_string(i) + "\":0";
  }
  EXPECT_EQ(fault_of_header(wide + "}"), "token_header");
}

TEST(CompactJws, DemandsNoExtension) {
  for (const std::string_view member :
       {R"("crit":["exp"])", R"("crit":["b64"],"b64":false)", R"("crit":[])", R"("crit":null)",
        R"("b64":false)", R"("b64":true)"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":"ES256",)" + std::string(member) + "}"), "token_critical")
        << member;
  }
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256","zip":"DEF"})"), "token_encrypted");
  EXPECT_EQ(fault_of_header(R"({"alg":"dir","enc":"A256GCM"})"), "token_encrypted");
}

TEST(CompactJws, IsAsLongAsAskedForAndNoLonger) {
  const std::string text = kHeader + ".e30.AAAA";
  EXPECT_EQ(fault_of(text, text.size()), "taken");
  EXPECT_EQ(fault_of(text, text.size() - 1), "token_too_long");
  EXPECT_EQ(fault_of(kHeader + "." + std::string(kMaxTokenText, 'A') + ".AAAA"), "token_too_long");
}

TEST(CompactJws, IsRefusedTruncatedAtEveryByteUntilItsSignatureBegins) {
  const std::string text(samples::kTokens[6].text);
  const size_t signature = text.rfind('.') + 1;
  for (size_t size = 0; size <= signature; ++size) {
    EXPECT_NE(fault_of(std::string(text, 0, size)), "taken") << size;
  }
  EXPECT_EQ(fault_of(text), "taken");
}

TEST(CompactJws, IsRefusedWithoutAWordOfItsText) {
  const auto jws =
      CompactJws::parse(base64url(R"({"alg":"ES256","kid":["hunter2"]})") + ".e30.AAAA");
  ASSERT_FALSE(jws.ok());
  const Error error = jws.error().to_error();
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_EQ(error.message(),
            "the token is refused (`token_header`): its header is malformed: `kid` is no string");
  EXPECT_THAT(error.to_string(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace sally::identity
