// The gate itself: what it reads again, and how it is.
#include <array>

#include "app/admin/endpoint.h"

namespace sally::app {
namespace {

constexpr std::array kDoneMembers{
    Member{"status", MemberType::kChoice, "", Needed::kMust, "ok"},
    Member{"detail", MemberType::kText, "What was done, for people.", Needed::kMust},
};
constexpr std::array kProblemMembers{
    Member{"status", MemberType::kChoice, "", Needed::kMust, "error"},
    Member{"detail", MemberType::kText, "What is wrong.", Needed::kMust},
    Member{"hint", MemberType::kText, "What would help. Absent where nobody knows."},
};
constexpr std::array kSchemas{
    Schema{"Done", "It was done.", kDoneMembers},
    Schema{"Problem", "It was not done.", kProblemMembers},
};

Result<AdminAnswer> refresh(const AdminParts& parts, const AdminCall& /*call*/) {
  TRY(const std::string detail, parts.refresh());
  return answer_with_detail(detail);
}

Result<AdminAnswer> reload(const AdminParts& parts, const AdminCall& call) {
  TRY(const std::string detail, parts.reload(call.author));
  return answer_with_detail(detail);
}

Result<AdminAnswer> deliver(const AdminParts& parts, const AdminCall& /*call*/) {
  TRY(const std::string detail, parts.deliver_outbox());
  return answer_with_detail(detail);
}

Result<AdminAnswer> status(const AdminParts& parts, const AdminCall& /*call*/) {
  return answer_with_detail(parts.status());
}

constexpr std::array kEndpoints{
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/status",
             .action = "admin:status.read",
             .summary = "How many connections are open, and whether the gate drains.",
             .handle = status},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/config/reload",
             .action = "admin:config.reload",
             .summary = "Read the configuration again and put it in force.",
             .handle = reload},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/keys/refresh",
             .action = "admin:keys.refresh",
             .summary =
                 "Read keys and revocations again. When the call returns, every worker obeys them.",
             .handle = refresh},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/outbox/deliver",
             .action = "admin:outbox.deliver",
             .summary = "Bring the changes that wait to the ledger.",
             .handle = deliver},
};

}  // namespace

std::span<const Endpoint> gate_endpoints() {
  return kEndpoints;
}
std::span<const Schema> gate_schemas() {
  return kSchemas;
}

}  // namespace sally::app
