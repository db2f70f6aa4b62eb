#include "vet/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "vet/format.h"

namespace sally::vet {
namespace {

constexpr size_t kMostText = 400;   // octets of a message or an evidence
constexpr size_t kMostName = 1024;  // octets of a member's whole name
constexpr size_t kMostPackages = 200'000;
constexpr size_t kMostFacts = 64;

// What goes last where there are too many: by severity, and an attack behind what is only weak, for
// it is what a verdict goes by.
std::pair<Severity, bool> weight_of(const Finding& finding) {
  return {finding.severity, row_of(finding.rule).nature == Nature::kAttack};
}

}  // namespace

Examination::Examination(Target& target, const Limits& limits, const Services& services)
    : target_(target),
      limits_(limits),
      services_(services),
      until_(services.clock.monotonic() + limits.time) {}

std::string_view Examination::name() const {
  const std::string_view whole = member_.empty() ? std::string_view(target_.path) : member_;
  return whole.substr(whole.rfind('/') + 1);
}

void Examination::examine(const formats::Input& input, std::string_view name) {
  if (depth_ > limits_.depth) {
    limit_hit(fmt::format("archives within archives, more than {} deep", limits_.depth));
    return;
  }
  if (++members_ > limits_.members) {
    limit_hit(fmt::format("more than {} members", limits_.members));
    return;
  }
  const std::string outer = member_;
  // A copy: `name` may be a part of `member_`, which moves while what lies inside is examined. As
  // it was written, for `member_` may be cut.
  const std::string own(name.substr(name.rfind('/') + 1));
  if (depth_ > 0) {
    const std::string shown = printable(name, kMostName);
    member_ = outer.empty() ? shown : outer + "!/" + shown;
    if (member_.size() > kMostName) {
      member_.resize(kMostName);
    }
  }
  ++depth_;
  auto head = formats::head_of(input, Look::kHead);
  if (!head.ok()) {
    unread(head.error());
  } else {
    const Look look{.name = own, .head = *head, .input = input};
    for (const Format& format : formats_read()) {
      if (!time_left().ok()) {
        break;
      }
      if (format.may_be(look)) {
        name_format(format.name);
        if (auto read = format.examine(input, *this); !read.ok()) {
          unread(read.error());
        }
      }
    }
  }
  --depth_;
  member_ = outer;
}

void Examination::name_format(std::string_view format) {
  if (depth_ == 1 && !format.empty()) {
    target_.format += target_.format.empty() ? "" : "+";
    target_.format += format;
  }
}

void Examination::add(Finding finding) {
  finding.member = member_;
  finding.message = printable(finding.message, kMostText);
  finding.evidence = printable(finding.evidence, kMostText);
  if (target_.findings.size() >= limits_.findings) {
    ++target_.unlisted;
    const auto mildest = std::ranges::min_element(target_.findings, {}, weight_of);
    if (mildest != target_.findings.end() && weight_of(*mildest) < weight_of(finding)) {
      std::swap(*mildest, finding);
    }
    target_.worst_unlisted =
        std::max(target_.worst_unlisted.value_or(finding.severity), finding.severity);
    return;
  }
  target_.findings.push_back(std::move(finding));
}

void Examination::add(RuleId rule, uint64_t offset, std::string message, std::string evidence) {
  add({.rule = rule,
       .severity = row_of(rule).severity,
       .offset = offset,
       .message = std::move(message),
       .evidence = std::move(evidence)});
}

void Examination::unread(const Error& error, uint64_t offset) {
  if (error.kind() == ErrorKind::kTimeout ||
      (limit_told_ && error.kind() == ErrorKind::kTooLarge)) {
    return;  // told where it happened
  }
  add(RuleId::kUnreadable, offset, error.message());
}

void Examination::limit_hit(std::string message) {
  if (!limit_told_) {
    limit_told_ = true;
    add(RuleId::kTooMuch, 0, std::move(message));
  }
}

Result<> Examination::spend(uint64_t octets) {
  unpacked_ += std::min(octets, limits_.unpacked);
  if (unpacked_ > limits_.unpacked) {
    limit_hit(fmt::format("unpacks to more than {} octets", limits_.unpacked));
    return Error(ErrorKind::kTooLarge, "unpacks to too much");
  }
  return time_left();
}

Result<> Examination::time_left() {
  if (services_.clock.monotonic() > until_) {
    limit_hit(fmt::format("takes longer than {} s", limits_.time.count() / 1000));
    return Error(ErrorKind::kTimeout, "the time for one target is over");
  }
  return ok();
}

void Examination::add_package(Package package) {
  if (target_.packages.size() < kMostPackages) {
    target_.packages.push_back(std::move(package));
  }
}

void Examination::add_fact(std::string_view name, std::string_view value) {
  if (target_.facts.size() < kMostFacts) {
    target_.facts.push_back({std::string(name), printable(value, kMostText)});
  }
}

}  // namespace sally::vet
