#include "verifier/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::verifier {
namespace {

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, fmt::format("malformed checkpoint: {}", what));
}

// Takes a line off `text`. nullopt where no line feed is left.
std::optional<std::string_view> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::optional<uint64_t> parse_decimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() ||
      (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  return value;
}

std::optional<Hash> parse_hash(std::string_view base64) {
  Hash hash;
  const auto bytes = from_base64(base64, Base64::kStandard, Padding::kRequired);
  if (!bytes || bytes->size() != hash.size()) {
    return std::nullopt;
  }
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::string show_hash(const Hash& hash) {
  return to_base64(hash, Base64::kStandard, Padding::kRequired);
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  const auto origin = take_line(text);
  if (!origin || origin->empty()) {
    return malformed("its first line, the origin, is missing or empty");
  }
  const auto size_line = take_line(text);
  const auto size = parse_decimal(size_line.value_or(""));
  if (!size) {
    return malformed(
        fmt::format("its second line is no size: `{}`", printable(size_line.value_or(""), 40)));
  }
  const auto root_line = take_line(text);
  const auto root = parse_hash(root_line.value_or(""));
  if (!root) {
    return malformed("its third line is no base64 of 32 bytes");
  }
  Checkpoint out{.origin = std::string(*origin), .size = *size, .root = *root, .extensions = {}};
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line || line->empty()) {
      return malformed("an extension line is empty or has no end");
    }
    out.extensions.emplace_back(*line);
  }
  return out;
}

Result<SignedCheckpoint> SignedCheckpoint::parse(std::string_view note) {
  TRY(SignedNote parsed, SignedNote::parse(note));
  TRY(Checkpoint body, Checkpoint::parse(parsed.text()));
  return SignedCheckpoint{.note = std::move(parsed), .body = std::move(body)};
}

Result<> check(const Policy& policy) {
  if (policy.log && policy.log->type() != KeyType::kEd25519) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` is the key of a witness, not of a log", policy.log->name()));
  }
  for (size_t i = 0; i < policy.witnesses.size(); ++i) {
    const VerifierKey& witness = policy.witnesses[i];
    if (witness.type() != KeyType::kCosignature) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` is the key of a log, not of a witness", witness.name()));
    }
    for (size_t j = 0; j < i; ++j) {
      if (policy.witnesses[j].public_key() == witness.public_key()) {
        return Error(ErrorKind::kUsage,
                     fmt::format("the witness `{}` is there twice", witness.name()),
                     "a quorum is of different witnesses");
      }
    }
  }
  if (policy.quorum > policy.witnesses.size()) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} of {} witnesses are needed: more than there are", policy.quorum,
                             policy.witnesses.size()));
  }
  return ok();
}

Signatures check_signatures(const SignedCheckpoint& checkpoint, const Policy& policy) {
  Signatures out;
  out.quorum = policy.quorum;
  if (policy.log) {
    out.log_checked = true;
    out.log = checkpoint.note.signed_by(*policy.log);
    out.origin_fits = checkpoint.body.origin == policy.log->name();
  }
  for (const VerifierKey& witness : policy.witnesses) {
    WitnessSeen seen{.name = witness.name()};
    seen.result = checkpoint.note.signed_by(witness, &seen.time);
    out.cosigned += seen.result == Signed::kGood ? 1 : 0;
    out.witnesses.push_back(std::move(seen));
  }
  for (const SignatureLine& line : checkpoint.note.signatures()) {
    const bool known = (policy.log && policy.log->names(line)) ||
                       std::ranges::any_of(policy.witnesses, [&line](const VerifierKey& witness) {
                         return witness.names(line);
                       });
    if (!known) {
      out.unknown.push_back(fmt::format("{}+{:08x}", line.name, line.id));
    }
  }
  return out;
}

std::vector<std::string> Signatures::problems() const {
  std::vector<std::string> out;
  if (log_checked && log == Signed::kBad) {
    out.emplace_back("the log's signature does not verify");
  }
  if (log_checked && log == Signed::kNo) {
    out.emplace_back("not signed with the log's key");
  }
  if (log_checked && !origin_fits) {
    out.emplace_back("the origin is not the name of the log's key");
  }
  for (const WitnessSeen& witness : witnesses) {
    if (witness.result == Signed::kBad) {
      out.push_back(fmt::format("the cosignature of `{}` does not verify", witness.name));
    }
  }
  if (cosigned < quorum) {
    out.push_back(fmt::format("cosigned by {} of the {} witnesses needed", cosigned, quorum));
  }
  return out;
}

bool Signatures::good() const {
  return problems().empty();
}

uint64_t Signatures::latest_time() const {
  uint64_t latest = 0;
  for (const WitnessSeen& witness : witnesses) {
    latest = std::max(latest, witness.time);
  }
  return latest;
}

}  // namespace sally::verifier
