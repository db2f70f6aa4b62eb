#include "app/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace sally::app {
namespace {

using ::testing::HasSubstr;

CommandTree tree() {
  const CommandTree::Option config = {.name = "--config", .help = "the file", .takes_file = true};
  const CommandTree::Option format = {
      .name = "--format", .help = "text or json", .takes_value = true, .choices = {"text", "json"}};
  return {.name = "sallyport",
          .help = "the gate",
          .commands = {
              {.name = "key",
               .help = "keys",
               .commands = {{.name = "create", .help = "make one", .options = {config, format}},
                            {.name = "list", .help = "all [of them]", .options = {format}}}},
              {.name = "watch", .help = "it's live", .options = {config}}}};
}

// What bash offers after `words`.
std::string bash_offers(const std::string& words, int count) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("sally_completion_" + std::to_string(::getpid()));
  std::ofstream(path) << *completion_script("bash", tree()) << "COMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=" << count << "\n_sallyport\necho \"${COMPREPLY[*]}\"\n";
  std::FILE* pipe = ::popen(("bash " + path.string()).c_str(), "r");
  char buffer[512] = {};
  const size_t got = std::fread(buffer, 1, sizeof(buffer) - 1, pipe);
  EXPECT_EQ(::pclose(pipe), 0);
  std::filesystem::remove(path);
  return {buffer, got};
}

TEST(Completion, BashOffersCommandsOptionsAndValues) {
  EXPECT_EQ(bash_offers("sallyport ''", 1), "key watch\n");
  EXPECT_EQ(bash_offers("sallyport key ''", 2), "create list\n");
  EXPECT_EQ(bash_offers("sallyport key cr", 2), "create\n");
  EXPECT_EQ(bash_offers("sallyport key create --", 3), "--config --format\n");
  EXPECT_EQ(bash_offers("sallyport key create --format j", 4), "json\n");
}

TEST(Completion, EveryShellKnowsEveryCommandAndOption) {
  for (const std::string_view shell : {"bash", "zsh", "fish"}) {
    const std::string script = *completion_script(shell, tree());
    for (const std::string_view word : {"key", "create", "list", "watch", "config", "format"}) {
      EXPECT_THAT(script, HasSubstr(std::string(word))) << shell;
    }
  }
}

TEST(Completion, HelpDoesNotEndAQuote) {
  for (const std::string_view shell : {"zsh", "fish"}) {
    EXPECT_EQ(completion_script(shell, tree())->find("it's"), std::string::npos) << shell;
  }
}

TEST(Completion, RejectsAShellItDoesNotKnow) {
  EXPECT_EQ(completion_script("ksh", tree()).error().kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace sally::app
