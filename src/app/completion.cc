#include "app/completion.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sally::app {
namespace {

// Calls `visit` with the words before a command (`key create`), and the command.
template <typename Visit>
void for_each_command(const CommandTree& tree, const std::string& path, const Visit& visit) {
  visit(path, tree);
  for (const CommandTree& command : tree.commands) {
    for_each_command(command, path.empty() ? command.name : path + " " + command.name, visit);
  }
}

std::string words_of(const CommandTree& tree) {
  std::string out;
  for (const CommandTree& command : tree.commands) {
    out += (out.empty() ? "" : " ") + command.name;
  }
  for (const CommandTree::Option& option : tree.options) {
    out += (out.empty() ? "" : " ") + option.name;
  }
  return out;
}

std::string without_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\'' && c != '[' && c != ']' && c != ':' && c != '`') {
      out += c;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string bash(const CommandTree& root) {
  std::string words;
  std::string values;
  for_each_command(root, "", [&](const std::string& path, const CommandTree& tree) {
    words += fmt::format("    '{}') words='{}' ;;\n", path, words_of(tree));
    for (const CommandTree::Option& option : tree.options) {
      if (!option.choices.empty()) {
        values +=
            fmt::format("    '{} {}') COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                        path, option.name, joined(option.choices));
      } else if (option.takes_file) {
        values += fmt::format("    '{} {}') COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n",
                              path, option.name);
      } else if (option.takes_value) {
        values += fmt::format("    '{} {}') return ;;\n", path, option.name);
      }
    }
  });
  return fmt::format(
      R"(# bash completion of sallyport. In ~/.bashrc: source <(sallyport completion bash)
_sallyport() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      -*) ;;
      *) case "$path ${{COMP_WORDS[i]}}" in
{}           esac ;;
    esac
  done
  case "$path $previous" in
{}  esac
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _sallyport sallyport
)",
      [&] {
        std::string out;
        for_each_command(root, "", [&](const std::string& path, const CommandTree&) {
          if (!path.empty()) {
            const size_t space = path.rfind(' ');
            const std::string before = space == std::string::npos ? "" : path.substr(0, space);
            const std::string name = space == std::string::npos ? path : path.substr(space + 1);
            out += fmt::format("             '{} {}') path='{}' ;;\n", before, name, path);
          }
        });
        return out;
      }(),
      values, words);
}

void zsh_function(std::string& out, const std::string& path, const CommandTree& tree) {
  std::string name = "_sallyport";
  for (const char c : path) {
    name += c == ' ' ? '_' : c;
  }
  if (!path.empty()) {
    name.insert(10, "_");
  }
  out += fmt::format("{}() {{\n", name);
  if (!tree.commands.empty()) {
    out += "  local -a commands=(\n";
    for (const CommandTree& command : tree.commands) {
      out += fmt::format("    '{}:{}'\n", command.name, without_quotes(command.help));
    }
    out += "  )\n";
  }
  out += "  _arguments -C \\\n";
  for (const CommandTree::Option& option : tree.options) {
    std::string value;
    if (!option.choices.empty()) {
      value = fmt::format(":value:({})", joined(option.choices));
    } else if (option.takes_file) {
      value = ":file:_files";
    } else if (option.takes_value) {
      value = ":value: ";
    }
    out += fmt::format("    '{}[{}]{}' \\\n", option.name, without_quotes(option.help), value);
  }
  if (tree.commands.empty()) {
    out += "    '*: :_files'\n";
  } else {
    out += "    '1:command:{ _describe command commands }' \\\n    '*::argument:->rest'\n";
    out += "  if [[ $state == rest ]]; then\n    case $words[1] in\n";
    for (const CommandTree& command : tree.commands) {
      out += fmt::format("      {}) {}_{} ;;\n", command.name, name, command.name);
    }
    out += "    esac\n  fi\n";
  }
  out += "}\n";
  for (const CommandTree& command : tree.commands) {
    zsh_function(out, path.empty() ? command.name : path + " " + command.name, command);
  }
}

std::string zsh(const CommandTree& root) {
  std::string out =
      "#compdef sallyport\n# zsh completion of sallyport. In ~/.zshrc: source <(sallyport "
      "completion zsh)\n";
  zsh_function(out, "", root);
  return out + "compdef _sallyport sallyport\n";
}

std::string fish(const CommandTree& root) {
  std::string out =
      "# fish completion of sallyport. sallyport completion fish | source\n"
      "complete -c sallyport -f\n";
  for_each_command(root, "", [&](const std::string& path, const CommandTree& tree) {
    std::string condition = "__fish_use_subcommand";
    if (!path.empty()) {
      condition.clear();
      std::string_view rest = path;
      while (!rest.empty()) {
        const size_t space = rest.find(' ');
        condition += fmt::format("{}__fish_seen_subcommand_from {}",
                                 condition.empty() ? "" : "; and ", rest.substr(0, space));
        rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
      }
    }
    std::vector<std::string> names;
    for (const CommandTree& command : tree.commands) {
      names.push_back(command.name);
    }
    const std::string open =
        path.empty() || names.empty()
            ? condition
            : fmt::format("{}; and not __fish_seen_subcommand_from {}", condition, joined(names));
    for (const CommandTree& command : tree.commands) {
      out += fmt::format("complete -c sallyport -n '{}' -a {} -d '{}'\n", open, command.name,
                         without_quotes(command.help));
    }
    for (const CommandTree::Option& option : tree.options) {
      out += fmt::format("complete -c sallyport -n '{}' -l {} -d '{}'", condition,
                         option.name.substr(2), without_quotes(option.help));
      if (!option.choices.empty()) {
        out += fmt::format(" -x -a '{}'", joined(option.choices));
      } else if (option.takes_file) {
        out += " -r -F";
      } else if (option.takes_value) {
        out += " -x";
      }
      out += '\n';
    }
  });
  return out;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell, const CommandTree& root) {
  if (shell == "bash") {
    return bash(root);
  }
  if (shell == "zsh") {
    return zsh(root);
  }
  if (shell == "fish") {
    return fish(root);
  }
  return Error(ErrorKind::kUsage, fmt::format("no completion for `{}`", printable(shell)),
               "bash, zsh or fish");
}

}  // namespace sally::app
