#include "policy/policy_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"
#include "policy/folder.h"

namespace sally::policy {
namespace {

constexpr std::string_view kFormat = "sallyport-policy-bundle/1";
constexpr std::string_view kCases = "cases/";
constexpr size_t kMaxName = 128;
// Of a folder that may hold other things too.
constexpr size_t kMaxNames = 20'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A name that means the same everywhere and leads nowhere else.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name.front() != '.' &&
         std::ranges::all_of(name, [](char c) {
           return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '.' ||
                  c == '_' || c == '-';
         });
}

// `NAME` and the ending, with something before it.
bool ends_as(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() && name.ends_with(ending);
}

// What the ending promises, whatever stands before it.
PolicyFileKind promised(std::string_view name) {
  if (name == kSchemaFile || name == kSchemaJsonFile) {
    return PolicyFileKind::kSchema;
  }
  if (name == kEntitiesFile) {
    return PolicyFileKind::kEntities;
  }
  return name.ends_with(".cedar") || name.ends_with(".cedar.json") ? PolicyFileKind::kPolicies
                                                                   : PolicyFileKind::kNone;
}

Result<> check_sizes(const PolicyTexts& texts) {
  size_t bytes = 0;
  for (const auto& [name, text] : texts) {
    bytes += text.size();
  }
  if (texts.size() > kMaxPolicyFiles || bytes > kMaxPolicyBytes) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("{} files of {} bytes together", texts.size(), bytes),
                 fmt::format("policies are at most {} files of {} bytes together", kMaxPolicyFiles,
                             kMaxPolicyBytes));
  }
  return ok();
}

Error unreadable(const Error& error) {
  return Error(ErrorKind::kUsage, error.message(), error.hint());
}

// The files of one folder; each is read to what is left of the bytes that are allowed.
class FolderReader {
 public:
  Result<> add(const Folder& folder, const std::string& file, std::string name) {
    if (kind_of(name) == PolicyFileKind::kNone) {
      return Error(
          ErrorKind::kUsage,
          fmt::format("`{}` has a name that is not allowed", printable(folder.path_of(file), 400)),
          "letters, digits, dots, dashes and underscores, at most 128 of them");
    }
    TRY(std::string text, folder.read(file, kMaxPolicyBytes, Links::kFollow));
    if (!is_utf8(text)) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` is no UTF-8 text", printable(folder.path_of(file), 400)));
    }
    out_.emplace(std::move(name), std::move(text));
    return check_sizes(out_);
  }
  PolicyTexts take() { return std::move(out_); }

 private:
  PolicyTexts out_;
};

Result<PolicyTexts> read_folder(const std::string& path) {
  FolderReader reader;
  TRY(const Folder folder, Folder::open(path));
  TRY(const std::vector<std::string> names, folder.list(kMaxNames));
  for (const std::string& name : names) {
    if (!name.starts_with('.') && promised(name) != PolicyFileKind::kNone) {
      TRY_OK(reader.add(folder, name, name));
    }
  }
  if (std::ranges::binary_search(names, kCases.substr(0, kCases.size() - 1))) {
    TRY(const Folder cases, folder.inside("cases", Links::kFollow));
    TRY(const std::vector<std::string> files, cases.list(kMaxNames));
    for (const std::string& name : files) {
      if (!name.starts_with('.') && name.ends_with(".case")) {
        TRY_OK(reader.add(cases, name, std::string(kCases) + name));
      }
    }
  }
  return reader.take();
}

}  // namespace

PolicyFileKind kind_of(std::string_view name) {
  if (name.starts_with(kCases)) {
    name.remove_prefix(kCases.size());
    return is_plain_name(name) && ends_as(name, ".case") ? PolicyFileKind::kCase
                                                         : PolicyFileKind::kNone;
  }
  return is_plain_name(name) ? promised(name) : PolicyFileKind::kNone;
}

bool is_json_file(std::string_view name) {
  return name.ends_with(".json");
}

Result<PolicyTexts> read_policy_texts(const std::string& path) {
  auto texts = read_folder(path);
  if (!texts.ok()) {
    return unreadable(texts.error());
  }
  if (texts->empty()) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` holds no policies", printable(path, 400)),
                 "a policy folder holds `schema.cedarschema`, `*.cedar` and `entities.json`");
  }
  return texts;
}

Result<std::string> to_bundle(const PolicyTexts& texts) {
  TRY_OK(check_sizes(texts));
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("format", kFormat);
  json.key("files").begin_object();
  for (const auto& [name, text] : texts) {
    if (kind_of(name) == PolicyFileKind::kNone) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` is no file of a policy folder", printable(name)));
    }
    if (!is_utf8(text)) {
      return Error(ErrorKind::kInvalidInput, fmt::format("`{}` is no UTF-8 text", printable(name)));
    }
    json.member(name, text);
  }
  json.end_object().end_object();
  json.finish();
  if (out.size() > kMaxBundleBytes) {
    return Error(ErrorKind::kTooLarge, fmt::format("a policy bundle of {} bytes", out.size()),
                 fmt::format("at most {}", kMaxBundleBytes));
  }
  return out;
}

Result<PolicyTexts> parse_bundle(std::string_view bundle) {
  static constexpr std::array<std::string_view, 2> kMembers{"format", "files"};
  constexpr formats::JsonLimits kLimits{
      .bytes = kMaxBundleBytes, .depth = 2, .members = kMaxPolicyFiles + kMembers.size()};
  TRY(const auto document, formats::JsonDocument::parse(bundle, kLimits));
  const formats::JsonValue root = document.root();
  TRY_OK(root.as_object());
  TRY_OK(root.only(kMembers));
  TRY(const std::string_view format, root.string("format"));
  if (format != kFormat) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("the format `{}` is not known", printable(format)),
                 fmt::format("`{}` is", kFormat));
  }
  TRY(const formats::JsonValue member, root.member("files"));
  TRY(const formats::JsonValue files, member.as_object());
  PolicyTexts out;
  for (const formats::JsonValue file : files) {
    TRY(const std::string_view text, file.as_string());
    out.emplace(file.name(), text);
  }
  // One text, one hash: white space, another order or another escape is another document.
  TRY(const std::string canonical, to_bundle(out));
  if (canonical != bundle) {
    return Error(ErrorKind::kInvalidInput, "the bundle is not in its canonical form");
  }
  return out;
}

std::string bundle_hash(std::string_view bundle) {
  return to_hex(crypto::sha256(as_bytes(bundle)));
}

bool is_bundle_hash(std::string_view text) {
  return text.size() == 2 * crypto::kSha256Size &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace sally::policy
