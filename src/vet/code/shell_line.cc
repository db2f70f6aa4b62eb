#include "vet/code/shell_line.h"

#include <algorithm>
#include <array>

namespace sally::vet::code {
namespace {

constexpr std::array<std::string_view, 3> kFetchers = {"curl", "wget", "fetch"};
constexpr std::array<std::string_view, 11> kRunners = {
    "sh", "bash", "zsh", "dash", "ksh", "ash", "python", "python3", "perl", "ruby", "node"};

bool is_word_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// The first word of a command, without its folder and without what comes before it.
std::string_view program_of(std::string_view command) {
  constexpr std::array<std::string_view, 5> kBefore = {"sudo", "env", "exec", "nohup", "-E"};
  for (;;) {
    const size_t begin = command.find_first_not_of(" \t\"'(");
    if (begin == std::string_view::npos) {
      return {};
    }
    command.remove_prefix(begin);
    const size_t end = std::min(command.find_first_of(" \t\"')"), command.size());
    std::string_view word = command.substr(0, end);
    word = word.substr(word.rfind('/') + 1);
    const bool assigns = word.find('=') != std::string_view::npos;
    if (!assigns && std::ranges::find(kBefore, word) == kBefore.end()) {
      return word;
    }
    command.remove_prefix(end);
  }
}

bool has_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_word_octet(text[at - 1])) &&
        (end == text.size() || !is_word_octet(text[end]))) {
      return true;
    }
  }
  return false;
}

bool fetches(std::string_view text) {
  return std::ranges::any_of(kFetchers,
                             [&](std::string_view word) { return has_word(text, word); });
}

bool runs(std::string_view command) {
  return std::ranges::find(kRunners, program_of(command)) != kRunners.end();
}

}  // namespace

bool runs_what_it_fetches(std::string_view command) {
  // Commands with `;`, `&` or a line's end between; each is a pipe of parts.
  while (!command.empty()) {
    const size_t end = std::min(command.find_first_of(";&\n"), command.size());
    std::string_view one = command.substr(0, end);
    command.remove_prefix(std::min(end + 1, command.size()));
    if (!fetches(one)) {
      continue;
    }
    for (const std::string_view inner : {"$(", "<(", "`"}) {
      const size_t at = one.find(inner);
      if (at != std::string_view::npos && fetches(one.substr(at)) &&
          (runs(one.substr(0, at)) || program_of(one) == "eval" || program_of(one) == "source" ||
           program_of(one) == ".")) {
        return true;
      }
    }
    bool fetched = false;
    while (!one.empty()) {
      const size_t bar = std::min(one.find('|'), one.size());
      const std::string_view part = one.substr(0, bar);
      one.remove_prefix(std::min(bar + 1, one.size()));
      if (fetched && runs(part)) {
        return true;
      }
      fetched = fetched || fetches(part);
    }
  }
  return false;
}

}  // namespace sally::vet::code
