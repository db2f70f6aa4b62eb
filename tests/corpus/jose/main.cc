// jose-corpus: judges the verifier of tokens and the keys below it against Wycheproof's vectors.
//
//   jose-corpus [-v] [--if-there] DIR     DIR as ../shared/corpora/wycheproof
//
// One line a file, with why where it was not judged; the last line is `N passed, N failed`. A
// vector on which we differ on purpose stands in kDifferences with the reason; it counts as
// neither, and a row that is not needed any more fails. -v lists them. Exit status: 0 all passed; 1
// one failed, or there was nothing to judge; 77 (--if-there) no DIR is there.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "corpus/jose/mac_keys.h"
#include "crypto/public_key.h"
#include "formats/json/copy.h"
#include "formats/json/document.h"
#include "identity/token/verify.h"

namespace sally::identity {
namespace {

using crypto::PublicKey;
using crypto::SignatureAlgorithm;
using formats::JsonDocument;
using formats::JsonValue;
using std::filesystem::path;

constexpr std::string_view kOneAlgorithm =
    "the key is for PS256 and the token says PS384: a key has one algorithm";
constexpr std::string_view kNoAlgorithm =
    "the key is for `ES521`, which is no algorithm: RFC 7520 writes ES512";
constexpr std::string_view kSameText = "the very text of vector 357, which is valid";
constexpr std::string_view kNoBase64url =
    "a character that is no base64url: other vectors want it refused";
constexpr std::string_view kSmallExponent =
    "the exponent is 3, and FIPS 186-5 asks for 65537 at least";

struct Difference {
  std::string_view file;
  int64_t id;
  std::string_view why;
};
constexpr Difference kDifferences[] = {
    {"json_web_signature_test.json", 346, kOneAlgorithm},
    {"json_web_signature_test.json", 347, kNoAlgorithm},
    {"json_web_signature_test.json", 350, kOneAlgorithm},
    {"json_web_signature_test.json", 351, kNoAlgorithm},
    {"json_web_signature_test.json", 367, kSameText},
    {"json_web_signature_test.json", 370, kSameText},
    {"json_web_signature_test.json", 372, kNoBase64url},
    {"json_web_signature_test.json", 373, kNoBase64url},
    {"rsa_signature_2048_sha256_test.json", 258, kSmallExponent},
    {"rsa_signature_2048_sha256_test.json", 259, kSmallExponent},
    {"rsa_signature_2048_sha512_test.json", 259, kSmallExponent},
    {"rsa_signature_3072_sha256_test.json", 259, kSmallExponent},
};

class Judge {
 public:
  explicit Judge(bool verbose) : verbose_(verbose) {}

