// A small world outside of a configuration: for the tests and the fuzz target of this room.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "app/config.h"

namespace sally::app {

inline constexpr std::array<std::string_view, 4> kTestSecrets = {
    "sk-planted-provider-key", "the lighthouse keeps a ledger",
    "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
    "5e1ec7ed5e1ec7ed5e1ec7ed5e1ec7ed5e1ec7ed5e1ec7ed5e1ec7ed5e1ec7ed"};

inline ConfigContext test_context() {
  ConfigContext context;
  context.outside.environment = [](const std::string& name) -> std::optional<std::string> {
    static const std::map<std::string, std::string, std::less<>> kSet = {
        {"PROVIDER_KEY", std::string(kTestSecrets[0])},
        {"EMPTY", ""},
        {"TWO_LINES", "one\ntwo"},
        {"CREDENTIALS_DIRECTORY", "/run/credentials/sallyport"}};
    const auto found = kSet.find(name);
    return found == kSet.end() ? std::nullopt : std::optional(found->second);
  };
  context.outside.read_file = [](const std::string& path, Content content) -> Result<Secret> {
    static const std::map<std::string, std::string, std::less<>> kFiles = {
        {"/etc/sallyport/pepper.key", std::string(kTestSecrets[2]) + "\n"},
        {"/etc/sallyport/ledger.key", std::string(kTestSecrets[3]) + "\n"},
        {"/etc/sallyport/capture.key", std::string(kTestSecrets[3]) + "\n"},
        {"/etc/sallyport/privacy.key", std::string(kTestSecrets[2]) + "\n"},
        {"/etc/sallyport/canary.txt", std::string(kTestSecrets[1]) + "\n"},
        {"/etc/sallyport/short.txt", "abc\n"},
        {"/etc/sallyport/garbage.pem", "no certificate\n"},
        {"/run/credentials/sallyport/provider", std::string(kTestSecrets[0])}};
    if (content == Content::kSecret && path.ends_with("/open.key")) {
      return Error(ErrorKind::kUsage, "`" + path + "` holds a secret and its mode is 0644",
                   "chmod 600 " + path);
    }
    const auto found = kFiles.find(path);
    if (found == kFiles.end()) {
      return Error(ErrorKind::kUsage, "`" + path + "` cannot be read: No such file or directory",
                   "relative paths start from the configuration's folder");
    }
    return Secret(found->second);
  };
  return context;
}

}  // namespace sally::app
