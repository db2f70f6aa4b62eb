// The texts of a policy folder, as it stands on disk and as a bundle: one immutable document named
// by its SHA-256. The same folder gives the same bytes and so the same hash, on every machine.
//
//   {"format":"sallyport-policy-bundle/1","files":{"entities.json":"...","models.cedar":"...",...}}
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::policy {

// Name to text: `schema.cedarschema` or `schema.cedarschema.json`, `entities.json`, `NAME.cedar`,
// `NAME.cedar.json`, `cases/NAME.case`.
using PolicyTexts = std::map<std::string, std::string>;

inline constexpr std::string_view kSchemaFile = "schema.cedarschema";
inline constexpr std::string_view kSchemaJsonFile = "schema.cedarschema.json";
inline constexpr std::string_view kEntitiesFile = "entities.json";

inline constexpr size_t kMaxPolicyFiles = 2'000;
inline constexpr size_t kMaxPolicyBytes = size_t{16} << 20;  // of all texts together
inline constexpr size_t kMaxBundleBytes = size_t{32} << 20;

// What a file of that name is to a policy folder.
enum class PolicyFileKind : uint8_t { kSchema, kEntities, kPolicies, kCase, kNone };
// Names are letters, digits, `.`, `_` and `-`, do not begin with a dot, and have at most 128 bytes;
// kNone for every other.
[[nodiscard]] PolicyFileKind kind_of(std::string_view name);
// Whether the text is JSON.
[[nodiscard]] bool is_json_file(std::string_view name);

// What the folder at `path` holds of such files; names that begin with a dot and files of other
// kinds are passed over, links are followed. kUsage where it cannot be read, is too large, holds a
// policy whose name is not allowed (it would be left out unseen), or holds no such file at all.
Result<PolicyTexts> read_policy_texts(const std::string& path);

// The document. kInvalidInput where a name or a text (UTF-8) is not allowed; kTooLarge.
Result<std::string> to_bundle(const PolicyTexts& texts);
// Strict: exactly what to_bundle() writes. kInvalidInput, kTooLarge.
Result<PolicyTexts> parse_bundle(std::string_view bundle);
// The name of a bundle: 64 lower-case hexadecimal digits.
[[nodiscard]] std::string bundle_hash(std::string_view bundle);
[[nodiscard]] bool is_bundle_hash(std::string_view text);

}  // namespace sally::policy