  void begin(const std::string& file) {
    file_ = file;
    counts_ = {};
  }
  // One vector. `accepted` is our verdict; "acceptable" is the implementer's choice: ours is no.
  void verdict(const JsonValue& vector, bool accepted) {
    const int64_t id = vector.int64("tcId").value_or(-1);
    const std::string_view result = vector.string("result").value_or("");
    const std::string_view comment = vector.string("comment").value_or("");
    const bool known = result == "valid" || result == "invalid" || result == "acceptable";
    const bool agreed = known && accepted == (result == "valid");
    const auto* const row = std::ranges::find_if(kDifferences, [this, id](const Difference& one) {
      return one.file == file_ && one.id == id;
    });
    const bool differs = row != std::end(kDifferences);
    if (differs && !agreed) {
      ++counts_.differ;
      if (verbose_) {
        std::printf("  %lld differs: %s\n", static_cast<long long>(id), row->why.data());
      }
      return;
    }
    ++(agreed && !differs ? counts_.passed : counts_.failed);
    if (!agreed || differs) {
      std::printf("failed: %s %lld (%s): %s%s\n", file_.c_str(), static_cast<long long>(id),
                  printable(comment).c_str(), accepted ? "accepted" : "refused",
                  differs ? ", as it should: its row in kDifferences is not needed" : "");
    }
  }
  void failed(const std::string& what) {
    ++counts_.failed;
    std::printf("failed: %s: %s\n", file_.c_str(), what.c_str());
  }
  void skip_vectors(size_t count) { counts_.skipped += count; }
  void end(std::string_view of_what) {
    std::printf("%s: %zu %s", file_.c_str(), counts_.passed + counts_.failed,
                std::string(of_what).c_str());
    if (counts_.differ > 0) {
      std::printf(", %zu accepted differences", counts_.differ);
    }
    if (counts_.skipped > 0) {
      std::printf(", %zu of what we do not have", counts_.skipped);
    }
    std::printf("\n");
    passed_ += counts_.passed;
    failed_ += counts_.failed;
  }
  [[nodiscard]] int finish() const {
    std::printf("%zu passed, %zu failed\n", passed_, failed_);
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  struct Counts {
    size_t passed = 0, failed = 0, differ = 0, skipped = 0;
  };
  bool verbose_;
  std::string file_;
  Counts counts_;
  size_t passed_ = 0;
  size_t failed_ = 0;
};

std::vector<SignatureAlgorithm> every_algorithm() {
  std::vector<SignatureAlgorithm> out;
  for (size_t i = 0; i < crypto::kSignatureAlgorithms; ++i) {
    out.push_back(SignatureAlgorithm(i));
  }
  return out;
}

// The key or keys of a group, as the text of a set.
Result<std::string> key_set(const JsonValue& group) {
  const auto shared = group.find("public");
  TRY(const JsonValue key, shared ? Result<JsonValue>(*shared) : group.member("private"));
  std::string out;
  formats::JsonWriter json(out);
  if (key.find("keys")) {
    formats::copy(key, json);
  } else {
    json.begin_object().key("keys").begin_array();
    formats::copy(key, json);
    json.end_array().end_object();
  }
  json.finish();
  return out;
}

// Neither the product's keys nor the judge's own must take what is to be refused.
Result<> judge_tokens(const JsonValue& group, Judge& judge) {
  TRY(const std::string text, key_set(group));
  const auto keys = JwkSet::parse(text);
  const auto macs = MacKeys::parse(text);
  const auto algorithms = every_algorithm();
  TRY(const JsonValue tests, group.member("tests"));
  for (const JsonValue vector : tests) {
    const auto token = vector.string("jws");
    if (!token.ok()) {
      judge.skip_vectors(1);  // of encryption
      continue;
    }
    const auto jws = CompactJws::parse(*token);
    judge.verdict(vector, jws.ok() && ((keys.ok() && verify_jws(*jws, *keys, algorithms).ok()) ||
                                       (macs.ok() && macs->verifies(*jws))));
  }
  return ok();
}

Result<Bytes> hex(const JsonValue& object, std::string_view name) {
  TRY(const std::string_view text, object.string(name));
  auto bytes = from_hex(text);
  return bytes ? Result<Bytes>(*std::move(bytes)) : Error(ErrorKind::kInvalidInput, "no hex");
}
// Without the zeros before it, which a number in DER may have and ours may not.
Result<Bytes> number(const JsonValue& object, std::string_view name) {
  TRY(Bytes bytes, hex(object, name));
  bytes.erase(bytes.begin(),
              std::ranges::find_if(bytes, [](std::byte octet) { return octet != std::byte{0}; }));
  return bytes;
}

Result<> judge_signatures(const JsonValue& group, const Result<PublicKey>& key,
                          SignatureAlgorithm algorithm, Judge& judge) {
  TRY(const JsonValue tests, group.member("tests"));
  for (const JsonValue vector : tests) {
    TRY(const Bytes message, hex(vector, "msg"));
    TRY(const Bytes signature, hex(vector, "sig"));
    judge.verdict(vector, key.ok() && key->verify(algorithm, message, signature));
  }
  return ok();
}

// `RS` and SHA-256 make RS256; nullopt where JOSE has no such algorithm.
std::optional<SignatureAlgorithm> with_digest(std::string_view prefix, std::string_view digest) {
  constexpr std::string_view kBefore = "SHA-";
  return digest.starts_with(kBefore) ? crypto::signature_algorithm(fmt::format(
                                           "{}{}", prefix, digest.substr(kBefore.size())))
                                     : std::nullopt;
}

Result<PublicKey> rsa_key(const JsonValue& group) {
  TRY(const JsonValue numbers, group.member("publicKey"));
  TRY(const Bytes n, number(numbers, "modulus"));
  TRY(const Bytes e, number(numbers, "publicExponent"));
  return PublicKey::rsa(n, e);
}

Result<> judge_pkcs1(const JsonValue& group, Judge& judge) {
  TRY(const std::string_view digest, group.string("sha"));
  const auto algorithm = with_digest("RS", digest);
  if (!algorithm) {
    judge.skip_vectors(group.member("tests")->size());
    return ok();
  }
  return judge_signatures(group, rsa_key(group), *algorithm, judge);
}

// JOSE has one form: MGF1 over the same hash, a salt as long as the digest.
Result<> judge_pss(const JsonValue& group, Judge& judge) {
  TRY(const std::string_view digest, group.string("sha"));
  TRY(const std::string_view mask_digest, group.string("mgfSha"));
  TRY(const int64_t salt, group.int64("sLen"));
  const auto algorithm = with_digest("PS", digest);
  if (!algorithm || mask_digest != digest || "SHA-" + std::to_string(salt * 8) != digest) {
    judge.skip_vectors(group.member("tests")->size());
    return ok();
  }
  return judge_signatures(group, rsa_key(group), *algorithm, judge);
}

Result<> judge_ecdsa(const JsonValue& group, Judge& judge) {
  TRY(const JsonValue numbers, group.member("publicKey"));
  TRY(const Bytes point, hex(numbers, "uncompressed"));
  TRY(const std::string_view digest, group.string("sha"));
  const auto algorithm = with_digest("ES", digest);
  const size_t size = point.size() / 2;
  const auto curve = size == 32   ? std::optional(crypto::Curve::kP256)
                     : size == 48 ? std::optional(crypto::Curve::kP384)
                     : size == 66 ? std::optional(crypto::Curve::kP521)
                                  : std::nullopt;
  if (!algorithm || !curve) {
    return Error(ErrorKind::kInvalidInput, "a curve or hash that ECDSA in JOSE has not");
  }
  const ByteView xy = ByteView(point).subspan(1);
  return judge_signatures(group, PublicKey::ec(*curve, xy.first(size), xy.subspan(size)),
                          *algorithm, judge);
}

Result<> judge_ed25519(const JsonValue& group, Judge& judge) {
  TRY(const JsonValue numbers, group.member("publicKey"));
  TRY(const Bytes point, hex(numbers, "pk"));
  return judge_signatures(group, PublicKey::ed25519(point), SignatureAlgorithm::kEdDsa, judge);
}

// What is done with a file, by the beginning and the end of its name: the first row that fits.
struct FileRow {
  std::string_view begin;
  std::string_view end;
  Result<> (*judge)(const JsonValue& group, Judge& judge);  // null: skipped
  std::string_view words;                                   // of what, or why not
};
constexpr FileRow kFiles[] = {
    {"json_web_signature", "", judge_tokens, "tokens"},
    {"json_web_key", "", judge_tokens, "tokens"},
    {"json_web_crypto", "", judge_tokens, "tokens"},
    {"rsa_signature_", "", judge_pkcs1, "signatures"},
    {"rsa_pss_", "", judge_pss, "signatures"},
    {"ecdsa_", "_p1363_test.json", judge_ecdsa, "signatures"},
    {"ed25519_", "", judge_ed25519, "signatures"},
    {"ecdsa_", "", nullptr, "signatures in DER, which no token has"},
    {"json_web_encryption", "", nullptr, "encryption, which is refused"},
    {"", "", nullptr, "no signatures"},
};

Result<> judge_file(const path& file, const FileRow& row, Judge& judge) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  TRY(const JsonDocument document, JsonDocument::parse(text));
  TRY(const JsonValue groups, document.root().member("testGroups"));
  for (const JsonValue group : groups) {
    TRY_OK(row.judge(group, judge));
  }
  return ok();
}

void judge_folder(const path& folder, Judge& judge) {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  for (const path& file : files) {
    const std::string name = file.filename().string();
    const auto* const row = std::ranges::find_if(kFiles, [&name](const FileRow& one) {
      return name.starts_with(one.begin) && name.ends_with(one.end);
    });
    if (row->judge == nullptr) {
      std::printf("%s: skipped: %s\n", name.c_str(), row->words.data());
      continue;
    }
    judge.begin(name);
    const Result<> judged = judge_file(file, *row, judge);
    if (!judged.ok()) {
      judge.failed(judged.error().message());
    }
    judge.end(row->words);
  }
}

int run(const std::vector<std::string>& arguments) {
  constexpr int kSkipped = 77;
  Judge judge(std::ranges::find(arguments, "-v") != arguments.end());
  bool if_there = false;
  size_t folders = 0;
  for (const std::string& argument : arguments) {
    if (argument == "-v") {
      continue;
    }
    if (argument == "--if-there") {
      if_there = true;
      continue;
    }
    if (!std::filesystem::is_directory(argument)) {
      std::printf("%s: there is no `%s`\n", if_there ? "skipped" : "failed", argument.c_str());
      continue;
    }
    ++folders;
    judge_folder(argument, judge);
  }
  return if_there && folders == 0 ? kSkipped : judge.finish();
}

}  // namespace
}  // namespace sally::identity

int main(int argc, char** argv) {
  return sally::identity::run({argv + 1, argv + argc});
}
