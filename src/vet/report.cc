#include "vet/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace sally::vet {
namespace {

constexpr size_t kFingerprint = 32;  // hexadecimal digits

// Digits become `#`: numbers in a message are mostly places and sizes, which move.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      out += c;
    } else if (!out.ends_with('#')) {
      out += '#';
    }
  }
  return out;
}

std::string digest_of(std::string_view text) {
  return to_hex(crypto::sha256(as_bytes(text)));
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

}  // namespace

bool fails(const Finding& finding, Severity fail_on) {
  return finding.rule == RuleId::kWaiverExpired ||
         (finding.severity >= fail_on && !finding.waived && !finding.known);
}

bool is_unread(const Finding& finding) {
  return row_of(finding.rule).nature == Nature::kUnread && !finding.waived && !finding.known;
}

Counts counts_of(const Report& report) {
  Counts counts{.targets = report.targets.size()};
  for (const Target& target : report.targets) {
    counts.octets += target.size;
    counts.unlisted += target.unlisted;
    ++counts.verdicts[static_cast<size_t>(target.verdict())];
    for (const Finding& finding : target.findings) {
      ++counts.severities[static_cast<size_t>(finding.severity)];
      counts.failing += fails(finding, report.fail_on) ? 1 : 0;
      counts.waived += finding.waived ? 1 : 0;
      counts.known += finding.known ? 1 : 0;
      counts.unread += is_unread(finding) ? 1 : 0;
    }
  }
  return counts;
}

std::vector<std::string> fingerprints_of(const Target& target) {
  const std::string path = plain_path(target.path);
  std::map<std::string, unsigned> seen;
  std::vector<std::string> out;
  out.reserve(target.findings.size());
  for (const Finding& finding : target.findings) {
    std::string what =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}", printable(path, path.size()), finding.member,
                    row_of(finding.rule).id, without_numbers(finding.message), finding.evidence,
                    fmt::join(finding.references, " "));
    if (const unsigned before = seen[what]++; before != 0) {
      what += fmt::format("\n{}", before);
    }
    out.push_back(digest_of(what).substr(0, kFingerprint));
  }
  return out;
}

std::string plain_path(std::string_view path) {
  std::string out(path.starts_with('/') ? "/" : "");
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    // `..` stays: what comes before it may be a link.
    if (!part.empty() && part != ".") {
      out += out.empty() || out == "/" ? "" : "/";
      out += part;
    }
  }
  return out.empty() ? "." : out;
}

std::string uri_of(std::string_view path) {
  const std::string plain = plain_path(path);
  // A colon in the first part of a relative reference would end a scheme.
  const std::string encoded = percent_encoded(plain, "/");
  return encoded.starts_with('/') ? "file://" + encoded : encoded;
}

bool is_model(const Target& target) {
  // Names of formats that hold weights, or a program that makes them.
  static constexpr std::array<std::string_view, 24> kModels = {
      "safetensors", "gguf",     "pickle", "torch",    "npy",    "npz",      "joblib", "keras",
      "hdf5",        "onnx",     "saved",  "graph",    "tflite", "skops",    "pmml",   "xgboost",
      "lightgbm",    "catboost", "coreml", "tensorrt", "nemo",   "openvino", "dill",   "zfile"};
  return std::ranges::any_of(target.facts,
                             [](const Fact& fact) {
                               return fact.name == "framework" || fact.name == "architecture";
                             }) ||
         std::ranges::any_of(kModels, [&](std::string_view name) {
           return target.format.find(name) != std::string::npos;
         });
}

std::string purl_of(const Package& package) {
  // `Debian:12` is Debian's twelfth release.
  const size_t colon = package.ecosystem.find(':');
  const std::string_view ecosystem = std::string_view(package.ecosystem).substr(0, colon);
  std::string name = percent_encoded(package.name, "/");
  std::string_view type = "generic";
  std::string qualifiers;
  if (ecosystem == "PyPI") {
    type = "pypi";
    name = lower(name);
    std::ranges::replace(name, '_', '-');
  } else if (ecosystem == "npm") {
    type = "npm";
    name = lower(name);
  } else if (ecosystem == "crates.io") {
    type = "cargo";
  } else if (ecosystem == "Go") {
    type = "golang";
    name = lower(name);
  } else if (ecosystem == "Debian" || ecosystem == "Ubuntu") {
    type = "deb";
    name = lower(ecosystem) + "/" + lower(name);
    if (colon != std::string::npos) {
      qualifiers = fmt::format("?distro={}-{}", lower(ecosystem),
                               percent_encoded(package.ecosystem.substr(colon + 1), ""));
    }
  } else if (ecosystem == "conda" || ecosystem == "Conda") {
    type = "conda";
  } else if (ecosystem == "Maven") {
    type = "maven";
    std::ranges::replace(name, ':', '/');
  } else if (ecosystem == "Docker" || ecosystem == "OCI") {
    type = "docker";
  }
  if (type == "generic" && !ecosystem.empty()) {
    name = percent_encoded(ecosystem, "") + "/" + name;
  }
  return fmt::format("pkg:{}/{}{}{}", type, name,
                     package.version.empty() ? "" : "@" + percent_encoded(package.version, ""),
                     qualifiers);
}

std::vector<UsedPackage> packages_of(std::span<const Target> targets) {
  std::map<std::string, size_t> known;
  std::vector<UsedPackage> out;
  for (const Target& target : targets) {
    for (const Package& package : target.packages) {
      std::string purl = purl_of(package);
      const auto [at, fresh] = known.try_emplace(purl, out.size());
      if (fresh) {
        out.push_back({.package = &package, .purl = std::move(purl), .by = {}});
      }
      auto& by = out[at->second].by;
      if (by.empty() || by.back() != &target) {
        by.push_back(&target);
      }
    }
  }
  return out;
}

bool is_of_package(const Finding& finding, const Target& target) {
  return finding.package && std::ranges::any_of(target.packages, [&](const Package& package) {
           return package.ecosystem == finding.package->ecosystem &&
                  package.name == finding.package->name &&
                  package.version == finding.package->version;
         });
}

std::string uuid_of(const Report& report) {
  crypto::Sha256 sha;
  const auto add = [&sha](std::string_view text) {
    sha.add(as_bytes(text));
    sha.add(as_bytes(std::string_view("\n")));
  };
  add(format_time(report.at));
  for (const Target& target : report.targets) {
    add(target.path);
    add(target.sha256);
    add(fmt::format("{} {}", target.findings.size(), target.packages.size()));
  }
  std::string hex = to_hex(sha.finish()).substr(0, 32);
  hex[12] = '8';                                               // the version
  hex[16] = "89ab"[static_cast<size_t>(hex[16]) % size_t{4}];  // the variant
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace sally::vet
