#include "content/secrets/secret_inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/random.h"
#include "content/secrets/context_finder.h"
#include "content/secrets/reference_matcher.h"

namespace sally::content {
namespace {

using ::testing::IsEmpty;

constexpr std::string_view kCanary = "Blue-Heron-4417-finance";
// Begins like a key, and holds its own beginning again.
constexpr std::string_view kTwin = "sk-sk-sk-ab";

std::unique_ptr<SecretInspector> inspector() {
  std::vector<Canary> canaries;
  canaries.push_back({"finance", Secret(kCanary)});
  canaries.push_back({"twin", Secret(kTwin)});
  auto made = SecretInspector::create(canaries);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

std::vector<std::pair<std::string, std::string>> canaries() {
  return {{"finance", std::string(kCanary)}, {"twin", std::string(kTwin)}};
}

std::vector<Seen> whole(const SecretInspector& secrets, std::string_view text) {
  Findings findings;
  secrets.inspect(text, {.place = "here"}, findings);
  return sorted(findings);
}

// A body of `length` characters of the rule's charset that its check accepts, or nearly.
std::string body_for(const SecretRule& rule, size_t length, Random& random) {
  std::string alphabet;
  for (char c = '!'; c <= '~'; ++c) {
    if (is_in(rule.charset, c) && c != '.' && c != '=' && c != '\\') {
      alphabet += c;
    }
  }
  std::string body;
  while (body.size() < length) {
    body += alphabet[random.next_u64() % alphabet.size()];
  }
  if (rule.check == BodyCheck::kParts) {
    body[0] = '7';
    body[2] = '-';
  } else if (rule.check == BodyCheck::kMixed) {
    for (char& c : body) {
      c = is_in(Charset::kAlnum, c) ? c : '7';
    }
    for (size_t i = 1; i < body.size(); i += 4) {
      body[i] = static_cast<char>('2' + random.next_u64() % 8);
    }
  } else if (rule.check == BodyCheck::kNumbered) {
    body.replace(0, 9, "70361524:");
  } else if (rule.check == BodyCheck::kAuthress) {
    body.replace(4, 9, "q.r.acc-q");
    body[22] = '.';
  } else if (rule.check == BodyCheck::kJwt) {
    body.replace(12, 4, ".eyJ");
    body[length - 20] = '.';
  } else if (rule.check == BodyCheck::kSally) {
    const std::string text = std::string(rule.prefix) + body.substr(0, length - 6);
    const uint32_t sum = crc32(as_bytes(text));
    Bytes bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::byte>(sum >> shift & 0xFF));
    }
    body.replace(length - 6, 6, to_base62(bytes, 6));
  }
  return body;
}

std::string key_for(const SecretRule& rule, size_t length, Random& random) {
  return std::string(rule.prefix) + body_for(rule, length, random);
}

TEST(SecretInspector, FindsEveryShapeAtItsShortestAndLongest) {
  const auto secrets = inspector();
  SeededRandom random(1);
  for (const SecretRule& rule : secret_rules()) {
    for (const size_t length : {size_t{rule.min}, size_t{rule.max}}) {
      const std::string key = key_for(rule, length, random);
      for (const std::string& text : {key, "key: " + key + ",", "\"" + key + "\",", "=" + key}) {
        const auto seen = whole(*secrets, text);
        ASSERT_EQ(seen.size(), 1U) << text;
        EXPECT_EQ(seen[0], (Seen{text.find(key), key.size(), std::string(rule.id)})) << text;
      }
    }
  }
}

TEST(SecretInspector, FindsKeysBehindEscapesInsideJsonTexts) {
  const auto secrets = inspector();
  SeededRandom random(2);
  const std::string key = key_for(secret_rules()[0], 48, random);
  EXPECT_EQ(whole(*secrets, R"({"env":"A=1\n)" + key + R"(\nB=2"})").size(), 1U);
}

TEST(SecretInspector, NearMissesAreNoFindings) {
  const auto secrets = inspector();
  SeededRandom random(3);
  for (const SecretRule& rule : secret_rules()) {
    const std::string body = body_for(rule, rule.min, random);
    const std::string prefix(rule.prefix);
    // Too short.
    EXPECT_THAT(whole(*secrets, prefix + body.substr(0, rule.min - 1)), IsEmpty()) << rule.prefix;
    if (!begins_inside_words(rule)) {  // inside a word
      EXPECT_THAT(whole(*secrets, "a" + prefix + body), IsEmpty()) << rule.prefix;
      EXPECT_THAT(whole(*secrets, "_" + prefix + body), IsEmpty()) << rule.prefix;
    }
    // A character that does not belong.
    std::string broken = body;
    broken[rule.min / 2] = '"';
    EXPECT_THAT(whole(*secrets, prefix + broken), IsEmpty()) << rule.prefix;
    // All one character.
    EXPECT_THAT(whole(*secrets, prefix + std::string(rule.min, 'A')), IsEmpty()) << rule.prefix;
    // The prefix in another case.
    std::string other = prefix;
    std::ranges::transform(other, other.begin(), [](char c) {
      return static_cast<char>((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c ^ 0x20 : c);
    });
    if (other != prefix) {
      EXPECT_THAT(whole(*secrets, other + body), IsEmpty()) << other;
    }
    // Too long.
    if (rule.over == Over::kNothing) {
      EXPECT_THAT(whole(*secrets, prefix + body_for(rule, rule.max + 1U, random)), IsEmpty())
          << rule.prefix;
    }
  }
}

TEST(SecretInspector, PlaceholdersAreNoFindings) {
  const auto secrets = inspector();
  for (const std::string_view text : {
           "AKIAIOSFODNN7EXAMPLE",
           "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
           "sk-proj-your-openai-key-goes-here-and-nowhere-else-1234",
           "sk-1234567890abcdefghijklmnopqrstuvwxyz1234567890ab",
           "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
           "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           "AIzaSyExampleExampleExampleExampleExamp",
           "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
           "-----BEGIN PUBLIC "
           "KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo",
           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 without the rest of it",
           "the npm_config_registry and hf_hub_download functions of sk-learn and disk-usage",
           "sally_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1Rcplc",
       }) {
    EXPECT_THAT(whole(*secrets, text), IsEmpty()) << text;
  }
}

TEST(SecretInspector, ItsOwnKeysAreFoundByTheirChecksum) {
  EXPECT_EQ(whole(*inspector(), "sally_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1Rcplb").size(),
            1U);
}

TEST(SecretInspector, TheEndOfASentenceIsNoPartOfAKey) {
  const auto secrets = inspector();
  SeededRandom random(4);
  for (const SecretRule& rule : secret_rules()) {
    if (rule.charset != Charset::kWordDotDash) {
      continue;
    }
    const std::string key = key_for(rule, rule.min, random);
    const auto seen = whole(*secrets, "It is " + key + ".");
    ASSERT_EQ(seen.size(), 1U) << key;
    EXPECT_EQ(std::get<1>(seen[0]), key.size());
  }
}

TEST(SecretInspector, FindsCanariesInAnyCaseAndInsideWords) {
  const auto secrets = inspector();
  EXPECT_EQ(whole(*secrets, "xblue-heron-4417-FINANCEx"),
            (std::vector<Seen>{{1, kCanary.size(), "canary:finance"}}));
  EXPECT_THAT(whole(*secrets, "Blue-Heron-4418-finance"), IsEmpty());
}

TEST(SecretInspector, FindingsSayWhatAndWhereButNotTheContent) {
  const auto secrets = inspector();
  Findings findings;
  secrets->inspect("my " + std::string(kCanary), {"messages[1].content", Direction::kResponse},
                   findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].inspector, "secrets");
  EXPECT_EQ(findings[0].rule, "canary:finance");
  EXPECT_EQ(findings[0].place, "messages[1].content");
  EXPECT_EQ(findings[0].direction, Direction::kResponse);
  EXPECT_EQ(findings[0].severity, Severity::kCritical);
  EXPECT_EQ(findings[0].offset, 3U);
}

TEST(SecretInspector, RefusesCanariesThatWouldNotWork) {
  const auto message = [](std::string name, std::string_view value, std::string_view other = {}) {
    std::vector<Canary> list;
    list.push_back({std::move(name), Secret(value)});
    if (!other.empty()) {
      list.push_back({"other", Secret(other)});
    }
    auto made = SecretInspector::create(list);
    return made ? std::string("accepted") : made.error().message();
  };
  EXPECT_EQ(message("a", "12345678"), "accepted");
  EXPECT_EQ(message("a", "1234567"), "canary `a` has 7 octets instead of 8 to 256");
  EXPECT_EQ(message("a", std::string(300, 'x')), "canary `a` has 300 octets instead of 8 to 256");
  EXPECT_EQ(message("", "12345678"), "canary `` has no name of its own");
  EXPECT_EQ(message("a", "abababababab"), "canary `a` has too few different characters");
  EXPECT_EQ(message("a", "blue-heron", "Blue-Heron"),
            "canary `other` has the value of another, but for case");
}

// Texts that hold keys, canaries, their beginnings, and what looks like them, close together.
std::string hostile_text(Random& random) {
  std::string text;
  const auto below = [&](size_t n) { return static_cast<size_t>(random.next_u64() % n); };
  const size_t parts = 1 + below(8);
  for (size_t part = 0; part < parts; ++part) {
    const SecretRule& rule = secret_rules()[below(secret_rules().size())];
    const size_t length = rule.min + below(static_cast<size_t>(rule.max - rule.min) + 3U);
    switch (below(12)) {
      case 9:
      case 10: {
        const std::string_view context[] = {"my password is ",
                                            "the password for the wifi is now: \"",
                                            "DB_PASSWORD=",
                                            "pass: ",
                                            "postgres://app:",
                                            "@db:5432/x ",
                                            "curl -u ",
                                            "Authorization: Bearer ",
                                            "api_key = \"",
                                            "DATADOG_API_KEY: '",
                                            "telegram: 214809:",
                                            "twilio, ",
                                            "\"client_secret\": \"",
                                            "PIN: ",
                                            "log in with admin / ",
                                            "mysql -p",
                                            "das Passwort lautet ",
                                            "пароль: ",
                                            "value=\"",
                                            "password\" value=\"",
                                            "8439154343809363|",
                                            "the secret: ",
                                            "\xE5\xAF\x86\xE7\xA0\x81\xE6\x98\xAF"};
        text += context[below(std::size(context))];
        break;
      }
      case 11: {
        const std::string_view values[] = {"hunter2!",
                                           "S3cret",
                                           "4711",
                                           "correct horse battery staple",
                                           "Tr0ub4dor&3",
                                           "ajke85zbk8uaqx7tzzlv19kkyj7clp",
                                           "d53d7c85d5b67cfa005388e98a6c1ce0",
                                           "3764762d-b126-be1e-4b61-0320b88aceb6",
                                           "A9ytwn3n3vusucq1iyxq9wmje8d24zx4jhu",
                                           "changeme",
                                           "${PASSWORD}",
                                           "kxA8/3+bbQ2zE0r9sT7uV5wX1yZ4aC6dF8gH0jK2",
                                           "is",
                                           "\" "};
        text += values[below(std::size(values))];
        break;
      }
      case 0:
        text += key_for(rule, length, random);
        break;
      case 1:
        text += rule.prefix;
        break;
      case 2:
        text += rule.prefix.substr(0, below(rule.prefix.size()));
        break;
      case 3:
        text += kCanary.substr(0, below(2) == 0 ? kCanary.size() : below(kCanary.size()));
        break;
      case 4:
        text += kTwin.substr(0, 3 + below(kTwin.size() - 2));
        break;
      case 5:
        text += body_for(rule, length, random);
        break;
      case 6:
        text += "\\n";
        break;
      case 7:
        text += ". ";
        break;
      default:
        text += std::string(below(4), " \n\"-_.a\\"[below(8)]);
    }
  }
  return text;
}

TEST(SecretInspector, MeansWhatTheReferenceMeans) {
  const auto secrets = inspector();
  SeededRandom random(5);
  size_t found = 0;
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = hostile_text(random);
    const auto expected = find_plainly(text, canaries());
    ASSERT_EQ(whole(*secrets, text), expected) << text;
    found += expected.size();
  }
  EXPECT_GT(found, 1'000U);
}

TEST(SecretContext, FindsWhatThePlainWayFinds) {
  SeededRandom random(8);
  size_t found = 0;
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = hostile_text(random);
    Candidates plainly;
    find_in_context_plainly(text, plainly);
    Candidates told;
    find_in_context(text, told);
    ASSERT_EQ(told, plainly) << text;
    found += told.size();
  }
  EXPECT_GT(found, 300U);
}

