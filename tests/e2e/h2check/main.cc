// h2check: walks RFC 9113 and RFC 7541 against a running server. See usage().
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "support/h2check/checks.h"

namespace {

using sally::h2check::Target;
using sally::h2check::Verdict;

constexpr int kFailures = 1;
constexpr int kUsage = 2;

int usage() {
  std::fputs(
      "usage: h2check HOST:PORT [--tls] [--path PATH] [--authority NAME]\n"
      "               [--header 'name: value']... [--timeout MS] [--stall-timeout MS] [--json "
      "FILE]\n"
      "\n"
      "PATH must answer a GET with a short body. Without --tls it is HTTP/2 with prior knowledge.\n"
      "Prints what failed; the last line is `N passed, N failed`. Exit status 1 on failures.\n"
      "\n"
      "  h2check 127.0.0.1:8080 --path /healthz\n",
      stderr);
  return kUsage;
}

bool parse_target(std::string_view text, Target& target) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const int port = std::atoi(std::string(text.substr(colon + 1)).c_str());
  target.host = host;
  target.port = static_cast<uint16_t>(port);
  return port > 0 && port < 65'536;
}

bool parse_header(std::string_view text, Target& target) {
  const size_t colon = text.find(": ");
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  target.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Target target;
  std::string json;
  if (argc < 2 || !parse_target(argv[1], target)) {
    return usage();
  }
  for (int i = 2; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--tls") {
      target.tls = true;
      continue;
    }
    if (i + 1 == argc) {
      return usage();
    }
    const std::string value = argv[++i];
    bool good = true;
    if (option == "--path") {
      target.path = value;
    } else if (option == "--authority") {
      target.authority = value;
    } else if (option == "--header") {
      good = parse_header(value, target);
    } else if (option == "--timeout") {
      good = (target.timeout_ms = std::atoi(value.c_str())) > 0;
    } else if (option == "--stall-timeout") {
      good = (target.stall_timeout_ms = std::atoi(value.c_str())) > 0;
    } else if (option == "--json") {
      json = value;
    } else {
      good = false;
    }
    if (!good) {
      return usage();
    }
  }
  size_t failed = 0;
  const std::vector<Verdict> verdicts =
      sally::h2check::run_checks(target, [&](const Verdict& verdict) {
        if (!verdict.passed) {
          ++failed;
          std::printf("FAILED %s: %s\n       %s\n", verdict.section.c_str(),
                      verdict.sentence.c_str(), verdict.why.c_str());
          std::fflush(stdout);
        }
      });
  if (!json.empty()) {
    std::ofstream file(json);
    file << sally::h2check::to_json(verdicts);
    if (!file.flush()) {
      std::fprintf(stderr, "cannot write `%s`\n", json.c_str());
      return 3;
    }
  }
  std::printf("%zu passed, %zu failed\n", verdicts.size() - failed, failed);
  return failed == 0 ? 0 : kFailures;
}
