// Measures the rules on a labelled corpus that is no part of the project. Skipped where it is
// absent: SALLY_CORPORA names the folder that holds `secrets/train.jsonl.gz` and `dev.jsonl.gz`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "content/secrets/secret_inspector.h"
#include "formats/coding.h"
#include "formats/json/document.h"

namespace sally::content {
namespace {

// Rules of the corpus whose shapes are in our table, in the corpus's own names.
const std::set<std::string, std::less<>> kCovered = {"anthropic-admin-api-key",
                                                     "anthropic-api-key",
                                                     "aws-access-token",
                                                     "digitalocean-pat",
                                                     "gcp-api-key",
                                                     "github-oauth",
                                                     "github-refresh-token",
                                                     "github-pat",
                                                     "gitlab-pat",
                                                     "gitlab-pat-routable",
                                                     "gitlab-ptt",
                                                     "gitlab-deploy-token",
                                                     "gitlab-runner-authentication-token",
                                                     "huggingface-organization-api-token",
                                                     "linear-api-key",
                                                     "notion-api-token",
                                                     "npm-access-token",
                                                     "openai-api-key",
                                                     "perplexity-api-key",
                                                     "pulumi-api-token",
                                                     "pypi-upload-token",
                                                     "rubygems-api-token",
                                                     "sendgrid-api-token",
                                                     "shopify-access-token",
                                                     "shopify-shared-secret"};

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

TEST(SecretCorpus, FindsWhatItCoversAndLittleElse) {
  const char* root = std::getenv("SALLY_CORPORA");
  const std::filesystem::path folder =
      std::filesystem::path(root == nullptr ? "" : root) / "secrets";
  if (root == nullptr || !std::filesystem::exists(folder / "dev.jsonl.gz")) {
    GTEST_SKIP() << "no corpus: set SALLY_CORPORA to a folder with secrets/dev.jsonl.gz";
  }
  const auto secrets = std::move(*SecretInspector::create({}));
  std::map<std::string, std::pair<size_t, size_t>, std::less<>> found_of;
  size_t covered = 0;
  size_t found = 0;
  size_t negatives = 0;
  size_t alarms = 0;
  for (const std::string name : {"train.jsonl.gz", "dev.jsonl.gz"}) {
    std::istringstream in(unpacked(folder / name));
    for (std::string line; std::getline(in, line);) {
      auto document = formats::JsonDocument::parse(line);
      ASSERT_TRUE(document.ok());
      const auto text = document->root().string("text");
      Findings findings;
      secrets->inspect(*text, "", Direction::kRequest, findings);
      const auto kind = document->root().string("kind");
      if (kind->starts_with("negative")) {
        ++negatives;
        alarms += findings.empty() ? 0 : 1;
        if (!findings.empty()) {
          std::printf("false alarm: %s\n", findings[0].rule.c_str());
        }
        continue;
      }
      const auto rule = document->root().string("rule");
      if (kCovered.contains(*rule)) {
        auto& [hit, all] = found_of[std::string(*rule)];
        ++all;
        hit += findings.empty() ? 0 : 1;
        ++covered;
        found += findings.empty() ? 0 : 1;
      }
    }
  }
  for (const auto& [rule, counts] : found_of) {
    std::printf("%-40s %zu of %zu\n", rule.c_str(), counts.first, counts.second);
  }
  std::printf("covered %zu of %zu, false alarms %zu of %zu\n", found, covered, alarms, negatives);
  ASSERT_GT(covered, 0U);
  EXPECT_GE(static_cast<double>(found), 0.9 * static_cast<double>(covered));
  EXPECT_LE(static_cast<double>(alarms), 0.005 * static_cast<double>(negatives));
}

}  // namespace
}  // namespace sally::content
