// tlog-corpus: judges the verifier against published vectors of Merkle proofs, tiles, checkpoints
// and cosignatures.
//
//   tlog-corpus [--if-there] DIR...     DIR as ../shared/corpora/tlog; ends `N passed, N failed`
//
// Exit status: 0 all passed; 1 one failed, or there was nothing to judge; 77 (--if-there) no DIR is
// there.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/document.h"
#include "verifier/checkpoint.h"
#include "verifier/log_verifier.h"
#include "verifier/merkle.h"
#include "verifier/tile.h"

namespace sally::verifier {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using std::filesystem::path;

constexpr size_t kMaxFile = size_t{64} << 20;
constexpr std::string_view kSampleKey =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

class Judge {
 public:
  void expect(const std::string& name, bool as_it_should, std::string_view why = {}) {
    ++(as_it_should ? passed_ : failed_);
    if (!as_it_should) {
      std::printf("failed: %s%s%s\n", name.c_str(), why.empty() ? "" : ": ",
                  printable(why, 400).c_str());
    }
  }
  void expect_ok(const std::string& name, const Result<>& result) {
    expect(name, result.ok(), result.ok() ? "" : result.error().message());
  }
  [[nodiscard]] int finish() const {
    std::printf("%zu passed, %zu failed\n", passed_, failed_);
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  size_t passed_ = 0;
  size_t failed_ = 0;
};

Result<std::string> text_of(const path& file) {
  Bytes bytes;
  TRY_OK(read_file(file, kMaxFile, bytes));
  return std::string(as_text(bytes));
}

Result<uint64_t> number(const JsonValue& object, std::string_view name) {
  TRY(const JsonValue value, object.member(name));
  return value.as_uint64();
}

Result<Hash> hash_of(std::string_view base64) {
  const auto hash = parse_hash(base64);
  return hash ? Result<Hash>(*hash) : Error(ErrorKind::kInvalidInput, "no hash of 32 bytes");
}
Result<Hash> hash(const JsonValue& object, std::string_view name) {
  TRY(const std::string_view text, object.string(name));
  return hash_of(text);
}
// Some vectors give a root that is no digest where only its equality with another counts: its
// SHA-256 stands for it, which keeps equal what is equal and nothing else.
Result<Hash> root(const JsonValue& object, std::string_view name) {
  TRY(const std::string_view text, object.string(name));
  if (const auto hash = parse_hash(text)) {
    return *hash;
  }
  const auto bytes = from_base64(text, Base64::kStandard, Padding::kRequired);
  return bytes ? Result<Hash>(crypto::sha256(*bytes))
               : Error(ErrorKind::kInvalidInput, "no base64");
}
Result<std::vector<Hash>> proof(const JsonValue& object) {
  std::vector<Hash> out;
  const auto value = object.find("proof");
  for (size_t i = 0; value && i < value->size(); ++i) {
    auto it = value->begin();
    for (size_t skip = 0; skip < i; ++skip) {
      ++it;
    }
    TRY(const std::string_view text, (*it).as_string());
    TRY(const Hash one, hash_of(text));
    out.push_back(one);
  }
  return out;
}

Result<> verify_vector(const JsonValue& one, std::string_view kind) {
  TRY(const std::vector<Hash> hashes, proof(one));
  if (kind == "inclusion") {
    TRY(const uint64_t index, number(one, "leafIdx"));
    TRY(const uint64_t size, number(one, "treeSize"));
    TRY(const Hash leaf, hash(one, "leafHash"));
    TRY(const Hash tree, root(one, "root"));
    return verify_inclusion(index, size, leaf, hashes, tree);
  }
  if (kind == "consistency") {
    TRY(const uint64_t size1, number(one, "size1"));
    TRY(const uint64_t size2, number(one, "size2"));
    TRY(const Hash root1, root(one, "root1"));
    TRY(const Hash root2, root(one, "root2"));
    return verify_consistency(size1, size2, root1, root2, hashes);
  }
  if (kind == "subtreeinclusion") {
    TRY(const uint64_t index, number(one, "leafIdx"));
    TRY(const uint64_t start, number(one, "start"));
    TRY(const uint64_t end, number(one, "end"));
    TRY(const Hash leaf, hash(one, "leafHash"));
    TRY(const Hash tree, root(one, "root"));
    return verify_subtree_inclusion(index, start, end, leaf, hashes, tree);
  }
  TRY(const uint64_t start, number(one, "start"));
  TRY(const uint64_t end, number(one, "end"));
  TRY(const uint64_t size, number(one, "size"));
  TRY(const Hash root1, root(one, "root1"));
  TRY(const Hash root2, root(one, "root2"));
  return verify_subtree_consistency(start, end, size, root1, root2, hashes);
}

// One vector a line; `wantErr` says whether it must be refused.
Result<> judge_proofs(const path& file, Judge& judge) {
  TRY(const std::string text, text_of(file));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.empty()) {
      continue;
    }
    TRY(const JsonDocument document, JsonDocument::parse(line));
    const JsonValue one = document.root();
    TRY(const std::string_view kind, one.string("_kind"));
    TRY(const std::string_view name, one.string("_case"));
    TRY(const bool refused, one.boolean("wantErr"));
    const Result<> result = verify_vector(one, kind);
    judge.expect(std::string(kind) + " " + std::string(name), result.ok() != refused,
                 result.ok() ? "accepted" : result.error().message());
  }
  return ok();
}

