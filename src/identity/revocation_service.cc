#include "identity/revocation_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ids.h"
#include "base/text.h"
#include "identity/key_service.h"

namespace sally::identity {
namespace {

using store::RevocationRecord;
using store::RevokedKind;

// What a target looks like, by kind.
struct Form {
  RevokedKind kind;
  std::string_view prefix;  // it starts with this
  bool of_issuer;           // `ISSUER/REST`
  std::string_view hint;
};
constexpr std::array kForms = {
    Form{RevokedKind::kKey, "key_", false, "a key's id is in `sallyport key list`"},
    Form{RevokedKind::kSession, "", true,
         "ISSUER/SID, with the issuer as the configuration names it"},
    Form{RevokedKind::kToken, "", true,
         "ISSUER/JTI, with the issuer as the configuration names it"},
    Form{RevokedKind::kAgent, "", true,
         "ISSUER/SUBJECT, with the issuer as the configuration names it"},
    Form{RevokedKind::kUser, "", true,
         "ISSUER/SUBJECT, with the issuer as the configuration names it"},
    Form{RevokedKind::kWorkload, "spiffe://", false, "a SPIFFE ID: spiffe://DOMAIN/PATH"},
    Form{RevokedKind::kGrant, "", false, "a grant's id is in `sallyport access list`"},
};

Result<> check_target(RevokedKind kind, std::string_view target) {
  const Form& form = *std::ranges::find(kForms, kind, &Form::kind);
  const size_t slash = target.find('/');
  const bool fits = target.size() > form.prefix.size() && target.starts_with(form.prefix) &&
                    target.size() <= RevocationService::kMaxTarget &&
                    printable(target, RevocationService::kMaxTarget) == target &&
                    (kind != RevokedKind::kKey || is_key_id(target)) &&
                    (!form.of_issuer ||
                     (slash != 0 && slash != std::string_view::npos && slash + 1 < target.size()));
  if (!fits) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` cannot be a {}", printable(target), name_of(kind)),
                 std::string(form.hint));
  }
  return ok();
}

Result<> check_reason(std::string_view reason) {
  if (reason.empty() || reason.size() > RevocationService::kMaxReason ||
      printable(reason, RevocationService::kMaxReason) != reason) {
    return Error(ErrorKind::kUsage, "there is no reason that fits",
                 fmt::format("say in 1 to {} characters of text why; the record keeps it",
                             RevocationService::kMaxReason));
  }
  return ok();
}

Result<> check_exists(store::Transaction& transaction, const RevocationRequest& request) {
  if (request.kind == RevokedKind::kKey) {
    TRY_OK(transaction.keys().find(KeyId(request.target)));
  }
  if (request.kind == RevokedKind::kGrant) {
    TRY_OK(transaction.grants().find(request.target));
  }
  return ok();
}

}  // namespace

std::string_view state_of(const RevocationRecord& record, WallTime now) {
  if (record.lifted) {
    return "lifted";
  }
  return record.until && *record.until <= now ? "ended" : "in force";
}

Result<RevocationRecord> RevocationService::revoke(const RevocationRequest& request, WallTime now) {
  std::optional<RevocationRecord> out;
  TRY_OK(state_.write([&](store::Transaction& transaction) -> Result<> {
    TRY(out, revoke(transaction, request, now));
    return ok();
  }));
  return *std::move(out);
}

Result<RevocationRecord> RevocationService::revoke(store::Transaction& transaction,
                                                   const RevocationRequest& request, WallTime now) {
  TRY_OK(check_target(request.kind, request.target));
  TRY_OK(check_reason(request.reason));
  if (request.until && *request.until <= now) {
    return Error(ErrorKind::kUsage, fmt::format("the revocation would have ended already, at {}",
                                                format_time(*request.until)));
  }
  TRY_OK(check_exists(transaction, request));
  RevocationRecord record{.id = std::string(Ulid::make(now, random_).str()),
                          .kind = request.kind,
                          .target = request.target,
                          .requested = now,
                          .issued_before = request.issued_before,
                          .until = request.until,
                          .lifted = {},
                          .who = who_,
                          .reason = request.reason};
  TRY_OK(transaction.revocations().add(record));
  TRY_OK(on_change_(transaction, {"revocation.create", nullptr, record, record.reason}));
  return record;
}

Result<RevocationRecord> RevocationService::lift(std::string_view id, std::string_view reason,
                                                 WallTime now) {
  TRY_OK(check_reason(reason));
  RevocationRecord after;
  TRY_OK(state_.write([&](store::Transaction& transaction) -> Result<> {
    TRY(const RevocationRecord before, transaction.revocations().find(id));
    if (before.lifted || (before.until && *before.until <= now)) {
      return Error(ErrorKind::kConflict,
                   fmt::format("revocation `{}` is over already, since {}", before.id,
                               format_time(before.lifted ? *before.lifted : *before.until)));
    }
    TRY_OK(transaction.revocations().lift(id, now));
    after = before;
    after.lifted = now;
    return on_change_(transaction, {"revocation.lift", &before, after, reason});
  }));
  return after;
}

Result<RevocationRecord> RevocationService::find(std::string_view id) {
  std::optional<RevocationRecord> out;
  TRY_OK(state_.read([&](store::Transaction& transaction) -> Result<> {
    TRY(out, transaction.revocations().find(id));
    return ok();
  }));
  return *std::move(out);
}

Result<std::vector<RevocationRecord>> RevocationService::list(std::string_view after, size_t most) {
  std::vector<RevocationRecord> out;
  TRY_OK(state_.read([&](store::Transaction& transaction) -> Result<> {
    TRY(out, transaction.revocations().list(after, most));
    return ok();
  }));
  return out;
}

Result<size_t> RevocationService::forget(store::State& state, WallTime now) {
  size_t out = 0;
  TRY_OK(state.write([&](store::Transaction& transaction) -> Result<> {
    TRY(out, transaction.revocations().forget(now - kKeptAfterEnd));
    return transaction.revocations().forget_events(now - kKeptEvents);
  }));
  return out;
}

}  // namespace sally::identity
