#include "vet/model/template.h"

#include <gtest/gtest.h>

#include <array>

#include "vet/model/test_examined.h"

namespace sally::vet::model {
namespace {

Target rendered(std::string_view text) {
  return examined(text, "chat.jinja");
}

TEST(Template, SeesANameOfPythonsInternalsHoweverItIsWritten) {
  constexpr std::array<std::string_view, 45> kWritings = {
      "{{ ''.__class__ }}",
      "{{ x['__class__'] }}",
      "{{ x['__cl' ~ 'ass__'] }}",
      "{{ x['__cl' + 'ass__'] }}",
      "{{ x['__cl' 'ass__'] }}",
      R"({{ x['\x5f\x5fclass\x5f\x5f'] }})",
      R"({{ x['\137\137class\137\137'] }})",
      R"({{ x['\u005f_class_\u005f'] }})",
      R"({{ x["\N{LOW LINE}_class__"] }})",
      "{{ x|attr('__class__') }}",
      "{{ x|attr('__ssalc__'|reverse) }}",
      "{{ x|attr('__ssalc__'[::-1]) }}",
      "{{ x|attr('XXclassXX'|replace('X','_')) }}",
      "{{ x|attr('XXclassXX'.replace('X','_')) }}",
      "{{ x|attr('__CLASS__'|lower) }}",
      "{{ x|attr(['__cl','ass__']|join) }}",
      "{{ x|attr('__'.join(['', 'class', ''])) }}",
      "{{ x|attr(''.join(['__cl', 'ass__'])) }}",
      "{{ x|attr('%c%cclass%c%c'|format(95,95,95,95)) }}",
      "{{ x|attr('%c%cclass%c%c' % (95,95,95,95)) }}",
      "{{ x|attr('{}class{}'.format('__','__')) }}",
      "{{ x|attr('{0:c}{0:c}class{0:c}{0:c}'.format(95)) }}",
      "{{ x|attr(dict(__clas=a,s__=a)|join) }}",
      "{{ x|attr({'__class__': 1}|list|first) }}",
      "{{ x|attr('_' * 2 ~ 'class' ~ '_' * 2) }}",
      "{% set n = '__class__' %}{{ x[n] }}",
      "{% set n %}__class__{% endset %}{{ x|attr(n) }}",
      "{% macro n() %}__class__{% endmacro %}{{ x|attr(n()) }}",
      "{% set ns = namespace(a='__class__') %}{{ x|attr(ns.a) }}",
      "{% set ns = namespace() %}{% set ns.a = '__cl' ~ 'ass__' %}{{ x|attr(ns.a) }}",
      "{% for n in ['__class__'] %}{{ x|attr(n) }}{% endfor %}",
      "{% with n = '__class__' %}{{ x|attr(n) }}{% endwith %}",
      "{{ x|attr('__class__' if true else 'a') }}",
      "{{ x|attr({'k': '__class__'}.k) }}",
      "{% set d = {'k': '__class__'} %}{{ x|attr(d['k']) }}",
      "{{ x|attr(dict(a='__class__').a) }}",
      "{{ x|attr(namespace(a='__class__').a) }}",
      "{% set a, b = '__cl', 'ass__' %}{{ x|attr(a ~ b) }}",
      "{{ [x]|map(attribute='__class__')|list }}",
      "{{ [x]|map('attr', '__class__')|list }}",
      "{{ [x]|selectattr('a.__class__.__base__') }}",
      "{{ '{0.__class__}'.format(x) }}",
      "{% if x.__class__ %}{% endif %}",
      "{{ cycler('__class__').next() | default(x|attr(cycler('__class__').next())) }}",
      "{# {{ harmless }} #}{%- for a in b.__class__.__base__.__subclasses__() -%}{%- endfor -%}",
  };
  for (const std::string_view writing : kWritings) {
    EXPECT_TRUE(has(rendered(writing), RuleId::kTemplateEscape)) << writing;
  }
}

TEST(Template, SeesANameThatIsPickedFromWhatFunctionsLookLike) {
  constexpr std::array<std::string_view, 7> kWritings = {
      "{% set u = (lipsum|string|list)[18] %}{{ x|attr(u ~ u ~ 'class' ~ u ~ u) }}",
      "{% set u = lipsum|escape|batch(22)|list|first|last %}{{ x[u*2 ~ 'class' ~ u*2] }}",
      "{{ x|attr(request.args.name) }}",
      "{{ x|attr('__class__'|urlencode) }}",
      "{{ x|attr('a,__class__'.partition(',')[2]) }}",
      "{% set ns = namespace(s='') %}{% for c in ['_', 'c'] %}{% set ns.s = ns.s ~ c %}{% endfor %}"
      "{{ x|attr(ns.s) }}",
      "{{ x['__' ~ name ~ '__'] }}",
  };
  for (const std::string_view writing : kWritings) {
    EXPECT_TRUE(blocked(rendered(writing))) << writing;
  }
}

TEST(Template, SeesCallsThatRunPrograms) {
  constexpr std::array<std::string_view, 7> kWritings = {
      "{{ os.system('id') }}",
      "{{ eval('1') }}",
      "{{ getattr('', '__class__') }}",
      "{{ open('/etc/passwd').read() }}",
      "{{ subprocess.check_output(['id']) }}",
      "{{ tools.popen('id').read() }}",
      "{{ importlib.import_module('os') }}",
  };
  for (const std::string_view writing : kWritings) {
    EXPECT_TRUE(blocked(rendered(writing))) << writing;
  }
}

TEST(Template, SeesLoopsAndTextsThatExhaust) {
  constexpr std::array<std::string_view, 7> kWritings = {
      "{% for i in range(999999999) %}a{% endfor %}",
      "{% for i in range(10**9) %}a{% endfor %}",
      "{% for i in range(2000) %}{% for j in range(2000) %}a{% endfor %}{% endfor %}",
      "{% set ns = namespace(x='a') %}{% for i in m %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      "{{ 'a' * 1000000000 }}",
      "{{ 'a'|center(1000000000) }}",
      "{{ 9 ** 99999999 }}",
  };
  for (const std::string_view writing : kWritings) {
    EXPECT_TRUE(has(rendered(writing), RuleId::kTemplateExhausts)) << writing;
  }
}

TEST(Template, SeesFilesOfTheMachine) {
  EXPECT_TRUE(has(rendered("{% include '/etc/passwd' %}"), RuleId::kTemplateFile));
  EXPECT_TRUE(has(rendered("{% from '../../a.j2' import b %}"), RuleId::kTemplateFile));
  EXPECT_FALSE(has(rendered("{% include 'header.j2' %}"), RuleId::kTemplateFile));
}

TEST(Template, LeavesHonestTemplatesAlone) {
  constexpr std::array<std::string_view, 12> kHonest = {
      "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message.content }}"
      "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
      "{%- set ns = namespace(found=false, last=messages|length - 1) -%}{%- for m in messages[::-1]"
      " -%}{%- set index = (messages|length - 1) - loop.index0 -%}{%- if ns.found -%}"
      "{%- set ns.last = index -%}{%- endif -%}{%- endfor -%}",
      "{{ raise_exception('roles must alternate: os.system, eval and __class__ are words') }}",
      "{{ strftime_now('%d %b %Y') }}{{ tools | tojson(indent=4) }}",
      "{% macro render(schema) %}{% for k, v in schema.items() %}{{ k }}: {{ render(v) }}"
      "{% endfor %}{% endmacro %}{{ render(tools[0].function.parameters) }}",
      "{% if '__class__' in message.content %}no{% endif %}{{ 'use __init__ to begin' }}",
      "{% set os = 'linux' %}{{ os.upper() }}{% for eval in evals %}{{ eval.name }}{% endfor %}",
      "{% set sep = joiner(', ') %}{% for t in tools %}{{ sep() }}{{ t.name }}{% endfor %}",
      "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join }}",
      "{% generation %}{{ message.content | trim }}{% endgeneration %}{{ '%s: %s' % (a, b) }}",
      "{% for i in range(0, messages|length) %}{{ messages[i]['content'][:10] }}{% endfor %}",
      "{% raw %}{{ ''.__class__ }}{% endraw %}{# {{ ''.__class__ }} #}",
  };
  for (const std::string_view honest : kHonest) {
    const Target target = rendered(honest);
    EXPECT_TRUE(target.findings.empty()) << honest << "\n" << target.findings.front().message;
  }
}

TEST(Template, TakesMarksOfOtherLanguagesForNoFault) {
  EXPECT_TRUE(rendered("{{- range .Messages }}{{ .Content }}{{ end }} {{> part}} ${{ a.b }}")
                  .findings.empty());
}

TEST(Template, IsReadThroughBehindAFault) {
  EXPECT_TRUE(blocked(rendered("{{ ) }}{% unknown ( %}{{ ''.__class__.__mro__ }}")));
}

TEST(Template, CostsLittleWhateverItHolds) {
  std::string deep = "{{ ";
  for (int i = 0; i < 100'000; ++i) {
    deep += "a.b(";
  }
  EXPECT_FALSE(blocked(rendered(deep)));
  EXPECT_FALSE(blocked(rendered(std::string(1 << 20, '{'))));
  std::string chain = "{{ a";
  for (int i = 0; i < 190; ++i) {
    chain += i % 2 == 0 ? ".b" : "()";
  }
  EXPECT_FALSE(blocked(rendered(chain + " }}")));
}

}  // namespace
}  // namespace sally::vet::model
