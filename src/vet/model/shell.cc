#include "vet/model/shell.h"

#include <algorithm>
#include <array>

namespace sally::vet::model {
namespace {

bool has(std::string_view line, std::string_view what) {
  return line.find(what) != std::string_view::npos;
}

// Whether what stands behind a `|` of `line` is a shell or another that runs what it is given.
bool piped_to_shell(std::string_view line) {
  static constexpr std::array<std::string_view, 8> kShells = {"sh",      "bash", "zsh",  "python",
                                                              "python3", "perl", "ruby", "node"};
  size_t at = 0;
  while ((at = line.find('|', at)) != std::string_view::npos) {
    size_t begin = line.find_first_not_of(" \t|", at);
    if (begin == std::string_view::npos) {
      return false;
    }
    std::string_view word = line.substr(begin, line.find_first_of(" \t;&|'\"\n", begin) - begin);
    if (word == "sudo" || word == "env") {
      begin = line.find_first_not_of(" \t", begin + word.size());
      word = begin == std::string_view::npos
                 ? std::string_view()
                 : line.substr(begin, line.find_first_of(" \t;&|'\"\n", begin) - begin);
    }
    word = word.substr(word.rfind('/') + 1);
    if (std::ranges::find(kShells, word) != kShells.end()) {
      return true;
    }
    ++at;
  }
  return false;
}

}  // namespace

std::string_view shell_danger(std::string_view line) {
  line = line.substr(0, 4096);
  if (has(line, "/dev/tcp/") || has(line, "/dev/udp/") || has(line, "nc -e") ||
      has(line, "ncat -e") || has(line, "mkfifo")) {
    return "opens a shell to another machine";
  }
  const bool fetches = has(line, "curl ") || has(line, "wget ") || has(line, "iwr ") ||
                       has(line, "Invoke-WebRequest");
  if (fetches &&
      (piped_to_shell(line) || has(line, "sh <(") || has(line, "-c \"$(") || has(line, "| iex"))) {
    return "runs what it fetches";
  }
  if (has(line, "base64 -d") && piped_to_shell(line)) {
    return "runs what it decodes";
  }
  if (has(line, "powershell") && (has(line, " -enc") || has(line, " -EncodedCommand"))) {
    return "runs what it decodes";
  }
  if (fetches && (has(line, "id_rsa") || has(line, "/etc/passwd") || has(line, ".aws/cred") ||
                  has(line, "$(env") || has(line, ".ssh/"))) {
    return "sends secrets away";
  }
  if (has(line, "rm -rf /") || has(line, "rm -rf ~")) {
    const size_t at = line.find("rm -rf ") + 7;
    const std::string_view what = line.substr(at, line.find_first_of(" ;&|\n", at) - at);
    if (what == "/" || what == "/*" || what == "~" || what == "~/" || what == "~/*") {
      return "deletes everything";
    }
  }
  return {};
}

}  // namespace sally::vet::model
