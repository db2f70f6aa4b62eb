#include "verifier/proof_file.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::verifier {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, fmt::format("malformed proof: {}", what));
}

}  // namespace

Result<ProofFile> ProofFile::parse(std::string_view text) {
  if (text.size() > kMaxProofFile) {
    return malformed("more than 512 KiB");
  }
  const auto take = [&text]() -> std::string_view {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
  };
  if (take() != kFirstLine) {
    return malformed(fmt::format("its first line is not `{}`", kFirstLine));
  }
  ProofFile out;
  const std::string_view extra = take();
  if (!extra.starts_with(kExtra)) {
    return malformed("it holds no entry: its second line does not begin with `extra `");
  }
  auto entry = from_base64(extra.substr(kExtra.size()), Base64::kStandard, Padding::kRequired);
  if (!entry || entry->size() > kMaxEntry) {
    return malformed("its entry is no base64 of at most 65,535 bytes");
  }
  out.entry = std::move(*entry);
  const std::string_view index_line = take();
  const auto index = index_line.starts_with(kIndex)
                         ? parse_decimal(index_line.substr(kIndex.size()))
                         : std::nullopt;
  if (!index) {
    return malformed("expected `index ` and a number");
  }
  out.index = *index;
  for (;;) {
    if (text.empty()) {
      return malformed("it ends before its checkpoint");
    }
    const std::string_view line = take();
    if (line.empty()) {
      break;
    }
    const auto hash = parse_hash(line);
    if (!hash) {
      return malformed("a line of the inclusion proof is no base64 of 32 bytes");
    }
    if (out.proof.size() == kMaxProof) {
      return malformed("an inclusion proof of more than 64 hashes");
    }
    out.proof.push_back(*hash);
  }
  TRY_OK(SignedCheckpoint::parse(text));
  out.checkpoint = std::string(text);
  return out;
}

std::string ProofFile::to_string() const {
  std::string out =
      fmt::format("{}\n{}{}\n{}{}\n", kFirstLine, kExtra,
                  to_base64(entry, Base64::kStandard, Padding::kRequired), kIndex, index);
  for (const Hash& hash : proof) {
    out += show_hash(hash) + "\n";
  }
  return out + "\n" + checkpoint;
}

Result<ProofVerdict> verify(const ProofFile& file, const Policy& policy) {
  TRY(SignedCheckpoint checkpoint, SignedCheckpoint::parse(file.checkpoint));
  ProofVerdict out;
  out.signatures = check_signatures(checkpoint, policy);
  out.problems = out.signatures.problems();
  const Result<> included = verify_inclusion(
      file.index, checkpoint.body.size, leaf_hash(file.entry), file.proof, checkpoint.body.root);
  if (!included.ok()) {
    out.problems.push_back(
        fmt::format("entry {} is not proved: {}", file.index, included.error().message()));
  }
  out.checkpoint = std::move(checkpoint.body);
  return out;
}

}  // namespace sally::verifier
