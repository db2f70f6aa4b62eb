#include "net/http1/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/encoding.h"
#include "net/http1/transcript.h"
#include "support/case_file.h"

namespace sally::net::http1 {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kAtOnce = 1'000'000;

HttpLimits limits_of(test::CaseFile& file) {
  HttpLimits limits;
  const auto set = [&](const char* key, size_t& limit) {
    if (const auto text = file.find(key)) {
      limit = std::stoul(*text);
    }
  };
  set("head_bytes", limits.head_bytes);
  set("field_count", limits.field_count);
  set("target_bytes", limits.target_bytes);
  set("body_bytes", limits.body_bytes);
  return limits;
}

TEST(Requests, AreReadAsTheCasesSay) {
  test::run_cases("http1/requests", [](test::CaseFile& file) {
    const HttpLimits limits = limits_of(file);
    const std::string bytes = test::unescape(file.section("bytes"));
    const std::string whole = read_requests(bytes, kAtOnce, limits);
    file.expect_section("reading", whole);
    for (const size_t step : {1U, 2U, 3U, 7U, 64U}) {
      EXPECT_EQ(read_requests(bytes, step, limits), whole) << step << " bytes at a time";
    }
    EXPECT_EQ(read_requests(bytes, kAtOnce, limits, Take::kWholeFirst), whole);
  });
}

TEST(Answers, AreReadAsTheCasesSay) {
  test::run_cases("http1/answers", [](test::CaseFile& file) {
    const HttpLimits limits = limits_of(file);
    const std::string bytes = test::unescape(file.section("bytes"));
    const Method method = *parse_method(file.find("method").value_or("POST"));
    const std::string whole = read_answer(bytes, method, kAtOnce, limits);
    file.expect_section("reading", whole);
    for (const size_t step : {1U, 2U, 3U, 7U, 64U}) {
      EXPECT_EQ(read_answer(bytes, method, step, limits), whole) << step << " bytes at a time";
    }
    EXPECT_EQ(read_answer(bytes, method, kAtOnce, limits, Take::kWholeFirst), whole);
  });
}

constexpr std::string_view kRequest =
    "POST /v1/chat?x=1 HTTP/1.1\r\nHost: gate.test:8443\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX-T: 1\r\n\r\n";

TEST(Requests, TruncatedAtEveryByteAreIncompleteAndNothingElse) {
  for (size_t cut = 1; cut < kRequest.size(); ++cut) {
    const std::string reading = read_requests(kRequest.substr(0, cut), kAtOnce, {});
    EXPECT_THAT(reading, HasSubstr("incomplete")) << cut;
    EXPECT_THAT(reading, Not(HasSubstr("refused"))) << cut;
  }
  EXPECT_THAT(read_requests(kRequest, kAtOnce, {}), HasSubstr("body: hello"));
}

TEST(Answers, TruncatedAtEveryByteAreIncompleteAndNothingElse) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  for (size_t cut = 0; cut < kAnswer.size(); ++cut) {
    const std::string reading = read_answer(kAnswer.substr(0, cut), Method::kPost, kAtOnce, {});
    EXPECT_THAT(reading, HasSubstr("incomplete")) << cut;
    EXPECT_THAT(reading, Not(HasSubstr("refused"))) << cut;
  }
}

// One byte of a valid head replaced by every other: it is refused, or read with that byte in place,
// but never read as the original.
TEST(Requests, WithAnyControlByteInTheHeadAreRefused) {
  constexpr std::string_view kHead = "GET /v1/models HTTP/1.1\r\nHost: gate.test\r\nX-Y: z\r\n\r\n";
  for (size_t at = 0; at < kHead.size(); ++at) {
    for (int byte = 0; byte < 0x20; ++byte) {
      std::string bytes(kHead);
      if (bytes[at] == static_cast<char>(byte)) {
        continue;
      }
      bytes[at] = static_cast<char>(byte);
      const std::string reading = read_requests(bytes, kAtOnce, {});
      const bool tab_in_value = byte == '\t' && reading.starts_with("GET");
      EXPECT_TRUE(tab_in_value || reading.starts_with("refused") ||
                  reading.starts_with("incomplete"))
          << "byte " << byte << " at " << at << ": " << reading;
    }
  }
}