TEST(SecretInspector, LeavesWhatOnlyContextTells) {
  EXPECT_THAT(whole(*inspector(), "my password is Tr0ub4dor&3"), IsEmpty());
}

// Feeds `text` in pieces as `cut` says and checks the promises of hold-back.
std::vector<Seen> in_pieces(const SecretInspector& secrets, std::string_view text,
                            const std::function<size_t()>& cut) {
  const auto stream = secrets.stream({.place = "here"});
  Findings findings;
  size_t fed = 0;
  size_t released = 0;
  size_t known = 0;
  while (fed < text.size()) {
    const size_t length = std::min(cut(), text.size() - fed);
    // In a buffer of its own, so that the sanitizer sees who reads what is gone.
    const std::string piece(text.substr(fed, length));
    const size_t held = stream->feed(piece, findings);
    fed += length;
    EXPECT_LE(held, secrets.max_hold_back());
    EXPECT_LE(held, fed);
    EXPECT_GE(fed - held, released) << "what was released cannot be taken back";
    for (; known < findings.size(); ++known) {
      EXPECT_GE(findings[known].offset, released) << "a finding in what was released";
    }
    released = fed - held;
  }
  stream->finish(findings);
  for (; known < findings.size(); ++known) {
    EXPECT_GE(findings[known].offset, released) << "a finding in what was released";
  }
  return sorted(findings);
}

