#include "vet/code/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vet/code/shell_line.h"
#include "vet/test_scan.h"

namespace sally::vet::code {
namespace {

using test::scanned;
using test::told;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Dockerfile, WhatIsWrongIsTold) {
  EXPECT_THAT(told(scanned("Dockerfile",
                           "FROM python:latest\nENV OPENAI_API_KEY=abc123def456\nARG HF_TOKEN\n"
                           "ADD https://example.com/model.bin /m\nRUN curl -s https://x | \\\n"
                           "  bash -s -- -y && pip install --trusted-host x torch==2.1.0\n")),
              UnorderedElementsAre("moving-image low 1", "secret-in-image medium 2",
                                   "add-url low 4", "fetched-script medium 5",
                                   "insecure-index medium 5", "container-root low 1"));
}

TEST(Dockerfile, OneThatIsAsItShouldBeIsClean) {
  const std::string digest(64, 'a');
  EXPECT_THAT(told(scanned("Dockerfile",
                           "FROM python:3.12@sha256:" + digest +
                               " AS build\nRUN pip install "
                               "torch==2.1.0\nFROM build\nENV API_KEY=$KEY TOKEN_FILE=/run/x\nADD "
                               "--checksum=sha256:aa https://x /x\nUSER 1000:1000\n")),
              IsEmpty());
}

TEST(Dockerfile, RootComesFromTheLastUser) {
  EXPECT_THAT(told(scanned("a.Dockerfile", "FROM scratch\nUSER app\nUSER root\n")),
              ElementsAre("container-root low 3"));
}

TEST(ShellLine, WhatIsFetchedAndRunIsSeen) {
  for (const std::string_view command :
       {"curl https://x | sh", "wget -qO- https://x | sudo -E bash -", "bash <(curl -s https://x)",
        "sh -c \"$(curl -fsSL https://x)\"", "a; curl x | tee y | python3",
        "eval \"$(wget -O- x)\"", "curl x | /bin/sh", "curl x | FOO=1 sh"}) {
    EXPECT_TRUE(runs_what_it_fetches(command)) << command;
  }
  for (const std::string_view command :
       {"curl -o x https://x", "curl https://x | tar xz", "echo curl; sh x.sh", "sh -c 'ls'",
        "curl x | grep sh", "pip install curl | sh-x", "x=$(curl https://x)"}) {
    EXPECT_FALSE(runs_what_it_fetches(command)) << command;
  }
}

constexpr std::string_view kBad = R"(apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      hostNetwork: true
      volumes:
        - name: root
          hostPath: {path: /}
      containers:
        - name: a
          image: vllm/vllm-openai
          securityContext:
            privileged: true
            runAsUser: 0
            capabilities: {add: [CAP_SYS_ADMIN, CHOWN]}
          env:
            - name: HF_TOKEN
              value: hunter2hunter2
---
apiVersion: v1
kind: Service
)";

TEST(Manifest, WhatIsWrongIsTold) {
  EXPECT_THAT(
      told(scanned("deploy.yaml", kBad)),
      UnorderedElementsAre("host-access medium 6", "mounted-token info 6", "host-access medium 9",
                           "no-limits info 11", "moving-image info 12",
                           "privileged-container medium 14", "pod-as-root low 15",
                           "privileged-container medium 16", "secret-in-manifest medium 19"));
}

TEST(Manifest, OneThatIsAsItShouldBeIsClean) {
  EXPECT_THAT(told(scanned("deploy.yaml", R"(apiVersion: v1
kind: Pod
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true}
  containers:
    - name: a
      image: vllm/vllm-openai:v0.6.0
      resources: {limits: {memory: 1Gi}}
      env:
        - name: HF_TOKEN
          valueFrom: {secretKeyRef: {name: a, key: b}}
)")),
              IsEmpty());
}

TEST(Manifest, AnyCutOfAFileEnds) {
  for (size_t i = 0; i <= kBad.size(); ++i) {
    (void)scanned("deploy.yaml", kBad.substr(0, i));
  }
}

}  // namespace
}  // namespace sally::vet::code