// ---- the corpus of smuggling cases, where it is there ----

struct CorpusCase {
  std::string name;
  std::string expect;
  std::string bytes;
};

std::string member(const std::string& line, const std::string& key) {
  const std::string open = "\"" + key + "\": \"";
  const size_t at = line.find(open);
  if (at == std::string::npos) {
    return {};
  }
  const size_t from = at + open.size();
  return line.substr(from, line.find('"', from) - from);
}

std::vector<CorpusCase> smuggling_corpus() {
  const char* const named = std::getenv("SALLY_CORPORA");
  std::ifstream file(std::string(named != nullptr ? named : "../shared/corpora") +
                     "/http_smuggling/cases.jsonl");
  std::vector<CorpusCase> cases;
  for (std::string line; std::getline(file, line);) {
    const auto bytes = from_base64(member(line, "raw_b64"), Base64::kStandard, Padding::kRequired);
    cases.push_back({member(line, "name"), member(line, "expect"),
                     bytes ? std::string(as_text(*bytes)) : std::string()});
  }
  return cases;
}

TEST(SmugglingCorpus, IsRefusedWhereItMustBeAndReadWhereItMustBe) {
  const std::vector<CorpusCase> corpus = smuggling_corpus();
  if (corpus.empty()) {
    GTEST_SKIP() << "no http_smuggling/cases.jsonl below $SALLY_CORPORA or ../shared/corpora";
  }
  for (const CorpusCase& one : corpus) {
    const std::string reading = read_requests(one.bytes, kAtOnce, {});
    if (one.expect == "reject") {
      EXPECT_THAT(reading, HasSubstr("refused")) << one.name;
      // A body that turns out malformed belongs to the one request that is refused with it.
      EXPECT_THAT(reading, Not(HasSubstr("/admin/smuggled"))) << one.name;
    } else if (one.expect == "accept" || one.expect == "no-strip" || one.expect == "drop-trailer") {
      EXPECT_THAT(reading, AnyOf(StartsWith("POST "), StartsWith("GET "))) << one.name;
      EXPECT_THAT(reading, Not(HasSubstr("refused"))) << one.name;
      EXPECT_THAT(reading, Not(HasSubstr("incomplete"))) << one.name;
    } else if (one.expect == "no-upgrade") {
      EXPECT_THAT(reading, Not(HasSubstr("websocket"))) << one.name;
      EXPECT_THAT(reading, Not(HasSubstr("upgrade"))) << one.name;
    }
    for (const size_t step : {1U, 5U}) {
      EXPECT_EQ(read_requests(one.bytes, step, {}), reading) << one.name;
    }
  }
}

// ---- HeadScanner ----

TEST(HeadScanner, RefusesWhatCannotBecomeAHeadBeforeItEnds) {
  for (const std::string_view bytes : {"\x16\x03\x01", " GET", "GET / HTTP/1.1\n", "\r\r",
                                       "\r\n\x01", "GET / HTTP/1.1\r\nA: b\n"}) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(as_bytes(bytes), {}), HeadScanner::State::kRefused) << printable(bytes);
    EXPECT_EQ(scanner.refusal().status, 400);
  }
}

TEST(HeadScanner, RefusesALineThatIsTooLongBeforeItEnds) {
  HttpLimits limits;
  limits.target_bytes = 100;
  HeadScanner scanner;
  const std::string bytes = "GET /" + std::string(200, 'a');
  EXPECT_EQ(scanner.scan(as_bytes(bytes), limits), HeadScanner::State::kRefused);
  EXPECT_EQ(scanner.refusal().status, 414);
}

TEST(HeadScanner, RefusesAHeadThatIsTooLargeWholeOrNot) {
  HttpLimits limits;
  limits.head_bytes = 100;
  for (const std::string_view end : {"", "\r\n\r\n"}) {
    HeadScanner scanner;
    const std::string bytes = "GET / HTTP/1.1\r\nX: " + std::string(100, 'a') + std::string(end);
    EXPECT_EQ(scanner.scan(as_bytes(bytes), limits), HeadScanner::State::kRefused);
    EXPECT_EQ(scanner.refusal().status, 431);
  }
}

}  // namespace
}  // namespace sally::net::http1
