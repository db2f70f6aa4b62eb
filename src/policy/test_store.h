// What tests of bundles and activations share: keys, texts, and a store to spoil.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "crypto/ed25519.h"
#include "policy/bundle_store.h"
#include "support/temp_folder.h"

namespace sally::policy::test {

inline tlog::NoteSigner signer(char seed = 'p', const std::string& name = "example.test/policy") {
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, seed)));
  return *tlog::NoteSigner::make(name, *std::move(key));
}

// Texts that differ by `word`.
inline PolicyTexts texts(const std::string& word) {
  return {{"schema.cedarschema", "entity User;\n"}, {"own.cedar", "// " + word + "\n"}};
}

inline std::string hash_of(const PolicyTexts& texts) {
  return bundle_hash(*to_bundle(texts));
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// A store in a folder of its own, with one key.
class Store {
 public:
  Store() : signer_(signer()), trusted_{signer_.verifier_key()} {}

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

}  // namespace sally::policy::test