// Every checkpoint of a log of 15 entries, as Tessera wrote it.
Result<> judge_sample_log(const path& folder, Judge& judge) {
  TRY(const VerifierKey key, VerifierKey::parse(kSampleKey));
  const auto report = verify_log({.folder = folder, .policy = {.log = key}});
  judge.expect("sample log", report.ok() && report->good() && report->entries == 15,
               report.ok() && !report->problems.empty() ? report->problems[0].what : "");
  TileFile file;
  TRY_OK(read_tile(folder, 0, 0, 15, 8'192, file));
  std::vector<Hash> leaves(15);
  std::memcpy(leaves.data(), file.bytes.data(), file.bytes.size());
  for (size_t size = 0; size <= 15; ++size) {
    const std::string name = "checkpoint." + std::to_string(size);
    TRY(const std::string text, text_of(folder / name));
    TRY(const SignedCheckpoint checkpoint, SignedCheckpoint::parse(text));
    const Signatures signatures = check_signatures(checkpoint, {.log = key});
    judge.expect("sample log: signature of " + name, signatures.good());
    judge.expect("sample log: root of " + name,
                 checkpoint.body.size == size &&
                     checkpoint.body.root == root_of(std::span(leaves).first(size)));
  }
  return ok();
}

// The tiles of a tree of `leaves`, level by level: calls `visit` with each one's path and bytes.
void visit_tiles(std::vector<Hash> level,
                 const std::function<void(const std::string&, ByteView)>& visit) {
  for (int number = 0; !level.empty(); ++number) {
    std::vector<Hash> above;
    for (size_t at = 0; at < level.size(); at += kTileWidth) {
      const auto hashes =
          std::span(level).subspan(at, std::min<size_t>(kTileWidth, level.size() - at));
      visit(tile_path(number, at / kTileWidth, static_cast<unsigned>(hashes.size())),
            std::as_bytes(hashes));
      if (hashes.size() == kTileWidth) {
        above.push_back(root_of(hashes));
      }
    }
    level = std::move(above);
  }
}

Result<> judge_own_tree(const JsonValue& vectors, Judge& judge) {
  constexpr size_t kMost = 70'000;
  std::vector<Hash> leaves{leaf_hash({})};
  for (size_t i = 1; i < kMost; ++i) {
    leaves.push_back(leaf_hash(as_bytes("audit-entry-" + std::to_string(i))));
  }
  const auto root_at = [&leaves](uint64_t size) { return root_of(std::span(leaves).first(size)); };

  TRY(const JsonValue roots, vectors.member("roots"));
  for (const JsonValue one : roots) {
    const auto size = parse_decimal(one.name());
    TRY(const std::string_view text, one.as_string());
    TRY(const Hash expected, hash_of(text));
    judge.expect("root of " + std::string(one.name()),
                 size && *size <= kMost && root_at(*size) == expected);
  }
  TRY(const JsonValue inclusions, vectors.member("inclusion"));
  for (const JsonValue one : inclusions) {
    TRY(const uint64_t index, number(one, "index"));
    TRY(const uint64_t size, number(one, "size"));
    TRY(const Hash leaf, hash(one, "leaf"));
    TRY(const std::vector<Hash> hashes, proof(one));
    const std::string name = "own inclusion " + std::to_string(index) + "/" + std::to_string(size);
    judge.expect_ok(name, verify_inclusion(index, size, leaf, hashes, root_at(size)));
    judge.expect(name + " under another root",
                 !verify_inclusion(index, size, leaf, hashes, root_at(size + 1)).ok());
  }
  TRY(const JsonValue consistencies, vectors.member("consistency"));
  for (const JsonValue one : consistencies) {
    TRY(const uint64_t size1, number(one, "size1"));
    TRY(const uint64_t size2, number(one, "size2"));
    TRY(const std::vector<Hash> hashes, proof(one));
    const std::string name =
        "own consistency " + std::to_string(size1) + " " + std::to_string(size2);
    const Result<> result =
        verify_consistency(size1, size2, root_at(size1), root_at(size2), hashes);
    if (size1 == 0) {
      judge.expect(name + ": empty, and refused as a proof", hashes.empty() && !result.ok());
    } else {
      judge.expect_ok(name, result);
    }
  }
  TRY(const JsonValue tiles, vectors.member("tile_sha256_size_70000"));
  size_t found = 0;
  visit_tiles(leaves, [&](const std::string& name, ByteView bytes) {
    if (const auto expected = tiles.find(name)) {
      ++found;
      const auto text = expected->as_string();
      judge.expect(name, text.ok() && to_hex(crypto::sha256(bytes)) == *text);
    }
  });
  judge.expect("every tile of the vectors is one of the tree", found == tiles.size());
  return ok();
}

Result<> judge_own_checkpoint(const JsonValue& vectors, Judge& judge) {
  TRY(const JsonValue one, vectors.member("signed_checkpoint"));
  TRY(const std::string_view log_vkey, one.string("log_vkey"));
  TRY(const std::string_view witness_vkey, one.string("witness_vkey"));
  TRY(const std::string_view note, one.string("note"));
  TRY(const VerifierKey log, VerifierKey::parse(log_vkey));
  TRY(const VerifierKey witness, VerifierKey::parse(witness_vkey));
  judge.expect("vkeys are written as they were read",
               log.vkey() == log_vkey && witness.vkey() == witness_vkey);
  const Policy policy{.log = log, .witnesses = {witness}, .quorum = 1};
  TRY_OK(check(policy));
  TRY(const SignedCheckpoint checkpoint, SignedCheckpoint::parse(note));
  const Signatures good = check_signatures(checkpoint, policy);
  judge.expect("cosigned checkpoint", good.good() && good.latest_time() != 0);
  for (size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad(note);
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = SignedCheckpoint::parse(bad);
    judge.expect("cosigned checkpoint with bit " + std::to_string(bit) + " flipped",
                 !parsed.ok() || !check_signatures(*parsed, policy).good());
  }
  return ok();
}

Result<> judge_folder(const path& folder, Judge& judge) {
  TRY_OK(judge_proofs(folder / "rfc6962_proof_vectors.ndjson", judge));
  TRY_OK(judge_sample_log(folder / "tessera_sample_log", judge));
  TRY(const std::string text, text_of(folder / "own_tlog_vectors.json"));
  TRY(const JsonDocument own, JsonDocument::parse(text));
  TRY_OK(judge_own_tree(own.root(), judge));
  return judge_own_checkpoint(own.root(), judge);
}

int run(const std::vector<std::string>& arguments) {
  constexpr int kSkipped = 77;
  Judge judge;
  bool if_there = false;
  size_t folders = 0;
  for (const std::string& argument : arguments) {
    if (argument == "--if-there") {
      if_there = true;
      continue;
    }
    if (if_there && !std::filesystem::is_directory(argument)) {
      std::printf("skipped: there is no `%s`\n", argument.c_str());
      continue;
    }
    ++folders;
    const Result<> judged = judge_folder(argument, judge);
    if (!judged.ok()) {
      judge.expect(argument, false, judged.error().message());
    }
  }
  return if_there && folders == 0 ? kSkipped : judge.finish();
}

}  // namespace
}  // namespace sally::verifier

int main(int argc, char** argv) {
  return sally::verifier::run({argv + 1, argv + argc});
}
