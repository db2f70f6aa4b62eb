#include "witness/witness.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::witness {
namespace {

using verifier::KeyType;
using verifier::Signed;
using verifier::SignedCheckpoint;
using verifier::VerifierKey;

Answer plain(uint16_t status, std::string_view why) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::string(why) + "\n"};
}

Answer conflict(uint64_t size) {
  return {
      .status = 409, .content_type = std::string(kSizeType), .body = std::to_string(size) + "\n"};
}

// One of the log's keys signed it, and no line of theirs is bad.
bool is_signed(const SignedCheckpoint& checkpoint, const std::vector<VerifierKey>& keys) {
  bool good = false;
  for (const VerifierKey& key : keys) {
    const Signed result = checkpoint.note.signed_by(key);
    if (result == Signed::kBad) {
      return false;
    }
    good = good || result == Signed::kGood;
  }
  return good;
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::open(WitnessSettings settings,
                                               crypto::Ed25519PrivateKey key, const Clock& clock) {
  TRY(VerifierKey public_key,
      VerifierKey::make(settings.name, KeyType::kCosignature, key.public_key()));
  if (settings.logs.empty()) {
    return Error(ErrorKind::kUsage, "a witness needs a log to witness");
  }
  TRY(Store store, Store::open(settings.folder));
  std::unique_ptr<Witness> out(
      new Witness(std::move(store), std::move(public_key), std::move(key), clock));
  for (VerifierKey& log : settings.logs) {
    if (log.type() != KeyType::kEd25519) {
      return Error(ErrorKind::kUsage, fmt::format("`{}` is not the key of a log", log.name()));
    }
    out->logs_[log.name()].keys.push_back(std::move(log));
  }
  for (auto& [origin, log] : out->logs_) {
    TRY_OK(out->remember(origin, log));
  }
  return out;
}

Result<> Witness::remember(const std::string& origin, Log& log) const {
  TRY(const std::optional<std::string> stored, store_.load(origin));
  if (!stored) {
    log.root = verifier::empty_root();
    return ok();
  }
  const auto checkpoint = SignedCheckpoint::parse(*stored);
  if (!checkpoint.ok() || checkpoint->body.origin != origin || !is_signed(*checkpoint, log.keys)) {
    return Error(
        ErrorKind::kCorrupt,
        fmt::format("what was cosigned last of `{}` cannot be read back", printable(origin)),
        "restore the folder of the witness; one that forgets would cosign a fork");
  }
  log.size = checkpoint->body.size;
  log.root = checkpoint->body.root;
  return ok();
}

Answer Witness::add_checkpoint(std::string_view body) {
  const auto request = AddCheckpoint::parse(body);
  if (!request.ok()) {
    return plain(400, request.error().message());
  }
  const auto checkpoint = SignedCheckpoint::parse(request->checkpoint);
  if (!checkpoint.ok()) {
    return plain(400, checkpoint.error().message());
  }
  const auto log = logs_.find(checkpoint->body.origin);
  if (log == logs_.end()) {
    return plain(404, "unknown log");
  }
  if (!is_signed(*checkpoint, log->second.keys)) {
    return plain(403, "not signed with the log's key");
  }
  if (request->old_size > checkpoint->body.size) {
    return plain(400, "the old size is larger than the checkpoint's");
  }
  return judge(log->second, *request, *checkpoint);
}

Answer Witness::judge(Log& log, const AddCheckpoint& request, const SignedCheckpoint& checkpoint) {
  const std::lock_guard lock(log.mutex);
  const verifier::Checkpoint& body = checkpoint.body;
  if (log.failed) {
    const Result<> again = remember(body.origin, log);
    if (!again.ok()) {
      return plain(500, "the witness cannot read its memory");
    }
    log.failed = false;
  }
  if (request.old_size != log.size) {
    return conflict(log.size);
  }
  if (request.old_size == body.size && body.root != log.root) {
    return conflict(log.size);
  }
  // Of an empty tree nothing can be proved: the rule for it is another one.
  const bool proved = request.old_size == 0 || request.old_size == body.size
                          ? request.proof.empty()
                          : verifier::verify_consistency(request.old_size, body.size, log.root,
                                                         body.root, request.proof)
                                .ok();
  if (!proved) {
    return plain(422, "the consistency proof does not verify");
  }
  // Signed first, so that nothing but sending can fail once it is stored.
  const Result<std::string> line = cosign(checkpoint.note.text());
  if (!line.ok()) {
    return plain(500, "the witness cannot sign");
  }
  const Result<> saved = store_.save(body.origin, request.checkpoint);
  if (!saved.ok()) {
    log.failed = true;
    return plain(500, "the witness cannot remember the checkpoint");
  }
  log.size = body.size;
  log.root = body.root;
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = *line};
}

Result<std::string> Witness::cosign(std::string_view text) const {
  const auto time = static_cast<uint64_t>(std::max<int64_t>(
      0,
      std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count()));
  TRY(const auto signature, secret_.sign(as_bytes(verifier::cosigned_message(time, text))));
  Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(key_.id() >> shift));
  }
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(time >> shift));
  }
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return fmt::format("\xe2\x80\x94 {} {}\n", key_.name(),
                     to_base64(bytes, Base64::kStandard, Padding::kRequired));
}

std::vector<std::pair<std::string, uint64_t>> Witness::latest() const {
  std::vector<std::pair<std::string, uint64_t>> out;
  for (const auto& [origin, log] : logs_) {
    const std::lock_guard lock(log.mutex);
    out.emplace_back(origin, log.size);
  }
  return out;
}

}  // namespace sally::witness