TEST(SecretStream, AnySplitGivesTheFindingsOfTheWhole) {
  const auto secrets = inspector();
  SeededRandom random(6);
  for (int round = 0; round < 1'500; ++round) {
    const std::string text = hostile_text(random);
    const auto expected = whole(*secrets, text);
    const size_t most = 1 + random.next_u64() % 40;
    ASSERT_EQ(in_pieces(*secrets, text, [&] { return 1 + random.next_u64() % most; }), expected)
        << text;
  }
}

TEST(SecretStream, CuttingAtEveryPlaceChangesNothing) {
  const auto secrets = inspector();
  SeededRandom random(7);
  for (int round = 0; round < 25; ++round) {
    const std::string text = hostile_text(random);
    const auto expected = whole(*secrets, text);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      bool first = true;
      ASSERT_EQ(in_pieces(*secrets, text,
                          [&] { return std::exchange(first, false) ? cut : text.size(); }),
                expected)
          << cut << " of " << text;
    }
  }
}

TEST(SecretStream, HoldsNothingBackWhenNothingIsInProgress) {
  std::vector<Canary> one;
  one.push_back({"finance", Secret(kCanary)});
  const auto secrets = std::move(*SecretInspector::create(one));
  const auto stream = secrets->stream({"here", Direction::kResponse});
  Findings findings;
  for (const std::string_view piece : {"The", " quick", " dog", " asks", " about", " disk",
                                       "-usage", " of", " the", " masks", "\n"}) {
    EXPECT_EQ(stream->feed(piece, findings), 0U) << piece;
  }
  EXPECT_EQ(stream->feed(" s", findings), 1U);
  EXPECT_EQ(stream->feed("k", findings), 2U);
  EXPECT_EQ(stream->feed("-", findings), 3U);
  EXPECT_EQ(stream->feed("learn", findings), 8U);
  EXPECT_EQ(stream->feed(" is", findings), 0U);
  EXPECT_THAT(findings, IsEmpty());
}

TEST(SecretStream, ReleasesARunThatBecameTooLong) {
  const auto secrets = inspector();
  const auto stream = secrets->stream({"here", Direction::kResponse});
  Findings findings;
  EXPECT_EQ(stream->feed("sk-", findings), 3U);
  EXPECT_EQ(stream->feed(std::string(64, 'a'), findings), 67U);
  EXPECT_EQ(stream->feed("a", findings), 0U);
}

TEST(SecretStream, MayOutliveItsInspector) {
  auto secrets = inspector();
  const auto stream = secrets->stream({"here", Direction::kResponse});
  secrets.reset();
  Findings findings;
  EXPECT_EQ(stream->feed(kCanary, findings), 0U);
  EXPECT_EQ(findings.size(), 1U);
}

}  // namespace
}  // namespace sally::content
