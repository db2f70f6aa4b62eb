#include "vet/pickle/names.h"

#include <algorithm>
#include <array>

namespace sally::vet::pickle {
namespace {

struct AllowedRow {
  std::string_view module;
  std::string_view names;
  Role role;
  std::string_view reason;
};
struct DangerousRow {
  std::string_view module;
  std::string_view names;
  Danger danger;
};

using enum Role;
using enum Danger;

constexpr AllowedRow kAllowed[] = {
#define SALLY_PICKLE_ALLOWED(module, names, role, reason) AllowedRow{module, names, role, reason},
#include "vet/pickle/allowed.def"
#undef SALLY_PICKLE_ALLOWED
};
constexpr DangerousRow kDangerous[] = {
#define SALLY_PICKLE_DANGEROUS(module, names, danger) DangerousRow{module, names, danger},
#include "vet/pickle/dangerous.def"
#undef SALLY_PICKLE_DANGEROUS
};
constexpr std::string_view kStandard[] = {
#define SALLY_PICKLE_STANDARD(name) std::string_view(name),
#include "vet/pickle/standard.def"
#undef SALLY_PICKLE_STANDARD
};
static_assert(std::ranges::is_sorted(kAllowed, {}, &AllowedRow::module));
static_assert(std::ranges::is_sorted(kDangerous, {}, &DangerousRow::module));
static_assert(std::ranges::is_sorted(kStandard));

// Libraries whose functions that models need are in the table.
constexpr std::array<std::string_view, 6> kLibraries = {"joblib", "numpy",   "pandas",
                                                        "scipy",  "sklearn", "torch"};

constexpr std::array<std::string_view, 34> kTelling = {
    "call",   "cmd",        "command", "compile", "connect", "delattr", "download",
    "eval",   "exec",       "execute", "fetch",   "getattr", "import",  "invoke",
    "locate", "open",       "popen",   "process", "remove",  "request", "resolve",
    "rmtree", "run",        "script",  "send",    "setattr", "shell",   "socket",
    "spawn",  "subprocess", "system",  "unlink",  "url",     "write"};

// Whether `word` stands in `words`, which have a space between.
bool among(std::string_view words, std::string_view word) {
  if (word.empty() || word.find(' ') != std::string_view::npos) {
    return false;
  }
  for (size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) {
      return true;
    }
  }
  return false;
}

std::optional<Role> allowed(std::string_view module, std::string_view name) {
  const auto rows = std::ranges::equal_range(kAllowed, module, {}, &AllowedRow::module);
  for (const AllowedRow& row : rows) {
    if (among(row.names, name)) {
      return row.role;
    }
  }
  // Cython's functions that make an instance of the class they are given.
  if (name.starts_with("__pyx_unpickle_") &&
      (module.starts_with("sklearn.") || module.starts_with("numpy.") ||
       module.starts_with("scipy.") || module.starts_with("pandas."))) {
    return Role::kCaller;
  }
  // TorchScript's own names for the classes of its code, which no module of Python has.
  if (module == "__torch__" || module.starts_with("__torch__.")) {
    return Role::kClass;
  }
  return std::nullopt;
}

std::optional<Danger> dangerous(std::string_view module, std::string_view name) {
  for (std::string_view outer = module;;) {
    const auto rows = std::ranges::equal_range(kDangerous, outer, {}, &DangerousRow::module);
    for (const DangerousRow& row : rows) {
      if (row.names == "*" || (outer == module && among(row.names, name))) {
        return row.danger;
      }
    }
    const size_t dot = outer.rfind('.');
    if (dot == std::string_view::npos) {
      return std::nullopt;
    }
    outer = outer.substr(0, dot);
  }
}

std::string_view top_of(std::string_view module) {
  return module.substr(0, module.find('.'));
}

bool is_dunder(std::string_view word) {
  return word.size() > 4 && word.starts_with("__") && word.ends_with("__");
}

// Calls `each` with the words of an identifier: `_run_entryPoint` has `run`, `entry`, `point`.
template <typename Each>
void words_of(std::string_view name, Each each) {
  std::string word;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (c == '_' || c == '.' || upper) {
      each(word);
      word.clear();
    }
    if (c != '_' && c != '.') {
      word += upper ? static_cast<char>(c | 0x20) : c;
    }
  }
  each(word);
}

