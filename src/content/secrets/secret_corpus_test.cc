// Measures the finder on a labelled corpus that is no part of the project. Skipped where it is
// absent: SALLY_CORPORA names the folder that holds `secrets/train.jsonl.gz` and `dev.jsonl.gz`.
// SALLY_SHOW=train or dev prints what was missed there and what was found in vain.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "content/secrets/secret_finder.h"
#include "formats/coding.h"
#include "formats/json/document.h"

namespace sally::content {
namespace {

struct Span {
  size_t begin = 0;
  size_t end = 0;
};

// Half of both together is common to both.
bool matches(const Span& a, const Span& b) {
  const size_t common =
      std::min(a.end, b.end) - std::min(std::min(a.end, b.end), std::max(a.begin, b.begin));
  const size_t both = (a.end - a.begin) + (b.end - b.begin) - common;
  return common * 2 >= both;
}

struct Count {
  size_t hit = 0;
  size_t wanted = 0;
  size_t vain = 0;
  size_t texts = 0;

  [[nodiscard]] double f2() const {
    const double all = 5.0 * static_cast<double>(hit) + 4.0 * static_cast<double>(wanted - hit) +
                       static_cast<double>(vain);
    return all == 0 ? 1 : 5.0 * static_cast<double>(hit) / all;
  }
};

std::string unpacked(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  constexpr size_t kMostRatio = 1000;
  constexpr size_t kMostBytes = size_t{64} << 20;
  auto decoder = formats::Decoder::open("gzip", {kMostRatio, kMostBytes});
  std::string out;
  EXPECT_TRUE(decoder.ok() && decoder->decode(as_bytes(packed), out).ok() && decoder->finish().ok())
      << path;
  return out;
}

// The octet of every code point, and the end.
std::vector<size_t> octets_of(std::string_view text) {
  std::vector<size_t> out;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      out.push_back(i);
    }
  }
  out.push_back(text.size());
  return out;
}

// By kind, by rule, and all together.
std::map<std::string, Count> measure(const std::filesystem::path& path, bool show) {
  const SecretFinder finder;
  std::map<std::string, Count> counts;
  std::istringstream in(unpacked(path));
  for (std::string line; std::getline(in, line);) {
    auto document = formats::JsonDocument::parse(line);
    EXPECT_TRUE(document.ok());
    const auto text = document->root().string("text");
    const std::vector<size_t> octets = octets_of(*text);
    std::vector<Span> wanted;
    const auto spans = document->root().member("spans");
    for (const formats::JsonValue span : *spans) {
      wanted.push_back({octets[static_cast<size_t>(*span.int64("start"))],
                        octets[static_cast<size_t>(*span.int64("end"))]});
    }
    std::vector<FoundSecret> found;
    finder.find(*text, found);
    Count here{.wanted = wanted.size(), .texts = 1};
    std::vector<bool> used(wanted.size());
    for (const FoundSecret& one : found) {
      bool hit = false;
      for (size_t i = 0; i < wanted.size() && !hit; ++i) {
        hit = !used[i] && matches({one.begin, one.end}, wanted[i]);
        used[i] = used[i] || hit;
      }
      here.hit += hit ? 1 : 0;
      here.vain += hit ? 0 : 1;
      if (!hit && show) {
        fmt::print("in vain: {} `{}` in {}\n", one.rule,
                   text->substr(one.begin, one.end - one.begin),
                   text->substr(one.begin - std::min<size_t>(one.begin, 60), 160));
      }
    }
    const std::string kind(*document->root().string("kind"));
    const auto named = document->root().string("rule");
    const std::string rule(named.ok() ? *named : "none");
    if (here.hit < here.wanted && show) {
      fmt::print("missed: {}: {}\n", rule, text->substr(0, 200));
    }
    for (const std::string& key : {"kind " + kind, "rule " + rule, std::string("all")}) {
      Count& sum = counts[key];
      sum.hit += here.hit;
      sum.wanted += here.wanted;
      sum.vain += here.vain;
      sum.texts += 1;
    }
  }
  return counts;
}

TEST(SecretCorpus, FindsWhatItShouldAndLittleElse) {
  const char* root = std::getenv("SALLY_CORPORA");
  const std::filesystem::path folder =
      std::filesystem::path(root == nullptr ? "" : root) / "secrets";
  if (root == nullptr || !std::filesystem::exists(folder / "dev.jsonl.gz")) {
    GTEST_SKIP() << "no corpus: set SALLY_CORPORA to a folder with secrets/dev.jsonl.gz";
  }
  const char* show = std::getenv("SALLY_SHOW");
  for (const std::string name : {"train", "dev"}) {
    auto counts = measure(folder / (name + ".jsonl.gz"), show != nullptr && name == show);
    for (const auto& [key, count] : counts) {
      if (!key.starts_with("rule") || count.hit < count.wanted) {
        fmt::print("{} {:<45} {} of {}, in vain {} in {} texts, F2 {:.3f}\n", name, key, count.hit,
                   count.wanted, count.vain, count.texts, count.f2());
      }
    }
    EXPECT_GE(counts["all"].f2(), 0.96) << name;
    const Count& prose = counts["kind password"];
    EXPECT_GE(static_cast<double>(prose.hit), 0.75 * static_cast<double>(prose.wanted)) << name;
    Count clean = counts["kind negative"];
    clean.vain += counts["kind negative_code"].vain;
    clean.texts += counts["kind negative_code"].texts;
    EXPECT_LE(1'000.0 * static_cast<double>(clean.vain), 8.0 * static_cast<double>(clean.texts))
        << name;
  }
}

}  // namespace
}  // namespace sally::content
