#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "formats/yaml/yaml.h"
#include "vet/code/deployment.h"
#include "vet/code/secret_name.h"
#include "vet/code/source_text.h"

namespace sally::vet::code {
namespace {

using formats::YamlNode;

constexpr formats::YamlLimits kLimits = {.bytes = size_t{8} << 20, .depth = 64, .nodes = 500'000};

class Reader {
 public:
  explicit Reader(SourceText& source, std::string_view text) : source_(source), text_(text) {}

  // A pod, or whatever has one in it.
  void read(const YamlNode& manifest) {
    const YamlNode* spec = manifest.find("spec");
    if (text_of(manifest, "kind") == "List") {
      const YamlNode* items = manifest.find("items");
      for (size_t i = 0; items != nullptr && i < items->items.size(); ++i) {
        if (text_of(items->items[i], "kind") != "List") {
          read(items->items[i]);
        }
      }
      return;
    }
    if (text_of(manifest, "kind") == "CronJob") {
      spec = find(find(spec, "jobTemplate"), "spec");
    }
    if (text_of(manifest, "kind") != "Pod") {
      spec = find(find(spec, "template"), "spec");
    }
    if (spec == nullptr || spec->find("containers") == nullptr) {
      return;
    }
    pod(*spec);
  }

 private:
  static const YamlNode* find(const YamlNode* node, std::string_view key) {
    return node == nullptr ? nullptr : node->find(key);
  }
  static std::string_view text_of(const YamlNode& node, std::string_view key) {
    const YamlNode* found = node.find(key);
    return found == nullptr ? std::string_view() : std::string_view(found->text);
  }
  static bool is(const YamlNode* node, std::string_view key, std::string_view value) {
    const YamlNode* found = find(node, key);
    return found != nullptr && found->text == value;
  }

  void tell(RuleId rule, const YamlNode& where, std::string message) {
    const uint64_t offset = offset_of(where.place);
    const std::string_view line = source_.line_at(offset);
    const auto begin = static_cast<uint64_t>(line.data() - text_.data());
    source_.add(rule, begin, begin + line.size(), std::move(message));
  }
  [[nodiscard]] uint64_t offset_of(const formats::YamlPlace& place) const {
    uint64_t at = 0;
    for (int line = 1; line < place.line; ++line) {
      const size_t end = text_.find('\n', at);
      if (end == std::string_view::npos) {
        break;
      }
      at = end + 1;
    }
    return at;
  }

  void pod(const YamlNode& spec) {
    for (const std::string_view key : {"hostNetwork", "hostPID", "hostIPC"}) {
      if (is(&spec, key, "true")) {
        tell(RuleId::kHostAccess, *spec.find(key), fmt::format("`{}` is on", key));
      }
    }
    if (const YamlNode* volumes = spec.find("volumes")) {
      for (const YamlNode& volume : volumes->items) {
        if (const YamlNode* path = volume.find("hostPath")) {
          tell(RuleId::kHostAccess, *path, fmt::format("`hostPath` {}", text_of(*path, "path")));
        }
      }
    }
    if (!is(&spec, "automountServiceAccountToken", "false")) {
      tell(RuleId::kMountedToken, spec, "`automountServiceAccountToken` is not off");
    }
    const YamlNode* pod_context = spec.find("securityContext");
    for (const std::string_view key : {"containers", "initContainers"}) {
      const YamlNode* containers = spec.find(key);
      for (size_t i = 0; containers != nullptr && i < containers->items.size(); ++i) {
        container(containers->items[i], pod_context);
      }
    }
  }

  void container(const YamlNode& one, const YamlNode* pod_context) {
    const YamlNode* context = one.find("securityContext");
    if (is(context, "privileged", "true")) {
      tell(RuleId::kPrivilegedPod, *context->find("privileged"), "`privileged` is on");
    }
    constexpr std::array<std::string_view, 7> kStrong = {
        "ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "DAC_READ_SEARCH", "BPF"};
    if (const YamlNode* added = find(find(context, "capabilities"), "add")) {
      for (const YamlNode& capability : added->items) {
        std::string_view name = capability.text;
        if (name.starts_with("CAP_")) {
          name.remove_prefix(4);
        }
        if (std::ranges::find(kStrong, name) != kStrong.end()) {
          tell(RuleId::kPrivilegedPod, capability, fmt::format("the capability {} is added", name));
        }
      }
    }
    const bool non_root =
        is(context, "runAsNonRoot", "true") ||
        (is(pod_context, "runAsNonRoot", "true") && !is(context, "runAsNonRoot", "false"));
    const YamlNode* user = find(context, "runAsUser");
    user = user != nullptr ? user : find(pod_context, "runAsUser");
    const bool other_user = user != nullptr && user->text != "0";
    if (user != nullptr && user->text == "0") {
      tell(RuleId::kPodAsRoot, *user, "`runAsUser` is 0");
    } else if (!non_root && !other_user) {
      tell(RuleId::kPodAsRoot, one, "nothing says that it is not root");
    }
    if (find(one.find("resources"), "limits") == nullptr) {
      tell(RuleId::kNoLimits, one, "`resources.limits` is missing");
    }
    if (const YamlNode* image = one.find("image")) {
      const std::string_view name = image->text;
      const size_t slash = name.rfind('/');
      const size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
      const bool digest = name.find("@sha256:") != std::string_view::npos;
      const bool templated =
          name.find("{{") != std::string_view::npos || name.find('$') != std::string_view::npos;
      if (!digest && !templated &&
          (colon == std::string_view::npos || name.substr(colon) == ":latest")) {
        tell(RuleId::kMovingImage, *image, "the image is whatever is the latest");
      }
    }
    if (const YamlNode* env = one.find("env")) {
      for (const YamlNode& variable : env->items) {
        const YamlNode* value = variable.find("value");
        if (value != nullptr && names_secret(text_of(variable, "name")) &&
            is_literal_secret(value->text)) {
          const uint64_t offset = offset_of(value->place);
          source_.add(RuleId::kSecretInManifest, offset, offset,
                      fmt::format("`{}` has a value", text_of(variable, "name")));
        }
      }
    }
  }

  SourceText& source_;
  std::string_view text_;
};

}  // namespace

bool may_be_manifest(const Look& look) {
  if (!look.name.ends_with(".yaml") && !look.name.ends_with(".yml")) {
    return false;
  }
  const std::string_view head = as_text(look.head);
  return head.find("apiVersion:") != std::string_view::npos &&
         head.find("kind:") != std::string_view::npos;
}

Result<> examine_manifest(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, kMostCode));
  // A template of Helm is no YAML before it is filled in.
  const formats::YamlDocuments all = formats::parse_yaml_documents(text, kLimits);
  SourceText source(text, examination);
  Reader reader(source, text);
  for (const YamlNode& manifest : all.roots) {
    if (manifest.find("apiVersion") != nullptr) {
      reader.read(manifest);
    }
  }
  return ok();
}

}  // namespace sally::vet::code