// Whether the attributes in `path` (`os.system`) lead to something dangerous, whatever they begin
// at: any of them may be a module.
std::optional<Danger> danger_within(std::string_view module, std::string_view path,
                                    std::string& reached) {
  // module.a.b.c: as the module `module.a` with `b.c`, and as `a` with `b`, `a.b` with `c`.
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const std::string_view rest = path.substr(dot + 1);
    const std::string_view name = rest.substr(0, rest.find('.'));
    for (size_t begin = 0; begin < dot;) {
      const std::string_view inner = path.substr(begin, dot - begin);
      if (const auto danger = dangerous(inner, name); danger && !allowed(inner, name)) {
        reached = std::string(inner) + "." + std::string(name);
        return danger;
      }
      const size_t next = path.find('.', begin);
      begin = next == std::string_view::npos ? dot : next + 1;
    }
    const std::string whole = std::string(module) + "." + std::string(path.substr(0, dot));
    if (const auto danger = dangerous(whole, name); danger && !allowed(whole, name)) {
      reached = whole + "." + std::string(name);
      return danger;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view what_it_does(Danger danger) {
  constexpr std::array<std::string_view, 10> kWhat = {
      "runs programs",
      "runs code",
      "builds code",
      "imports what it is told",
      "loads what may run code",
      "reads or writes files",
      "opens connections",
      "calls native code",
      "changes what other code does",
      "calls what it is given",
  };
  return kWhat[static_cast<size_t>(danger)];
}

Standing standing_of(std::string_view module, std::string_view name) {
  Standing standing;
  standing.role = allowed(module, name);
  const std::string_view top = top_of(module);
  standing.origin = std::ranges::binary_search(kStandard, top)    ? Origin::kStandard
                    : std::ranges::binary_search(kLibraries, top) ? Origin::kLibrary
                                                                  : Origin::kOther;
  if (standing.role) {
    return standing;
  }
  standing.dotted = name.find('.') != std::string_view::npos;
  standing.danger = dangerous(module, name.substr(0, name.find('.')));
  if (!standing.danger && standing.dotted) {
    standing.danger = danger_within(module, name, standing.reached);
  }
  // A module that another has imported: `shutil.os`.
  if (!standing.danger && standing.origin == Origin::kStandard &&
      std::ranges::binary_search(kStandard, name) && module != name) {
    standing.danger = dangerous(name, "*");
    standing.reached = name;
  }
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    standing.dunder |= is_dunder(name.substr(at, end - at));
    at = end + 1;
  }
  const std::string_view last = name.substr(name.rfind('.') + 1);
  const size_t letter = last.find_first_not_of('_');
  standing.a_class = letter != std::string_view::npos && last[letter] >= 'A' && last[letter] <= 'Z';
  standing.constant =
      !last.empty() && standing.danger != Danger::kNative &&
      last.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
  words_of(last, [&](std::string_view word) {
    standing.telling |= std::ranges::binary_search(kTelling, word);
  });
  return standing;
}

bool is_module_name(std::string_view module) {
  bool begins = true;
  for (const char c : module) {
    const auto octet = static_cast<unsigned char>(c);
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || octet >= 128;
    if (c == '.' ? begins : !(letter || (!begins && c >= '0' && c <= '9'))) {
      return false;
    }
    begins = c == '.';
  }
  return !begins;
}

bool is_known_module(std::string_view module) {
  const std::string_view top = top_of(module);
  return std::ranges::binary_search(kStandard, top) ||
         std::ranges::binary_search(kLibraries, top) ||
         std::ranges::any_of(kDangerous,
                             [&](const DangerousRow& row) { return top_of(row.module) == top; });
}

}  // namespace sally::vet::pickle
