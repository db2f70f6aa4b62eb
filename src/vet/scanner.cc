#include "vet/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>
#include <tuple>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "vet/file_input.h"
#include "vet/glob.h"
#include "vet/report.h"

namespace sally::vet {
namespace {

constexpr unsigned kMostThreads = 256;
constexpr size_t kHashedAtOnce = size_t{1} << 20;

Target unreadable(std::string path, const Error& error) {
  Target target{.path = std::move(path), .format = "other"};
  target.findings.push_back({.rule = RuleId::kNoFile,
                             .severity = row_of(RuleId::kNoFile).severity,
                             .message = error.message()});
  return target;
}

Result<std::string> digest_of(const formats::Input& input) {
  crypto::Sha256 sha;
  Bytes piece(static_cast<size_t>(std::min<uint64_t>(kHashedAtOnce, input.size())));
  for (uint64_t at = 0; at < input.size();) {
    const MutableBytes part = MutableBytes(piece).first(
        static_cast<size_t>(std::min<uint64_t>(piece.size(), input.size() - at)));
    TRY_OK(input.read(at, part));
    sha.add(part);
    at += part.size();
  }
  return to_hex(sha.finish());
}

}  // namespace

Target scan_file(const std::string& path, const ScanOptions& options, const Services& services) {
  auto input = FileInput::open(path);
  if (!input.ok()) {
    return unreadable(path, input.error());
  }
  Target target{.path = path, .size = (*input)->size()};
  Examination examination(target, options.limits, services);
  if (target.size <= options.hashed) {
    auto digest = digest_of(**input);
    if (digest.ok()) {
      target.sha256 = std::move(*digest);
    } else {
      examination.unread(digest.error());
    }
  }
  examination.examine(**input, examination.name());
  if (target.format.empty()) {
    target.format = "other";
  }
  // As bad as the worst of them, so that a waiver or a baseline of what is listed lets nothing
  // through that is not.
  if (target.worst_unlisted) {
    target.findings.push_back({.rule = RuleId::kUnlisted,
                               .severity = *target.worst_unlisted,
                               .message = "has more findings than are listed",
                               .evidence = fmt::format("{} more", target.unlisted)});
  }
  std::ranges::sort(target.findings, [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.member, a.offset, a.rule) <
           std::tie(a.severity, b.member, b.offset, b.rule);
  });
  return target;
}

Listing list_files(const std::vector<std::string>& paths, const std::vector<std::string>& without) {
  namespace fs = std::filesystem;
  const auto left_out = [&without](std::string_view path) {
    return std::ranges::any_of(without, [&](const std::string& glob) { return means(glob, path); });
  };
  Listing listing;
  std::vector<std::string> folders;
  for (const std::string& path : paths) {
    std::error_code failure;
    (fs::is_directory(fs::status(path, failure)) ? folders : listing.files)
        .push_back(plain_path(path));
  }
  // A folder that cannot be listed does not keep the others from being read.
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure); !failure && at != fs::directory_iterator();
         at.increment(failure)) {
      std::string found = plain_path(at->path().string());
      std::error_code gone;
      const fs::file_status status = at->symlink_status(gone);
      if (at->path().filename() == ".git" || left_out(found)) {
        continue;
      }
      if (fs::is_directory(status)) {
        folders.push_back(std::move(found));
      } else if (fs::is_regular_file(status)) {
        listing.files.push_back(std::move(found));
      }
    }
    if (failure) {
      listing.missing.push_back(
          unreadable(folder, Error(ErrorKind::kIo, "cannot be listed: " + failure.message())));
    }
  }
  std::ranges::sort(listing.files);
  const auto twice = std::ranges::unique(listing.files);
  listing.files.erase(twice.begin(), twice.end());
  return listing;
}

std::vector<Target> scan_files(const std::vector<std::string>& files, const ScanOptions& options,
                               const Services& services,
                               const std::function<void(const Target&)>& each) {
  std::vector<Target> targets(files.size());
  std::atomic<size_t> next = 0;
  std::mutex one_at_a_time;
  const auto work = [&] {
    for (size_t i = next++; i < files.size(); i = next++) {
      targets[i] = scan_file(files[i], options, services);
      const std::scoped_lock lock(one_at_a_time);
      each(targets[i]);
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const size_t threads = std::min<size_t>(
      {options.threads == 0 ? cores : options.threads, kMostThreads, files.size()});
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) {
    others.emplace_back(work);
  }
  work();
  others.clear();
  return targets;
}

}  // namespace sally::vet
