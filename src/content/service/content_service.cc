#include "content/service/content_service.h"

#include "base/random.h"
#include "base/text.h"
#include "content/anonymise/operator.h"
#include "content/entity.h"
#include "content/service/attack_json.h"
#include "content/service/findings_limit.h"
#include "content/service/presidio.h"
#include "content/service/spans_json.h"
#include "formats/json/copy.h"
#include "formats/json/document.h"

namespace sally::content {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr size_t kMostTexts = 10'000;
constexpr size_t kMostOctets = 4UL * 1024 * 1024;

std::string names_json(std::span<const std::string_view> names, std::string_view last = {}) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string_view name : names) {
    json.string(name);
  }
  if (!last.empty()) {
    json.string(last);
  }
  json.end_array();
  json.finish();
  return out;
}

Result<std::string> answer_to(std::string_view action, const TextFinder& finder,
                              const AttackDetector& attacks, const Secret& root,
                              std::string_view tenant, ByteView body) {
  if (action == "privacy:inspect") {
    return inspect_texts(finder, attacks, body);
  }
  if (action == "privacy:analyze") {
    return analyze(finder, body);
  }
  if (action == "privacy:anonymize" || action == "privacy:deanonymize") {
    TRY(const auto keys, anonymise::Keys::derive(root, tenant));
    SystemRandom random;
    return action == "privacy:anonymize" ? anonymize(keys, random, body)
                                         : deanonymize(keys, random, body);
  }
  if (action == "privacy:entities") {
    return names_json(entity_type_names(), kSecretType);
  }
  if (action == "privacy:recognizers") {
    constexpr std::string_view kRecognizers[] = {"personal", "names", "secrets"};
    return names_json(kRecognizers);
  }
  if (action == "privacy:anonymizers") {
    constexpr std::string_view kOperators[] = {"redact", "replace", "mask",    "hash",
                                               "keep",   "encrypt", "decrypt", "synthetic"};
    return names_json(kOperators);
  }
  return std::string(R"({"status":"ok"})");
}

}  // namespace

bool ContentService::is_quick(ByteView body) const {
  constexpr size_t kLong = 8 * 1024;
  const std::string_view text = as_text(body);
  return body.size() < kLong && text.find(kOwnRecognizers) == std::string_view::npos &&
         text.find("\\u") == std::string_view::npos;  // which may write it otherwise
}

Result<std::string> ContentService::answer(std::string_view action, std::string_view tenant,
                                           ByteView body) const {
  if (body.size() > kMostOctets) {
    return Error(ErrorKind::kTooLarge, "a question of more than 4 MiB",
                 "ask about fewer texts at a time");
  }
  auto out = answer_to(action, *finder_, *attacks_, root_, tenant, body);
  if (!out && out.error().kind() != ErrorKind::kInternal) {
    // Whatever is wrong is wrong with the question.
    return Error(ErrorKind::kInvalidInput, out.error().message(), out.error().hint());
  }
  return out;
}

Result<std::string> inspect_texts(const TextFinder& finder, const AttackDetector& attacks,
                                  ByteView body) {
  TRY(const JsonDocument document, JsonDocument::parse(as_text(body)));
  const JsonValue root = document.root();
  constexpr std::string_view kMembers[] = {"texts"};
  TRY_OK(root.only(kMembers));
  TRY(const JsonValue member, root.member("texts"));
  TRY(const JsonValue texts, member.as_array());
  if (texts.size() > kMostTexts) {
    return Error(ErrorKind::kTooLarge, "more than 10000 texts");
  }
  std::string out;
  JsonWriter json(out);
  size_t left = kMostFindings;
  json.begin_object().key("results").begin_array();
  for (const JsonValue one : texts) {
    TRY(const JsonValue id, one.member("id"));
    TRY(const std::string_view text, one.string("text"));
    TRY(const auto from, provenance_of(one));
    const std::vector<Found> found = finder.find(text);
    TRY_OK(count_findings(found.size(), left));
    json.begin_object().key("id");
    formats::copy(id, json);
    write_spans(json, text, found, Explain::kNo);
    write_attack(json, text, attacks, from, Explain::kNo);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out;
}

}  // namespace sally::content
