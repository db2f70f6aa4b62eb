#include "content/outflow/hidden_canary.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <tuple>

#include "base/encoding.h"
#include "base/random.h"
#include "content/outflow/canary_channels.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

HiddenCanary finder_of(const std::vector<std::pair<std::string, std::string>>& canaries) {
  std::vector<Canary> list;
  for (const auto& [name, value] : canaries) {
    list.push_back({name, Secret(value)});
  }
  return std::move(*HiddenCanary::create(list));
}

std::vector<FoundCanary> find(const HiddenCanary& finder, std::string_view text) {
  std::vector<FoundCanary> out;
  finder.find(text, out);
  return out;
}

std::vector<FoundCanary> find_in_pieces(const HiddenCanary& finder, std::string_view text,
                                        size_t most, Random& random) {
  std::vector<FoundCanary> out;
  HiddenCanaryStream stream(finder);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % most));
    stream.feed(piece, out);
    at += piece.size();
  }
  stream.finish(out);
  std::ranges::sort(out, [](const FoundCanary& a, const FoundCanary& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
  return out;
}

TEST(HiddenCanary, FindsWhatTheCasesSayHoweverTheTextIsCut) {
  SeededRandom random(1);
  size_t cases = 0;
  test::run_cases("content/outflow/canaries", [&](test::CaseFile& file) {
    std::vector<std::pair<std::string, std::string>> canaries;
    std::istringstream in(file.get("canaries"));
    for (std::string one; std::getline(in, one, '|');) {
      const size_t sign = one.find('=');
      canaries.emplace_back(one.substr(0, sign), one.substr(sign + 1));
    }
    const HiddenCanary finder = finder_of(canaries);
    std::istringstream lines(file.section("lines"));
    std::string out;
    constexpr std::string_view kArrow = " ==> ";
    for (std::string line; std::getline(lines, line);) {
      const std::string written = line.substr(0, line.find(kArrow));
      const std::string text = test::unescape(written);
      const auto found = find(finder, text);
      EXPECT_EQ(found, find_in_pieces(finder, text, 7, random)) << written;
      std::string shown;
      for (const FoundCanary& one : found) {
        EXPECT_LT(one.begin, one.end);
        EXPECT_LE(one.end, text.size());
        shown += fmt::format("{}{} {}", shown.empty() ? "" : "; ", one.rule, one.writing);
      }
      out += written + std::string(kArrow) + (shown.empty() ? "-" : shown) + "\n";
      ++cases;
    }
    file.expect_section("lines", out);
  });
  EXPECT_GT(cases, 60U);
}

TEST(HiddenCanary, SpansAreWhatTheCanaryWasWrittenIn) {
  const HiddenCanary finder = finder_of({{"a", "Heron-4417-blau"}});
  for (const std::string_view canary : {"heron-4417-blau", "h e r o n 4 4 1 7 b l a u",
                                        "ualb-7144-noreH", "48 65 72 6f 6e 34343137626c6175"}) {
    const std::string text = fmt::format("It says: {}.", canary);
    const auto found = find(finder, text);
    ASSERT_EQ(found.size(), 1U) << canary;
    EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), canary);
  }
}

TEST(HiddenCanary, FindsEveryCanaryInEveryAlignmentOfBase64) {
  SeededRandom random(2);
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
  for (int round = 0; round < 300; ++round) {
    std::string canary;
    while (canary.size() < 8 + static_cast<size_t>(round % 24)) {
      canary += kLetters[random.next_u64() % kLetters.size()];
    }
    std::vector<Canary> list;
    list.push_back({"c", Secret(canary)});
    auto finder = HiddenCanary::create(list);
    if (!finder.ok()) {
      continue;  // too few different letters
    }
    for (size_t lead = 0; lead < 6; ++lead) {
      const std::string inner = std::string("the key").substr(0, lead) + canary + " and so on";
      for (const Base64 alphabet : {Base64::kStandard, Base64::kUrl}) {
        std::string encoded = to_base64(as_bytes(inner), alphabet, Padding::kNone);
        const std::string text = "take it: " + encoded + " as it is";
        EXPECT_EQ(find(*finder, text).size(), 1U) << canary << " " << text;
        encoded.insert(encoded.size() / 2, "\n> ");
        EXPECT_EQ(find(*finder, "wrapped " + encoded).size(), 1U) << canary << " " << encoded;
      }
    }
  }
}

TEST(HiddenCanary, LongTextsGiveTheSameFindingsHoweverCut) {
  SeededRandom random(3);
  const HiddenCanary finder = finder_of({{"a", "Heron-4417-blau"}, {"b", "xk9-PqW-22-vvTz"}});
  const std::vector<std::string> parts = {
      "Heron-4417-blau",
      "h.e.r.o.n.4.4.1.7.b.l.a.u",
      "SGVyb24tNDQxNy1ibGF1",
      "&#72;&#101;&#114;&#111;&#110;&#45;&#52;&#52;&#49;&#55;&#45;&#98;&#108;&#97;&#117;",
      "%48eron%2d4417%2Dblau",
      "zTvv-22-WqP-9kx",
      "kx9-CdJ-22-iiGm",
      "Some words of the answer. ",
      "\n\n",
      "4865726f6e2d343431372d626c6175",
      "\\u0048eron-4417-blau",
      "VGhlIHJlcG9ydA=="};
  for (int round = 0; round < 40; ++round) {
    std::string text;
    while (text.size() < 20'000) {
      text += parts[random.next_u64() % parts.size()];
      text += std::string(random.next_u64() % 60, ' ');
    }
    EXPECT_EQ(find(finder, text), find_in_pieces(finder, text, 400, random));
  }
}

TEST(HiddenCanary, ACanaryThatEndsWithAWindowIsFound) {
  const HiddenCanary finder = finder_of({{"a", "Heron-4417-blau"}});
  const std::string entities =
      "&#72;&#101;&#114;&#111;&#110;&#45;&#52;&#52;&#49;&#55;&#45;&#98;&#108;&#97;&#117;";
  for (size_t before = HiddenCanary::kWindow - 100; before < HiddenCanary::kWindow + 20; ++before) {
    const auto found = find(finder, std::string(before, '.') + entities + " and more");
    ASSERT_EQ(found.size(), 1U) << before;
    EXPECT_EQ(found[0].begin, before);
  }
}

TEST(HiddenCanary, RefusesCanariesOfFewLetters) {
  std::vector<Canary> list;
  list.push_back({"signs", Secret("--==//--ab12")});
  const auto finder = HiddenCanary::create(list);
  ASSERT_FALSE(finder.ok());
  EXPECT_EQ(finder.error().kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace sally::content
