#include "vet/code/python_value.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace sally::vet::code {
namespace {

// Packages whose objects ask models.
constexpr std::array<std::string_view, 24> kModelPackages = {"openai",        "anthropic",
                                                             "langchain",     "litellm",
                                                             "ollama",        "google.generativeai",
                                                             "google.genai",  "vertexai",
                                                             "mistralai",     "cohere",
                                                             "groq",          "llama_cpp",
                                                             "llama_index",   "huggingface_hub",
                                                             "transformers",  "vllm",
                                                             "together",      "replicate",
                                                             "guidance",      "dspy",
                                                             "ctransformers", "gpt4all",
                                                             "instructor",    "autogen"};

// What their methods that ask are called.
constexpr std::array<std::string_view, 26> kAsks = {".create()",
                                                    ".acreate()",
                                                    ".generate()",
                                                    ".invoke()",
                                                    ".ainvoke()",
                                                    ".complete()",
                                                    ".acomplete()",
                                                    ".completion()",
                                                    ".acompletion()",
                                                    ".chat()",
                                                    ".predict()",
                                                    ".apredict()",
                                                    ".run()",
                                                    ".arun()",
                                                    ".generate_content()",
                                                    ".send_message()",
                                                    ".stream()",
                                                    ".text_generation()",
                                                    ".chat_completion()",
                                                    ".parse()",
                                                    ".create_completion()",
                                                    ".create_chat_completion()",
                                                    "pipeline()()",
                                                    ".query()",
                                                    ".batch()",
                                                    "Llama()()"};

// How answers lie in what the usual interfaces give back, whoever was asked.
constexpr std::array<std::string_view, 8> kAnswers = {
    ".choices[].message.content",       ".choices[].text",
    ".choices[].delta.content",         ".candidates[].content.parts[].text",
    ".tool_calls[].function.arguments", ".choices[].message.tool_calls",
    ".completion_message.content",      ".output_text"};

// What a model is called where it is an argument.
constexpr std::array<std::string_view, 3> kModelNames = {"llm", "chat_model", "language_model"};

// Words in the names of functions that give back a part of a text, or the text in other words.
constexpr std::array<std::string_view, 30> kTextWords = {
    "extract",  "parse",   "strip",   "clean",  "code",    "decode",       "loads",  "search",
    "match",    "findall", "sub",     "split",  "join",    "replace",      "format", "dedent",
    "unescape", "text",    "content", "str",    "compile", "literal_eval", "get",    "body",
    "first",    "last",    "lower",   "answer", "snippet", "block"};

bool is_of_package(std::string_view path, std::string_view package) {
  return path.starts_with(package) &&
         (path.size() == package.size() || path[package.size()] == '.' ||
          path[package.size()] == '_' || path[package.size()] == '(');
}

std::string_view last_name(std::string_view path) {
  while (path.ends_with("()") || path.ends_with("[]")) {
    path.remove_suffix(2);
  }
  return path.substr(path.find_last_of(".:)]") + 1);
}

}  // namespace

bool is_model_output(std::string_view path) {
  const auto holds = [&](std::string_view part) {
    return path.find(part) != std::string_view::npos;
  };
  if (std::ranges::any_of(kAnswers, holds)) {
    return true;
  }
  if (asks_models(path) && std::ranges::any_of(kAsks, holds)) {
    return true;
  }
  return std::ranges::any_of(kModelNames, [&](std::string_view name) {
    const size_t found = path.find(name);
    if (found == std::string_view::npos ||
        (found > 0 && path[found - 1] != '.' && path[found - 1] != ':')) {
      return false;
    }
    const std::string_view rest = path.substr(found + name.size());
    return rest.starts_with("()") ||
           (rest.starts_with('.') && std::ranges::any_of(kAsks, [&](std::string_view ask) {
              return rest.starts_with(ask);
            }));
  });
}

bool asks_models(std::string_view path) {
  return std::ranges::any_of(
      kModelPackages, [&](std::string_view package) { return is_of_package(path, package); });
}

bool passes_text_on(std::string_view path) {
  std::string name(last_name(path));
  std::ranges::transform(name, name.begin(), to_lower);
  return std::ranges::any_of(
      kTextWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool keeps_text(std::string_view method) {
  constexpr std::array<std::string_view, 14> kNot = {
      "startswith", "endswith", "isdigit", "isalpha", "isnumeric", "find",   "rfind",
      "count",      "index",    "append",  "keys",    "close",     "exists", "isalnum"};
  return std::ranges::find(kNot, method) == kNot.end();
}

bool decodes(std::string_view path) {
  constexpr std::array<std::string_view, 22> kDecoders = {"base64.b64decode",
                                                          "base64.b32decode",
                                                          "base64.b16decode",
                                                          "base64.b85decode",
                                                          "base64.a85decode",
                                                          "base64.decodebytes",
                                                          "base64.urlsafe_b64decode",
                                                          "base64.standard_b64decode",
                                                          "zlib.decompress",
                                                          "gzip.decompress",
                                                          "bz2.decompress",
                                                          "lzma.decompress",
                                                          "binascii.unhexlify",
                                                          "binascii.a2b_hex",
                                                          "binascii.a2b_base64",
                                                          "bytes.fromhex",
                                                          "codecs.decode",
                                                          "marshal.loads",
                                                          "bytearray.fromhex",
                                                          "base64.b64decode().decode",
                                                          "zlib.decompress().decode",
                                                          "binascii.a2b_uu"};
  return std::ranges::find(kDecoders, path) != kDecoders.end();
}

bool fetches(std::string_view path) {
  constexpr std::array<std::string_view, 14> kFetchers = {
      "requests.get",
      "requests.post",
      "requests.request",
      "requests.Session().get",
      "requests.session().get",
      "urllib.request.urlopen",
      "urllib2.urlopen",
      "urllib.urlopen",
      "httpx.get",
      "httpx.post",
      "httpx.Client().get",
      "aiohttp.request",
      "urllib3.PoolManager().request",
      "http.client.HTTPSConnection().getresponse"};
  return std::ranges::find(kFetchers, path) != kFetchers.end();
}

}  // namespace sally::vet::code
