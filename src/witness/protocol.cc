#include "witness/protocol.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sally::witness {
namespace {

constexpr std::string_view kOld = "old ";

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, fmt::format("malformed request: {}", what));
}

}  // namespace

Result<AddCheckpoint> AddCheckpoint::parse(std::string_view body) {
  if (body.size() > kMaxRequest) {
    return malformed("too long");
  }
  AddCheckpoint out;
  bool first = true;
  for (;;) {
    const size_t end = body.find('\n');
    if (end == std::string_view::npos) {
      return malformed("it ends before its checkpoint");
    }
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end + 1);
    if (first) {
      const auto size =
          line.starts_with(kOld) ? verifier::parse_decimal(line.substr(kOld.size())) : std::nullopt;
      if (!size) {
        return malformed("its first line is not `old ` and a size");
      }
      out.old_size = *size;
      first = false;
      continue;
    }
    if (line.empty()) {
      out.checkpoint = std::string(body);
      return out;
    }
    const auto hash = verifier::parse_hash(line);
    if (!hash) {
      return malformed("a line of the proof is no base64 of 32 bytes");
    }
    if (out.proof.size() == kMaxProofLines) {
      return malformed("a proof of more than 63 hashes");
    }
    out.proof.push_back(*hash);
  }
}

std::string AddCheckpoint::to_string() const {
  std::string out = fmt::format("{}{}\n", kOld, old_size);
  for (const verifier::Hash& hash : proof) {
    out += verifier::show_hash(hash) + "\n";
  }
  return out + "\n" + checkpoint;
}

Reply read_answer(uint16_t status, std::string_view body, const verifier::VerifierKey& witness,
                  std::string_view text) {
  Reply out;
  out.why = fmt::format("it answered {}", status);
  if (status == 409) {
    std::string_view digits = body;
    if (digits.ends_with('\n')) {
      digits.remove_suffix(1);
    }
    const auto size = verifier::parse_decimal(digits);
    if (!size) {
      out.why = "it answered 409 without a size";
      return out;
    }
    out.kind = Reply::Kind::kConflict;
    out.size = *size;
    return out;
  }
  if (status == 422) {
    out.bad_proof = true;
    return out;
  }
  if (status != 200) {
    return out;
  }
  // Of several keys' lines only the one of the key that is known counts.
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const auto parsed = verifier::parse_signature_line(line);
    if (!parsed.ok()) {
      out.why = "its answer is no signature line";
      return out;
    }
    if (!witness.names(*parsed)) {
      continue;
    }
    if (!witness.verifies(text, *parsed)) {
      out.why = "its cosignature does not verify";
      return out;
    }
    out.kind = Reply::Kind::kCosigned;
    out.line = std::string(line) + "\n";
    out.why.clear();
    return out;
  }
  out.why = fmt::format("its answer holds no cosignature of `{}`", witness.name());
  return out;
}

}  // namespace sally::witness
